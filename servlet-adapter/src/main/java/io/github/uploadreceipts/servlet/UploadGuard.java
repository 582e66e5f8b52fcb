package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.servlet.internal.finish.FinalSettings;
import io.github.uploadreceipts.servlet.internal.guard.FormReading;
import io.github.uploadreceipts.servlet.internal.guard.GuardedRequest;
import io.github.uploadreceipts.servlet.internal.guard.RefusedAheadException;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets filters in front of {@link UploadFilter} and {@link ReceiptsFilter} ask for fields of a form, such as the token
 * against cross-site request forgery. Without it the container reads the body for them, and it is gone.
 *
 * <p>Map it in front of those filters, to the same paths as ours. It reads nothing itself. When a filter asks for a
 * parameter, the guard reads an urlencoded form as a whole, and a multipart form up to its first file, 64 KiB at most; so
 * the field belongs before the files. What it has read goes to the filter that receives the form. Where the token is in a
 * header field, nothing is read.
 *
 * <p>A form is held to {@code max-body-size} and {@code body-deadline}, as the final request is. One that has yet to come
 * is awaited by a thread; few may wait at the same time.
 */
public final class UploadGuard implements Filter {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private final FilterHost filterHost;
    private FinalSettings settings = FinalSettings.DEFAULTS;
    private @Nullable FormReading reading;

    private UploadGuard(FilterHost filterHost) {
        this.filterHost = filterHost;
    }

    /** Creates a filter for a container, which configures it by init-params. */
    public UploadGuard() {
        this(FilterHost.configured());
    }

    /** Returns a guard for the filters of {@code host}. */
    public static UploadGuard create(UploadHost host) {
        return new UploadGuard(FilterHost.of(host));
    }

    /**
     * Returns a guard that is configured by text, for adapters to other frameworks.
     *
     * @param settings the values, by the names in the table of settings, such as {@code max-body-size}
     * @throws IllegalStateException if a setting is wrong or unknown; the message says which one, and what to change
     */
    public static UploadGuard create(UploadHost host, Map<String, String> settings) {
        UploadGuard guard = create(host);
        guard.settings = ReceiptsFilter.read(SettingNames.check(settings), guard.settings);
        return guard;
    }

    @Override
    public void init(FilterConfig config) {
        filterHost.settings(config).ifPresent(configured -> settings = ReceiptsFilter.read(configured, settings));
        var unused = filterHost.init(config);
        reading = new FormReading(filterHost.engine(), settings);
    }

    @Override
    public void destroy() {
        if (reading != null) {
            reading.stop();
        }
        filterHost.destroy();
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        if (!GuardedRequest.isNeeded(request)) {
            chain.doFilter(request, response);
            return;
        }
        GuardedRequest guarded = GuardedRequest.of(request, FilterHost.initialized(reading));
        try {
            chain.doFilter(guarded, response);
        } catch (IOException | ServletException | RuntimeException e) {
            Optional<RefusedAheadException> refusal = ReceiptsFilter.causeOf(e, RefusedAheadException.class);
            if (refusal.isEmpty() || request.isAsyncStarted()) {
                throw e;
            }
            refuse(request, (HttpServletResponse) response, refusal.get());
        } finally {
            guarded.closeAtEnd();
        }
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, RefusedAheadException refusal)
            throws IOException {
        LOG.log(Level.INFO, "a form is refused while a filter asks for its fields: {0}", refusal.getMessage());
        if (!refusal.isBrokenOff()) {
            filterHost.tellRefused(refusal);
        }
        Responses.refuseUnread(request, response, filterHost.refusedBodies(), refusal.problem());
    }
}
