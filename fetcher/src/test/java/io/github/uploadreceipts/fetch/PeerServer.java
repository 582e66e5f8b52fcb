package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.util.Map;
import java.util.function.IntConsumer;

/** Filters of a host on a port of its own, at the paths that README gives. */
public final class PeerServer {

    public static final String UPLOADS = "/uploads/* /internal/relay";
    public static final String PEERS = "/internal/uploads/*";

    private PeerServer() {}

    /**
     * Starts a container. Closing the result stops it.
     *
     * @param statuses is told the status of every response
     */
    static Container.Running start(Container container, int port, Filter uploads, Filter peers, IntConsumer statuses)
            throws IOException {
        return start(container, port, Map.of(UPLOADS, uploads, PEERS, peers), new HttpServlet() {}, statuses);
    }

    /**
     * Starts a container. Closing the result stops it.
     *
     * @param filters the filters, each by the patterns that it is mapped to, with spaces between them
     * @param application the servlet behind the filters
     * @param statuses is told the status of every response
     */
    public static Container.Running start(
            Container container, int port, Map<String, Filter> filters, HttpServlet application, IntConsumer statuses)
            throws IOException {
        try {
            return container.startAlone(
                    Container.App.of(filters, application, true).port(port).statuses(statuses));
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the container does not start", e);
        }
    }
}
