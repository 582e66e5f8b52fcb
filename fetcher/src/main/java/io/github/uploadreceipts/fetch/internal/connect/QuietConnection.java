package io.github.uploadreceipts.fetch.internal.connect;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.io.Closer;

/**
 * A connection that differs from the HTTP client's own in four ways. First, it does not log requests and responses: the
 * client's own connection logs them at debug level, with the peer tokens. Second, it always closes if it is aborted
 * while it connects: the client's own connection can be bound to a socket after it was closed, and leaves that socket
 * open. Third, it accepts only a few interim responses: the client's own connection skips any number of them.
 * Fourth, it takes no head that was cut ({@link WholeHead}).
 */
final class QuietConnection extends DefaultManagedHttpClientConnection {

    private volatile boolean closed;
    private int interim;

    QuietConnection(String id, Http1Config limits) {
        super(id, null, null, limits, null, null, null, ignored -> new WholeHead(limits));
    }

    @Override
    public void bind(SocketHolder holder) throws IOException {
        super.bind(holder);
        if (closed) {
            Closer.closeQuietly(holder.getBaseSocket());
            throw new InterruptedIOException("the connection is closed");
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
    public ClassicHttpResponse receiveResponseHeader() throws HttpException, IOException {
        ClassicHttpResponse head = super.receiveResponseHeader();
        interim = head.getCode() < HttpStatus.SC_OK ? interim + 1 : 0;
        if (interim > ConnectionPool.MAX_INTERIM_RESPONSES) {
            throw new ProtocolException("too many interim responses");
        }
        return head;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        super.close();
    }

    @Override
    public void close(CloseMode mode) {
        closed = true;
        super.close(mode);
    }

    @Override
    protected void onRequestSubmitted(ClassicHttpRequest request) {}

    @Override
    protected void onResponseReceived(ClassicHttpResponse response) {}
}
