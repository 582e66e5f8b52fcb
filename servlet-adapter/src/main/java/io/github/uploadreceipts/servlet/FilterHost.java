package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.host.UploadHost;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
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
    Optional<HostSettings> settings(FilterConfig config) {
        return host == null ? Optional.of(new HostSettings(lookup(config))) : Optional.empty();
    }

    UploadHost init(FilterConfig config) {
        if (host != null) {
            return host;
        }
        ServletContext context = config.getServletContext();
        synchronized (FilterHost.class) {
            Shared common = context.getAttribute(ATTRIBUTE) instanceof Shared existing
                    ? existing
                    : new Shared(context, UploadHost.of(withContextPath(lookup(config), context)));
            context.setAttribute(ATTRIBUTE, common);
            common.users++;
            shared = common;
            host = common.host;
            return host;
        }
    }

    private static Function<String, @Nullable String> withContextPath(
            Function<String, @Nullable String> lookup, ServletContext context) {
        return name -> {
            String value = lookup.apply(name);
            return value == null && name.equals("context-path") ? context.getContextPath() : value;
        };
    }

    private static Function<String, @Nullable String> lookup(FilterConfig config) {
        return name -> {
            String value = System.getProperty(PREFIX + name);
            if (value == null) {
                value = System.getenv((PREFIX + name).toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"));
            }
            if (value == null) {
                value = config.getInitParameter(name);
            }
            return value != null ? value : config.getServletContext().getInitParameter(PREFIX + name);
        };
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
