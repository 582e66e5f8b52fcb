package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.handover.HandOvers;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.response.Cors;
import io.github.uploadreceipts.servlet.internal.response.ElementModule;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Receives uploads, and responds with 201 and their receipts. A {@code POST} of {@code multipart/form-data} brings any
 * number of files. A {@code POST} or {@code PUT} of any other type brings one, whose name is in
 * {@code Content-Disposition}.
 *
 * <p>Clients that speak <a href="https://tus.io/protocols/resumable-upload">tus 1.0.0</a> can resume their uploads.
 * Their requests may reach any host of the fleet, if a fetcher is made for that host. The last response has the receipt
 * in {@code Upload-Receipt}.
 *
 * <pre>{@code
 * FilterRegistration.Dynamic uploads =
 *         context.addFilter("uploads", UploadFilter.create(host, UploadPolicy.signedIn(UploadLimits.defaults())));
 * uploads.setAsyncSupported(true);
 * uploads.addMappingForUrlPatterns(
 *         EnumSet.of(DispatcherType.REQUEST), false, "/uploads", "/uploads/*", "/internal/relay");
 * }</pre>
 *
 * <p>It also serves the element for browsers, {@code <upload-receipts>}, as {@code upload-receipts.js} below its path, and
 * under {@link #elementName}. Anybody may load that.
 *
 * <p>Receivers of webhooks finish hand-overs by a signed {@code POST} to {@code finish/<token>} below its path.
 *
 * <p>The filter belongs first in the chain: a filter before it that asks for a parameter makes the container read the
 * body, unless {@link UploadGuard} comes before that one. If everything before it supports asynchronous requests, an
 * upload that waits for its client holds no thread. The filter responds to every request that is mapped to it, and never calls the rest of the chain.
 *
 * <p>In a {@code web.xml} the filter is configured by init-params: {@code policy} ({@code signed-in}, {@code anyone},
 * {@code ticket} or the name of an {@link UploadPolicy} class), the limits, {@code allow-origins},
 * {@code allow-credentials}, {@code allow-headers}, {@code final-form}, {@code carried-fields}, {@code target-origin}, {@code public-url},
 * {@code checksum-trailers}, {@code peer-addresses}, {@code max-refused-bytes},
 * {@code min-refused-bytes-per-second}, {@code max-refused-bodies}, and the settings of the host. The documentation has a table of all of
 * them.
 */
public final class UploadFilter implements Filter {

    /**
     * The attribute of the {@link ServletContext} under which the filters of an application publish the
     * {@link UploadHost} that they have made from their settings. It is there from the init of the first one to the
     * destroy of the last one.
     */
    public static final String HOST_ATTRIBUTE = "io.github.uploadreceipts.host";

    private final FilterHost filterHost;
    private @Nullable UploadSettings settings;
    private @Nullable UploadEndpoint endpoint;
    private final AtomicBoolean toldBlocking = new AtomicBoolean();

    private UploadFilter(UploadHost host, UploadSettings settings) {
        this.filterHost = FilterHost.of(host);
        this.settings = settings;
    }

    /** Creates a filter for a container, which configures it by init-params. */
    public UploadFilter() {
        this.filterHost = FilterHost.configured();
    }

    /** Returns a filter that receives uploads as {@code policy} permits. */
    public static UploadFilter create(UploadHost host, UploadPolicy policy) {
        return builder(host, policy).build();
    }

    /**
     * Returns a filter that is configured by text, for adapters to other frameworks.
     *
     * @param settings the values, by the names in the table of settings, such as {@code policy}
     * @throws IllegalStateException if a setting is missing, wrong or unknown; the message says which one, and what to
     *     change
     */
    public static UploadFilter create(UploadHost host, Map<String, String> settings) {
        return new UploadFilter(host, UploadSettings.read(SettingNames.check(settings)));
    }

    /**
     * Returns a filter that receives uploads as {@code policy} permits, and is otherwise configured by text. The limits
     * are those of the policy.
     *
     * @param settings as for {@link #create(UploadHost, Map)}, apart from {@code policy}, which is not read
     * @throws IllegalStateException as for that method
     */
    public static UploadFilter create(UploadHost host, UploadPolicy policy, Map<String, String> settings) {
        return new UploadFilter(host, UploadSettings.read(SettingNames.check(settings), policy));
    }

    /** Returns a builder for a filter that receives uploads as {@code policy} permits. */
    public static Builder builder(UploadHost host, UploadPolicy policy) {
        return new Builder(host, policy);
    }

    /** The settings of an {@link UploadFilter}. */
    public static final class Builder {

        private final UploadHost host;
        private final UploadPolicy policy;
        private final Set<String> origins = new HashSet<>();
        private final Set<String> headers = new HashSet<>();
        private boolean credentials;
        private Optional<String> finalForm = Optional.empty();
        private final Set<String> carriedFields = new HashSet<>();
        private Optional<String> targetOrigin = Optional.empty();
        private Optional<String> publicUrl = Optional.empty();
        private boolean checksumTrailers;
        private RefusedBodies.Bounds refusedBodies = RefusedBodies.Bounds.DEFAULTS;

        private Builder(UploadHost host, UploadPolicy policy) {
            this.host = host;
            this.policy = policy;
        }

        /**
         * Lets pages of these origins, such as {@code https://www.example.org}, upload and read the responses (CORS).
         *
         * @throws IllegalArgumentException if a value is not an origin
         */
        public Builder allowOrigins(String... values) {
            for (String value : values) {
                origins.add(Cors.requireOrigin(value));
            }
            return this;
        }

        /**
         * Lets pages of the allowed origins send these header fields too, such as {@code X-CSRF-Token}.
         *
         * @throws IllegalArgumentException if one is not the name of a header field
         */
        public Builder allowHeaders(String... names) {
            for (String name : names) {
                headers.add(Cors.requireFieldName(name));
            }
            return this;
        }

        /** Lets pages of the allowed origins send cookies. */
        public Builder allowCredentials() {
            credentials = true;
            return this;
        }

        /**
         * Sets where a browser without script sends the final request: a path or a URL of the application. The form has
         * repeated {@code receipt} fields.
         */
        public Builder finalForm(String action) {
            finalForm = Optional.of(action);
            return this;
        }

        /**
         * Carries these fields of a form on: the page for a browser without script sends them again, with more files
         * and with the final request. So a token against cross-site request forgery, such as {@code _csrf}, comes with
         * each of them. By default only receipts and the ticket are carried on.
         */
        public Builder carryFields(String... names) {
            carriedFields.addAll(List.of(names));
            return this;
        }

        /**
         * Sets the origin of the page that gets the receipts when it uploads through a hidden frame; the origin of the
         * upload by default.
         *
         * @throws IllegalArgumentException if {@code origin} is not an origin
         */
        public Builder targetOrigin(String origin) {
            targetOrigin = Optional.of(Cors.requireOrigin(origin));
            return this;
        }

        /**
         * Sets the URL at which clients reach the uploads of this one host, such as
         * {@code https://app1.example.org/uploads}. Requests that resume an upload then come to this host directly.
         * Without the URL they may reach any host, which relays them. Behind a proxy that renames the path of this
         * filter, this is the URL that clients see, and may be the same on all hosts.
         *
         * @throws IllegalArgumentException if {@code url} is not an http or https URL, or has a query, a fragment or a
         *     slash at its end
         */
        public Builder publicUrl(String url) {
            publicUrl = Optional.of(UploadSettings.requirePublicUrl(url));
            return this;
        }

        /**
         * Tells clients that they may send checksums in trailer fields. Not every container passes these on without
         * being told to: see the setting {@code checksum-trailers}.
         */
        public Builder checksumTrailers() {
            checksumTrailers = true;
            return this;
        }

        /**
         * Sets how much of refused bodies is read and thrown away, so that their clients see the response. Many clients
         * do not if the connection is closed before they have sent all.
         *
         * @param maxBytes how many bytes of one body; 64 MiB by default, none if 0
         * @param minBytesPerSecond how fast a body must arrive, in each ten seconds; 32 KiB by default
         * @param maxBodies how many bodies at once; 256 by default. The connections of others are closed at once
         * @throws IllegalArgumentException if one is negative
         */
        public Builder readRefusedBodies(long maxBytes, long minBytesPerSecond, int maxBodies) {
            refusedBodies = new RefusedBodies.Bounds(maxBytes, minBytesPerSecond, maxBodies);
            return this;
        }

        /** Returns the filter. */
        public UploadFilter build() {
            Cors cors = new Cors(origins, credentials, headers);
            return new UploadFilter(
                    host,
                    new UploadSettings(
                            policy,
                            cors,
                            finalForm,
                            Set.copyOf(carriedFields),
                            targetOrigin,
                            publicUrl,
                            checksumTrailers,
                            Optional.empty(),
                            refusedBodies));
        }
    }

    /**
     * Returns the host that the filters of this application have made from their settings, for use with a fetcher.
     *
     * @throws IllegalStateException if they have not made one
     */
    public static UploadHost host(ServletContext context) {
        return FilterHost.of(context);
    }

    /**
     * Returns the name of the element's module below the filter's path, such as
     * {@code upload-receipts-0123456789abcdef.js}. It changes with the module, so browsers and proxies may keep what they
     * get under it for ever. The name {@code upload-receipts.js} never changes, and browsers ask whether they have the
     * latest one.
     *
     * <pre>{@code
     * <script type="module" src="/uploads/${UploadFilter.elementName()}"></script>
     * }</pre>
     */
    public static String elementName() {
        return ElementModule.immutableName();
    }

    @Override
    public void init(FilterConfig config) {
        filterHost.settings(config).map(UploadSettings::read).ifPresent(configured -> settings = configured);
        if (settings == null) {
            throw new IllegalStateException("there is no policy");
        }
        UploadHost host = filterHost.init(config);
        HandOvers handOvers = HostAccess.handOvers(host);
        settings.publicUrl().ifPresent(handOvers.finishUrls()::publicUrl);
        path(config).ifPresent(handOvers.finishUrls()::path);
        endpoint = new UploadEndpoint(host, settings);
    }

    /** Returns the path to which this filter is mapped, without its wildcard, if the container says. */
    private static Optional<String> path(FilterConfig config) {
        FilterRegistration registration = config.getServletContext().getFilterRegistration(config.getFilterName());
        return registration == null
                ? Optional.empty()
                : registration.getUrlPatternMappings().stream()
                        .filter(pattern -> pattern.endsWith("/*"))
                        .map(pattern -> pattern.substring(0, pattern.length() - 2))
                        .findFirst();
    }

    @Override
    public void destroy() {
        if (endpoint != null) {
            endpoint.stop();
        }
        filterHost.destroy();
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain) throws IOException {
        if (endpoint == null) {
            throw new IllegalStateException("the filter is not initialized; the container must call init first");
        }
        StartMessage.warnIfBlocking(request, toldBlocking, "upload", "UploadFilter");
        endpoint.serve((HttpServletRequest) request, (HttpServletResponse) response);
    }
}
