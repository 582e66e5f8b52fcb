package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.nio.command.RequestExecutionCommand;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.Command;
import org.apache.hc.core5.reactor.IOSession;
import org.jspecify.annotations.Nullable;

/**
 * A request to a peer, from the search for a connection to its end. An {@link Exchange} sends it. If a kept connection
 * turns out to be dead before the exchange has touched anything, a second exchange sends it on a new connection.
 */
abstract class OpenRequest implements RelayConnections.Caller, Exchange.Owner {

    private final URI base;
    private final Patience patience;
    private final SilentPeers silentPeers;
    private final Consumer<OpenRequest> whenOver;
    private final AtomicBoolean over = new AtomicBoolean();

    private volatile @Nullable Route route;
    private volatile @Nullable Exchange exchange;
    private volatile boolean reused; // whether the exchange runs on a kept connection
    private @Nullable Exception cancelled; // the reason, once cancelled; guarded by this

    /** The peer that the request goes to, and the connections that it uses. */
    private record Route(HttpHost target, RelayConnections connections) {}

    /**
     * @param base the peer's internal URL
     * @param silentPeers is told whether the peer gave a sign
     * @param whenOver is called once, when the request has ended
     */
    OpenRequest(URI base, Patience patience, SilentPeers silentPeers, Consumer<OpenRequest> whenOver) {
        this.base = base;
        this.patience = patience;
        this.silentPeers = silentPeers;
        this.whenOver = whenOver;
    }

    /** Returns what sends this request on a connection. */
    abstract Exchange newExchange(HttpHost target, IOSession session);

    /** Is called once, after the end, if the request has failed. */
    abstract void lost(Exception cause);

    /** Returns the peer's internal URL. */
    final URI base() {
        return base;
    }

    /** Returns the last exchange, if there is one. */
    final @Nullable Exchange exchange() {
        return exchange;
    }

    /** Sends the request, on a kept connection if there is one. */
    void start(HttpHost target, RelayConnections connections) {
        Route to = new Route(target, connections);
        route = to;
        IOSession kept = connections.reuse(target);
        if (kept == null) {
            connect(to);
        } else {
            submit(to, kept, true);
        }
    }

    private void connect(Route to) {
        exchange = null;
        patience.awaitConnection();
        to.connections().connect(to.target(), this);
    }

    @Override
    public final boolean isOver() {
        return over.get();
    }

    @Override
    public final void resolved() {
        patience.stop();
    }

    @Override
    public final void connected(IOSession session) {
        Route to = route;
        if (to != null) {
            submit(to, session, false);
        }
    }

    @Override
    public final void unconnected(IOException cause) {
        fail(cause);
    }

    private void submit(Route to, IOSession session, boolean kept) {
        Exchange next = newExchange(to.target(), session);
        Exception late;
        synchronized (this) {
            late = cancelled;
            if (late == null) {
                reused = kept;
                exchange = next;
                patience.awaitConnection();
            }
        }
        if (late == null) {
            session.enqueue(new RequestExecutionCommand(next, HttpCoreContext.create()), Command.Priority.NORMAL);
        } else {
            session.close(CloseMode.IMMEDIATE);
            fail(late);
        }
    }

    /**
     * Cancels this request if the peer has kept it waiting too long.
     *
     * @param now a {@link System#nanoTime}
     */
    void requirePatience(long now) {
        patience.lostAt(now).ifPresent(this::cancel);
    }

    /** Cancels this request, from any thread. Reading a body stops before {@link #lost} is called. */
    final void cancel(Exception why) {
        Exchange running;
        boolean again;
        synchronized (this) {
            again = cancelled != null;
            cancelled = again ? cancelled : why;
            running = exchange;
        }
        if (running == null || again) {
            fail(firstReason(why));
        } else {
            patience.awaitClose(why);
            running.close();
        }
    }

    /**
     * Records {@code why} as the reason of the cancellation, unless there is one already, and returns the first reason.
     */
    private synchronized Exception firstReason(Exception why) {
        if (cancelled == null) {
            cancelled = why;
        }
        return cancelled;
    }

    @Override
    public final void reusable(IOSession session) {
        Route to = route;
        if (to != null) {
            to.connections().keep(to.target(), session);
        }
    }

    @Override
    public final void gaveUp(IOException why) {
        fail(firstReason(why));
    }

    @Override
    public final void failed(Exchange ended, Exception cause) {
        Route to = route;
        if (to == null || !ended.equals(exchange)) {
            return;
        }
        if (reused && !isCancelled() && !ended.isTouched()) {
            connect(to);
        } else {
            fail(firstReason(cause));
        }
    }

    private synchronized boolean isCancelled() {
        return cancelled != null;
    }

    /** Ends this request. Returns whether it had not ended before. */
    final boolean end() {
        boolean first = over.compareAndSet(false, true);
        if (first) {
            whenOver.accept(this);
        }
        return first;
    }

    /** Ends this request with a failure, unless it has ended. */
    final void fail(Exception cause) {
        if (end()) {
            lost(cause);
        }
    }

    final void answered() {
        silentPeers.answered(base);
    }

    /**
     * Returns the failure that {@code cause} stands for, and reports whether the peer kept silent. A peer that only takes
     * long to respond to a relayed request is not silent: what it was asked to do may take long. A download has its own
     * patience, and calls that silence.
     */
    final PeerException explained(Exception cause) {
        PeerException explained = PeerException.explaining(cause);
        if (explained.remedy() == Remedy.SILENCE) {
            silentPeers.keptSilent(base, explained.text());
        } else if (explained.remedy() == Remedy.RECONNECT) {
            answered();
        }
        return explained;
    }
}
