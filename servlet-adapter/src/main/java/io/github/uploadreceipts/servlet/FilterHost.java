package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Place;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.internal.settings.ServiceLinks;
import io.github.uploadreceipts.internal.settings.Settings;
import io.github.uploadreceipts.problem.Refusal;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The host that a filter works for. Either the application gives it to the filter, or it is made from settings and
 * shared by all filters of the application.
 *
 * <p>A setting is looked up as system property {@code upload-receipts.NAME}, environment variable
 * {@code UPLOAD_RECEIPTS_NAME}, the filter's init-param {@code NAME}, and the application's context-param
 * {@code upload-receipts.NAME}, in this order: whoever starts the process overrules whoever packaged the application.
 */
final class FilterHost {

    private static final String PREFIX = "upload-receipts.";
    private static final String ENVIRONMENT_PREFIX = "UPLOAD_RECEIPTS_";
    private static final String ATTRIBUTE = FilterHost.class.getName();

    private @Nullable UploadHost host;
    private @Nullable Shared shared;
    private @Nullable RefusedBodies refusedBodies;

    /** A host that was made from settings, and the number of filters that use it. */
    private static final class Shared {
        private final ServletContext context;
        private final UploadHost host;
        private int users;

        Shared(ServletContext context, UploadHost host) {
            this.context = context;
            this.host = host;
        }
    }

    private FilterHost(@Nullable UploadHost host) {
        this.host = host;
    }

    /** Returns a holder of {@code host}, which the application itself closes. */
    static FilterHost of(UploadHost host) {
        return new FilterHost(host);
    }

    /** Returns a holder whose host will be made from settings. */
    static FilterHost configured() {
        return new FilterHost(null);
    }

    /** Returns the host that filters of this application have made from settings. */
    static UploadHost of(ServletContext context) {
        if (context.getAttribute(ATTRIBUTE) instanceof Shared shared) {
            return shared.host;
        }
        throw new IllegalStateException("no filter of this application has made a host from settings; ask after their"
                + " init, or use the host that the filters were created with");
    }

    /**
     * Returns the settings, if the filter is configured by them. A filter must check them before it calls
     * {@link #init}: containers do not destroy a filter that failed to start, so it would never let go of the host.
     */
    Optional<Settings> settings(FilterConfig config) {
        return host == null ? Optional.of(SettingNames.check(values(config))) : Optional.empty();
    }

    /** Returns the host for a filter that starts, and makes it if this filter is the first. */
    UploadHost init(FilterConfig config) {
        ContainerManners.warnIfNotRun(config);
        UploadHost used = host == null ? share(config) : host;
        host = used;
        StartMessage.log(config.getServletContext(), engine());
        refusedBodies =
                new RefusedBodies(RefusedBodies.Bounds.DEFAULTS, engine().timer(), Watchdog.newExecutor(engine()));
        return used;
    }

    private UploadHost share(FilterConfig config) {
        ServletContext context = config.getServletContext();
        synchronized (FilterHost.class) {
            Shared common = context.getAttribute(ATTRIBUTE) instanceof Shared existing
                    ? existing
                    : new Shared(context, HostSettings.open(SettingNames.check(values(config))));
            if (common.users == 0) {
                publish(common);
            }
            common.users++;
            shared = common;
            return common.host;
        }
    }

    /** Tells the application of a new host. A listener may fail then, and nobody would close the host. */
    private static void publish(Shared made) {
        try {
            made.context.setAttribute(ATTRIBUTE, made);
            made.context.setAttribute(UploadFilter.HOST_ATTRIBUTE, made.host);
        } catch (RuntimeException | Error e) {
            end(made);
            throw e;
        }
    }

    private static void end(Shared last) {
        last.context.removeAttribute(ATTRIBUTE);
        last.context.removeAttribute(UploadFilter.HOST_ATTRIBUTE);
        close(last.host);
    }

    /** Collects the values of all sources. Later sources overwrite earlier ones. */
    private static Map<String, String> values(FilterConfig config) {
        ServletContext context = config.getServletContext();
        Map<String, String> values = new HashMap<>();
        values.put("context-path", context.getContextPath());
        for (String name : Collections.list(context.getInitParameterNames())) {
            if (name.startsWith(PREFIX)) {
                values.put(name.substring(PREFIX.length()), context.getInitParameter(name));
            }
        }
        for (String name : Collections.list(config.getInitParameterNames())) {
            values.put(name, config.getInitParameter(name));
        }
        System.getenv().forEach((name, value) -> {
            if (name.startsWith(ENVIRONMENT_PREFIX)) {
                String words = name.substring(ENVIRONMENT_PREFIX.length());
                if (!ServiceLinks.warnIfLink(name, words, value)) {
                    values.put(words.toLowerCase(Locale.ROOT).replace('_', '-'), value);
                }
            }
        });
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith(PREFIX)) {
                values.put(name.substring(PREFIX.length()), System.getProperty(name));
            }
        }
        return values;
    }

    /** Returns the engine behind the host. */
    Engine engine() {
        return HostAccess.engine(get());
    }

    /** Tells the listener that a final request was refused. */
    void tellRefused(Refusal refusal) {
        engine().tell(new UploadEvent.Refused(refusal.problem(), Place.FINAL_REQUEST, Optional.empty()));
    }

    UploadHost get() {
        return initialized(host);
    }

    /** Returns how much of refused bodies the filter reads, if nothing else is configured. */
    RefusedBodies refusedBodies() {
        return initialized(refusedBodies);
    }

    /** Returns what {@code init} has set. */
    static <T> T initialized(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the filter is not initialized; the container must call init first");
        }
        return value;
    }

    /**
     * Lets go of a host that was made from settings; the last filter closes it. A filter that is initialized again
     * makes a new host.
     */
    void destroy() {
        synchronized (FilterHost.class) {
            if (shared == null) {
                return;
            }
            Shared last = --shared.users == 0 ? shared : null;
            shared = null;
            host = null;
            if (last != null) {
                end(last);
            }
        }
    }

    private static void close(UploadHost host) {
        try {
            host.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
