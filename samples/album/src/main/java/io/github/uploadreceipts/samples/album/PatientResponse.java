package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.BackgroundFetch;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.Refusal;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The response to a final request that may take longer than a front server waits. No thread waits with it.
 *
 * <p>An album that is made within a second gets the usual response, with its own status: the request is dispatched again,
 * and the servlet finds the {@link Outcome}. If it takes longer, the response begins, and has one more piece each second:
 * to a front server, silence is the end.
 *
 * <p>A client may leave meanwhile. If it has an order, the album is made all the same, because the client can ask again,
 * and gets it. Without an order nobody would find the album; so the fetch ends where a piece cannot be written, and the
 * receipts stay good. A client that is sent no pieces is not seen to leave.
 */
final class PatientResponse implements WriteListener {

    /** What became of an album: one of the two. */
    record Outcome(@Nullable MadeAlbum album, @Nullable Throwable failure) {}

    private static final Logger LOG = System.getLogger(PatientResponse.class.getName());
    private static final String ATTRIBUTE = Outcome.class.getName();
    private static final Problem FAULT = Problem.of(ProblemType.UNAVAILABLE, "Try again later.");
    private static final long EVERY_MILLIS = 1_000;

    private final AsyncContext context;
    private final Making making;
    private final Optional<Pieces> pieces;
    private final boolean canComeAgain;
    private @Nullable Future<?> ticks;
    private @Nullable ServletOutputStream out; // once the response has begun
    private String pending = "";
    private boolean flushed = true;
    private boolean last;
    private boolean ended;

    private PatientResponse(AsyncContext context, Making making, Optional<Pieces> pieces, boolean canComeAgain) {
        this.context = context;
        this.making = making;
        this.pieces = pieces;
        this.canComeAgain = canComeAgain;
    }

    /**
     * Takes over the response to a request.
     *
     * @param pieces what the client can read before the end; if empty, it waits for the usual response
     * @param canComeAgain whether the client has an order
     */
    static void start(
            HttpServletRequest request,
            Making making,
            Optional<Pieces> pieces,
            boolean canComeAgain,
            ScheduledExecutorService timer) {
        AsyncContext context = request.startAsync();
        context.setTimeout(0); // the fetch has a deadline
        PatientResponse response = new PatientResponse(context, making, pieces, canComeAgain);
        if (pieces.isPresent()) {
            response.startTicks(timer);
        }
        var unused = making.album().whenComplete(response::end);
    }

    /** Returns what became of the album, if this is the request's second dispatch. */
    static Optional<Outcome> outcome(HttpServletRequest request) {
        return Optional.ofNullable((Outcome) request.getAttribute(ATTRIBUTE));
    }

    private synchronized void startTicks(ScheduledExecutorService timer) {
        ticks = timer.scheduleWithFixedDelay(this::tick, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void tick() {
        if (ended || last) {
            return;
        }
        boolean behind = !pending.isEmpty(); // the client has not taken the piece before
        if (out == null) {
            begin();
        }
        if (!behind) {
            making.fetch().map(BackgroundFetch::progress).ifPresent(now -> pending += pieces().progress(now));
        }
        write();
    }

    private Pieces pieces() {
        return pieces.orElseThrow();
    }

    private void begin() {
        try {
            HttpServletResponse response = (HttpServletResponse) context.getResponse();
            response.setContentType(pieces().contentType());
            response.setHeader("Cache-Control", "no-store");
            response.setHeader("X-Accel-Buffering", "no"); // nginx passes each piece on at once
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.setHeader("Content-Security-Policy", AlbumPages.POLICY);
            out = response.getOutputStream();
            pending = pieces().begin();
            out.setWriteListener(this);
        } catch (IOException | IllegalStateException e) {
            leave(e);
        }
    }

    private synchronized void end(@Nullable MadeAlbum album, @Nullable Throwable thrown) {
        Throwable failure =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        stopTicks();
        if (ended) {
            return;
        }
        if (out == null) {
            ended = true;
            context.getRequest().setAttribute(ATTRIBUTE, new Outcome(album, failure));
            context.dispatch();
            return;
        }
        last = true;
        pending += album == null ? pieces().problem(problem(failure)) : pieces().album(album);
        write();
    }

    private static Problem problem(@Nullable Throwable failure) {
        LOG.log(Level.WARNING, "an album was not made: " + failure);
        return failure instanceof Refusal refusal ? refusal.problem() : FAULT;
    }

    private void stopTicks() {
        if (ticks != null) {
            ticks.cancel(false);
        }
    }

    /** Writes as much as the client takes now. The container calls {@link #onWritePossible} when it takes more. */
    private void write() {
        try {
            while (!ended && out != null && out.isReady()) {
                if (!pending.isEmpty()) {
                    out.write(pending.getBytes(StandardCharsets.UTF_8));
                    pending = "";
                    flushed = false;
                } else if (!flushed) {
                    out.flush();
                    flushed = true;
                } else {
                    ended = last;
                    if (last) {
                        context.complete();
                    }
                    return;
                }
            }
        } catch (IOException | IllegalStateException e) {
            leave(e);
        }
    }

    @Override
    public synchronized void onWritePossible() {
        write();
    }

    @Override
    public synchronized void onError(Throwable failure) {
        leave(failure);
    }

    private void leave(Throwable reason) {
        if (ended) {
            return;
        }
        LOG.log(Level.DEBUG, "a client left before its album was made: " + reason);
        ended = true;
        stopTicks();
        if (!canComeAgain) {
            making.fetch().ifPresent(BackgroundFetch::close);
        }
        context.complete();
    }
}
