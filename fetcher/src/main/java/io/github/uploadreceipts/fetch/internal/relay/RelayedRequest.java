package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.peer.PeerRelay.Body;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
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
 * A relayed request, from the search for a connection to the response. A {@link RelayExchange} sends it. If a kept
 * connection turns out to be dead before any of the body was read, a second exchange sends it on a new connection.
 *
 * <p>The body is read, and the response is completed, on the I/O thread of the connection. Other threads only start and
 * cancel the request.
 */
final class RelayedRequest implements RelayConnections.Caller, RelayExchange.Owner {

    private final RelayMessage message;
    private final Patience patience;
    private final SpareBuffers buffers;
    private final SilentPeers silentPeers;
    private final Consumer<RelayedRequest> whenOver;
    private final CompletableFuture<Response> response = new CompletableFuture<>();
    private final AtomicBoolean over = new AtomicBoolean();

    private volatile @Nullable Route route;
    private volatile @Nullable RelayExchange exchange;
    private volatile boolean reused; // whether the exchange runs on a kept connection
    private @Nullable Exception cancelled; // the reason, once cancelled; guarded by this

    /** The peer that the request goes to, and the connections that it uses. */
    private record Route(HttpHost target, RelayConnections connections) {}

    /**
     * @param silentPeers is told whether the peer gave a sign
     * @param whenOver is called once, before the response completes
     */
    RelayedRequest(
            RelayMessage message,
            Patience patience,
            SpareBuffers buffers,
            SilentPeers silentPeers,
            Consumer<RelayedRequest> whenOver) {
        this.message = message;
        this.patience = patience;
        this.buffers = buffers;
        this.silentPeers = silentPeers;
        this.whenOver = whenOver;
    }

    /** Returns the response, or the failure, to come. */
    CompletableFuture<Response> response() {
        return response;
    }

    /** Sends the request, on a kept connection if there is one. */
    void start(HttpHost target, RelayConnections connections) {
        Route to = new Route(target, connections);
        route = to;
        Body body = message.body();
        if (body != null) {
            body.onReadable(this::wake);
        }
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
    public boolean isOver() {
        return over.get();
    }

    @Override
    public void resolved() {
        patience.stop();
    }

    @Override
    public void connected(IOSession session) {
        Route to = route;
        if (to != null) {
            submit(to, session, false);
        }
    }

    @Override
    public void unconnected(IOException cause) {
        fail(cause);
    }

    private void submit(Route to, IOSession session, boolean kept) {
        RelayExchange next = new RelayExchange(this, message, to.target(), session, patience, buffers);
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

    /** Is called when more of the body may be readable. */
    private void wake() {
        RelayExchange running = exchange;
        if (running != null) {
            running.wake();
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

    /** Cancels this request, from any thread. Reading the body stops before the response completes. */
    void cancel(Exception why) {
        RelayExchange running;
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
    public void reusable(IOSession session) {
        Route to = route;
        if (to != null) {
            to.connections().keep(to.target(), session);
        }
    }

    @Override
    public void responded(Response complete) {
        if (over.compareAndSet(false, true)) {
            whenOver.accept(this);
            silentPeers.answered(message.base());
            response.complete(complete);
        }
    }

    @Override
    public void gaveUp(IOException why) {
        fail(firstReason(why));
    }

    @Override
    public void failed(RelayExchange ended, Exception cause) {
        Route to = route;
        if (to == null || exchange != ended) {
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

    /** Completes the response with a failure, unless it is complete. */
    void fail(Exception cause) {
        if (over.compareAndSet(false, true)) {
            whenOver.accept(this);
            response.completeExceptionally(shown(cause));
        }
    }

    /** A peer that only takes long to respond is not silent: what it was asked to do may take long. */
    private void report(PeerException explained) {
        if (explained.remedy() == Remedy.SILENCE) {
            silentPeers.keptSilent(message.base(), explained.text());
        } else if (explained.remedy() == Remedy.RECONNECT) {
            silentPeers.answered(message.base());
        }
    }

    private IOException shown(Exception cause) {
        if (cause instanceof BodyException ofBody) {
            return ofBody.thrown();
        }
        if (cause instanceof UnreachableException silent) {
            return new UnreachableException(message.base().getRawAuthority() + ": " + silent.getMessage());
        }
        PeerException explained = PeerException.explaining(cause);
        report(explained);
        String text = message.base().getRawAuthority() + ": " + explained.text();
        RelayExchange last = exchange;
        return last != null && last.isTouched() ? new IOException(text) : new UnreachableException(text);
    }
}
