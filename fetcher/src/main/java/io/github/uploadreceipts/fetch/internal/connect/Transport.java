package io.github.uploadreceipts.fetch.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHost;

/**
 * Takes one request to a peer, and brings the response. What is asked, of whom, how often, and what a response means is
 * decided above it. {@link HttpTransport} has connections; the test kit's has a fleet in memory.
 */
public interface Transport extends Closeable {

    /**
     * Sends {@code request}, and returns the response, whose body is read afterwards. Aborting the request ends both.
     *
     * @throws java.net.ConnectException if nobody listens at {@code peer}
     * @throws IOException if the connection fails
     */
    ClassicHttpResponse send(HttpHost peer, HttpUriRequestBase request) throws IOException;

    /** Closes connections that have been idle for a while. */
    default void closeIdle() {}

    /** Closes all connections, in use or not. */
    @Override
    default void close() {}
}
