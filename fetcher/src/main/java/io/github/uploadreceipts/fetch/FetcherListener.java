package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.host.UploadHost;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextAttributeEvent;
import jakarta.servlet.ServletContextAttributeListener;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.time.Duration;

/**
 * Makes the fetcher of a web application whose filters are configured by text, and closes it with them.
 *
 * <pre>{@code
 * <listener>
 *   <listener-class>io.github.uploadreceipts.fetch.FetcherListener</listener-class>
 * </listener>
 * }</pre>
 *
 * <p>The fetcher is there as soon as the filters have made their host, so the host relays requests from its first one on;
 * {@link #fetcher} returns it. When the server listens, the fetcher {@linkplain PeerFetcher#probeInBackground probes} its
 * host. It has the default settings: whoever needs others makes a fetcher with {@link PeerFetcher#builder}, for the host
 * that {@code UploadFilter.host} returns.
 */
@SuppressWarnings("exports") // whoever uses this has the servlet API; others need not
public final class FetcherListener implements ServletContextListener, ServletContextAttributeListener {

    /** That of {@code UploadFilter.HOST_ATTRIBUTE}. */
    private static final String HOST_ATTRIBUTE = "io.github.uploadreceipts.host";

    private static final String ATTRIBUTE = "io.github.uploadreceipts.fetcher";

    /** Servlets offer no event for a server that listens. This is long enough for most, and the probe tries twice. */
    private static final Duration UNTIL_LISTENING = Duration.ofSeconds(10);

    private final Duration untilListening;

    /** Creates a listener, for a container. */
    public FetcherListener() {
        this(UNTIL_LISTENING);
    }

    FetcherListener(Duration untilListening) {
        this.untilListening = untilListening;
    }

    /**
     * Returns the fetcher of an application.
     *
     * @throws IllegalStateException if there is none
     */
    public static PeerFetcher fetcher(ServletContext context) {
        if (context.getAttribute(ATTRIBUTE) instanceof PeerFetcher fetcher) {
            return fetcher;
        }
        throw new IllegalStateException("this application has no fetcher: register FetcherListener as a listener, and"
                + " configure the filters by init-params, context-params, system properties or the environment");
    }

    @Override
    public void attributeAdded(ServletContextAttributeEvent event) {
        if (isOfFilters(event) && event.getValue() instanceof UploadHost host) {
            PeerFetcher fetcher = PeerFetcher.create(host);
            event.getServletContext().setAttribute(ATTRIBUTE, fetcher);
            fetcher.probeInBackground(untilListening);
        }
    }

    private static boolean isOfFilters(ServletContextAttributeEvent event) {
        return event.getName().equals(HOST_ATTRIBUTE);
    }

    @Override
    public void attributeRemoved(ServletContextAttributeEvent event) {
        if (isOfFilters(event)) {
            close(event.getServletContext());
        }
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        close(event.getServletContext());
    }

    private static void close(ServletContext context) {
        if (context.getAttribute(ATTRIBUTE) instanceof PeerFetcher fetcher) {
            context.removeAttribute(ATTRIBUTE);
            fetcher.close();
        }
    }
}
