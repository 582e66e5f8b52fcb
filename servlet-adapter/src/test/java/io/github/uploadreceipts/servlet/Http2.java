package io.github.uploadreceipts.servlet;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.FlowControlStrategy;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.HeadersFrame;

/** An HTTP/2 connection by prior knowledge, without TLS. The test controls its streams. */
final class Http2 implements Closeable {

    private static final int PATIENCE_SECONDS = 60;

    private final HTTP2Client client = new HTTP2Client();
    private final Session session;
    private final String base;

    Http2(int port) throws Exception {
        this(port, FlowControlStrategy.DEFAULT_WINDOW_SIZE);
    }

    /** @param window how many bytes of a response the client lets the server send before it has read them */
    Http2(int port, int window) throws Exception {
        base = "http://127.0.0.1:" + port;
        client.setInitialStreamRecvWindow(window);
        client.start();
        session = await(client.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port), new Session.Listener() {}));
    }

    /** Begins a request whose body follows. {@code fields} have the form {@code Name: value}. */
    Http2Stream begin(String method, String path, String... fields) throws Exception {
        return begin(method, path, false, fields);
    }

    /** Sends a complete request. */
    Wire.Response exchange(String method, String path, byte[] body, String... fields) throws Exception {
        Http2Stream stream = begin(method, path, body.length == 0, fields);
        if (body.length > 0) {
            stream.send(body, true);
        }
        return stream.response();
    }

    private Http2Stream begin(String method, String path, boolean last, String... fields) throws Exception {
        HttpFields.Mutable all = HttpFields.build();
        for (String field : fields) {
            List<String> nameAndValue = List.of(field.split(": ", 2));
            all.add(nameAndValue.get(0), nameAndValue.get(1));
        }
        MetaData.Request request = new MetaData.Request(method, HttpURI.from(base + path), HttpVersion.HTTP_2, all);
        Http2Stream stream = new Http2Stream();
        stream.open(await(session.newStream(new HeadersFrame(request, null, last), stream)));
        return stream;
    }

    boolean isOpen() {
        return !session.isClosed();
    }

    static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new IOException("the other side does not respond", e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            client.stop();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
