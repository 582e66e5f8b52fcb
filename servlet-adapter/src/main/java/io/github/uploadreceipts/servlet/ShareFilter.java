package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.share.UploadRequests;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.share.ShareEndpoint;
import io.github.uploadreceipts.servlet.internal.share.ShareSettings;
import io.github.uploadreceipts.store.Delivery;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lets people download stored uploads by {@linkplain io.github.uploadreceipts.share.ShareLink share links}: {@code GET}
 * and {@code HEAD} of {@code /s/<token>}, and {@code POST} of the form in which a browser sends the password. Lets people
 * send files by {@linkplain io.github.uploadreceipts.share.UploadRequestLink upload-request links}, below the same path.
 *
 * <pre>{@code
 * FilterRegistration.Dynamic links = context.addFilter("links", ShareFilter.create(host));
 * links.setAsyncSupported(true);
 * links.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/s/*");
 * }</pre>
 *
 * <p>A browser in which a person opens the link gets a small page; everybody else gets the file, with ranges. Any host of
 * the fleet can be asked: it sends its own uploads, and passes those of its peers through, if a fetcher is made for it. A
 * download waits for its client without a thread if everything before the filter supports asynchronous requests.
 *
 * <p>The application's protection against cross-site request forgery must let the filter's {@code POST} pass. The filter
 * responds to every request that is mapped to it, and never calls the rest of the chain.
 *
 * <p>In a {@code web.xml} the filter reads the settings of the host (see the table of settings), {@code share-delivery},
 * {@code idle-timeout}, and the limits.
 */
public final class ShareFilter implements Filter {

    /** Where the pages of upload-request links send files, beside the links, and where peers relay them. */
    private static final Pattern UPLOAD = Pattern.compile(
            ".*/" + ShareEndpoint.UPLOADS + "(/[^/]*(/events)?)?|.*" + Pattern.quote(RelayRequest.PATH));

    private final FilterHost filterHost;
    private ShareSettings settings;
    private @Nullable ShareEndpoint endpoint;
    private @Nullable UploadEndpoint uploads;

    private ShareFilter(FilterHost filterHost, ShareSettings settings) {
        this.filterHost = filterHost;
        this.settings = settings;
    }

    /** Creates a filter for a container, which configures it by init-params. */
    public ShareFilter() {
        this(FilterHost.configured(), ShareSettings.DEFAULTS);
    }

    /** Returns a filter for the share links of {@code host} and its fleet. */
    public static ShareFilter create(UploadHost host) {
        return builder(host).build();
    }

    /**
     * Returns a filter that is configured by text, for adapters to other frameworks.
     *
     * @param settings the values, by the names in the table of settings, such as {@code share-delivery}
     * @throws IllegalStateException if a setting is wrong or unknown; the message says which one, and what to change
     */
    public static ShareFilter create(UploadHost host, Map<String, String> settings) {
        return new ShareFilter(FilterHost.of(host), ShareSettings.DEFAULTS.read(SettingNames.check(settings)));
    }

    /** Returns a builder for a filter of {@code host}. */
    public static Builder builder(UploadHost host) {
        return new Builder(host);
    }

    /** The settings of a {@link ShareFilter}. */
    public static final class Builder {

        private final UploadHost host;
        private Function<HttpServletRequest, @Nullable String> subject = ShareSettings.DEFAULTS.subject();
        private Delivery delivery = ShareSettings.DEFAULTS.delivery();
        private UploadLimits limits = ShareSettings.DEFAULTS.limits();

        private Builder(UploadHost host) {
            this.host = host;
        }

        /**
         * Sets how the user of a request is found; {@code getRemoteUser()} by default. The function returns null where
         * nobody is signed in. A link that is bound to a user works for no one else.
         */
        public Builder subject(Function<HttpServletRequest, @Nullable String> value) {
            subject = value;
            return this;
        }

        /**
         * Sets who sends the files of this host that are not sealed; {@link Delivery#direct} by default. Another delivery
         * is for filters that are reached only through a front server which obeys it for this path: one that does not would
         * send nothing.
         */
        public Builder delivery(Delivery value) {
            delivery = value;
            return this;
        }

        /**
         * Sets the limits on what is sent by upload-request links, beside those of each link; the defaults of
         * {@link UploadLimits} by default.
         */
        public Builder limits(UploadLimits value) {
            limits = value;
            return this;
        }

        /** Returns the filter. */
        public ShareFilter build() {
            return new ShareFilter(
                    FilterHost.of(host),
                    new ShareSettings(subject, delivery, ShareSettings.DEFAULTS.idleTimeout(), limits));
        }
    }

    @Override
    public void init(FilterConfig config) {
        filterHost.settings(config).map(settings::read).ifPresent(configured -> settings = configured);
        UploadHost host = filterHost.init(config);
        endpoint = new ShareEndpoint(
                HostAccess.engine(host), HostAccess.links(host), settings, filterHost.refusedBodies());
        uploads = new UploadEndpoint(
                host, UploadSettings.of(senders(HostAccess.links(host).uploadRequests(), settings.limits())));
    }

    /** Lets those send files who have got a ticket by an upload-request link. Other tickets are for other filters. */
    private static UploadPolicy senders(UploadRequests requests, UploadLimits limits) {
        UploadPermit permit = UploadPermit.byTicket(limits);
        return request -> {
            Optional<String> ticket = TicketGate.token(request);
            if (ticket.isEmpty()) {
                throw new UploadRefusedException(Problem.of(ProblemType.TICKET_REQUIRED));
            }
            requests.requireTicket(ticket.get());
            return permit;
        };
    }

    @Override
    public void destroy() {
        if (endpoint != null) {
            endpoint.stop();
        }
        if (uploads != null) {
            uploads.stop();
        }
        filterHost.destroy();
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        if (UPLOAD.matcher(request.getRequestURI()).matches()) {
            FilterHost.initialized(uploads).serve(request, response);
        } else {
            FilterHost.initialized(endpoint).serve(request, response);
        }
    }
}
