package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.ConnectionPool;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.nio.AsyncClientExchangeHandler;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOSession;

/**
 * A request on one connection. All methods are called on the I/O thread of the connection, except {@link #isTouched}
 * and {@link #close}, which any thread may call.
 */
abstract class Exchange implements AsyncClientExchangeHandler {

    private final Owner owner;
    private final IOSession session;
    private final AtomicBoolean left = new AtomicBoolean(); // whether this has closed the connection, or given it away

    private volatile boolean touched;
    private int interim;

    /** The request that is sent. Its methods are called on the I/O thread of the connection. */
    interface Owner {

        /** Is called when the next request to the same peer can use the connection. */
        void reusable(IOSession session);

        /** Is called when the exchange has closed the connection, because of {@code why}. */
        void gaveUp(IOException why);

        /** Is called when the connection has failed or was closed. */
        void failed(Exchange ended, Exception cause);
    }

    Exchange(Owner owner, IOSession session) {
        this.owner = owner;
        this.session = session;
    }

    /** Returns whether any of the body was read, or the peer responded. If not, the request can be sent again. */
    final boolean isTouched() {
        return touched;
    }

    final void touch() {
        touched = true;
    }

    /** Closes the connection, which ends the exchange. Once the exchange has ended, this does nothing. */
    final void close() {
        if (left.compareAndSet(false, true)) {
            session.close(CloseMode.IMMEDIATE);
        }
    }

    /** Leaves the connection to the next request. */
    final void leave() {
        if (session.isOpen() && left.compareAndSet(false, true)) {
            owner.reusable(session);
        }
    }

    final void giveUp(IOException why) {
        stop();
        close();
        owner.gaveUp(why);
    }

    /** Reads nothing more from the client, or nothing more for it. */
    abstract void stop();

    @Override
    public final void consumeInformation(HttpResponse response, HttpContext context) throws HttpException {
        if (++interim > ConnectionPool.MAX_INTERIM_RESPONSES) {
            throw new ProtocolException("too many interim responses");
        }
    }

    @Override
    public final void failed(Exception cause) {
        stop();
        owner.failed(this, cause);
    }

    @Override
    public final void cancel() {
        failed(new ConnectionClosedException());
    }
}
