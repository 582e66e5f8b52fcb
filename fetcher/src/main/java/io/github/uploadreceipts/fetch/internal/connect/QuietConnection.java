package io.github.uploadreceipts.fetch.internal.connect;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.io.Closer;

/**
 * A connection that never logs what passes, which the client's own does at debug level: peer tokens. And one that an abort
 * in the middle of connecting closes for certain: the client's own could be bound to a socket after it was closed, and the
 * socket would then stay open.
 */
final class QuietConnection extends DefaultManagedHttpClientConnection {

    private volatile boolean shut;

    QuietConnection(String id, Http1Config limits) {
        super(id, null, null, limits, null, null, null, new DefaultHttpResponseParserFactory(limits));
    }

    @Override
    public void bind(SocketHolder holder) throws IOException {
        super.bind(holder);
        if (shut) {
            Closer.closeQuietly(holder.getBaseSocket());
            throw new InterruptedIOException("the connection is shut");
        }
    }

    @Override
    public void bind(Socket socket) throws IOException {
        bind(new SocketHolder(socket));
    }

    @Override
    public void bind(SSLSocket secured, Socket socket) throws IOException {
        bind(new SocketHolder(secured, socket));
    }

    @Override
    public void close() throws IOException {
        shut = true;
        super.close();
    }

    @Override
    public void close(CloseMode mode) {
        shut = true;
        super.close(mode);
    }

    @Override
    protected void onRequestSubmitted(ClassicHttpRequest request) {}

    @Override
    protected void onResponseReceived(ClassicHttpResponse response) {}
}
