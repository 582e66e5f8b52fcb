package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.internal.settings.Settings;
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
 * The host that a filter works for: given by the application, or made from settings and then shared by all filters of the
 * application.
 *
 * <p>A setting is looked for as system property {@code upload-receipts.NAME}, environment variable
 * {@code UPLOAD_RECEIPTS_NAME}, the filter's init-param {@code NAME}, and the application's context-param
 * {@code upload-receipts.NAME}, in this order: who starts the process decides over who packed the application.
 */
final class FilterHost {

    private static final String PREFIX = "upload-receipts.";
    private static final String ENVIRONMENT_PREFIX = "UPLOAD_RECEIPTS_";
    private static final String ATTRIBUTE = FilterHost.class.getName();

    private @Nullable UploadHost host;
    private @Nullable Shared shared;

    /** The host of an application and how many of its filters use it. */
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

    /** Returns one that uses {@code host}, whose life is the application's concern. */
    static FilterHost of(UploadHost host) {
        return new FilterHost(host);
    }

    /** Returns one that is made from settings. */
    static FilterHost configured() {
        return new FilterHost(null);
    }

    static UploadHost of(ServletContext context) {
        if (context.getAttribute(ATTRIBUTE) instanceof Shared shared) {
            return shared.host;
        }
        throw new IllegalStateException("no filter of this application made a host from settings");
    }

    /**
     * Returns the settings, if the filter is configured by them. They are to be checked before {@link #init}, because nobody
     * destroys a filter that did not start.
     */
    Optional<Settings> settings(FilterConfig config) {
        return host == null ? Optional.of(SettingNames.check(values(config))) : Optional.empty();
    }

    UploadHost init(FilterConfig config) {
        if (host != null) {
            return host;
        }
        ServletContext context = config.getServletContext();
        synchronized (FilterHost.class) {
            Shared common = context.getAttribute(ATTRIBUTE) instanceof Shared existing
                    ? existing
                    : new Shared(context, HostSettings.open(SettingNames.check(values(config))));
            context.setAttribute(ATTRIBUTE, common);
            common.users++;
            shared = common;
            host = common.host;
            return host;
        }
    }

    /** Later sources win. */
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
                values.put(words.toLowerCase(Locale.ROOT).replace('_', '-'), value);
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

    UploadHost get() {
        if (host == null) {
            throw new IllegalStateException("the filter is not initialized");
        }
        return host;
    }

    /** The last filter closes a host that was made from settings. Initialized again, the filter makes a new one. */
    void destroy() {
        synchronized (FilterHost.class) {
            if (shared == null) {
                return;
            }
            Shared last = --shared.users == 0 ? shared : null;
            shared = null;
            host = null;
            if (last != null) {
                last.context.removeAttribute(ATTRIBUTE);
                close(last.host);
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
