package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.ReadAhead;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.receive.AsyncReception;
import io.github.uploadreceipts.servlet.internal.receive.Exchange;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.receive.WaitingThreads;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The body of the final request. It is read once, searched for receipts, and kept so that it can be read again. */
public final class FinalBody implements Closeable {

    private static final Logger LOG = System.getLogger(Loggers.RECEIPTS);

    /** The client went away, or its body ended too early. */
    public static final class BrokenOff extends IOException {
        private static final long serialVersionUID = 1;

        BrokenOff(IOException cause) {
            super(cause);
        }
    }

    /** What becomes of a request that does not reach the application. The body may not have been read to its end. */
    public interface Ending {

        /** Responds with the problem of a refusal. */
        void refuse(RefusedException refusal);

        /** Ends a request whose client went away. */
        void breakOff();
    }

    private static final String ATTRIBUTE = FinalBody.class.getName();

    /** How many bodies may be awaited without a thread at the same time, in all of the JVM. */
    private static final Semaphore AWAITED = new Semaphore(10_000);

    private final HttpServletRequest request;
    private final Reception reception;
    private @Nullable KindOfBody body; // null once it is not kept any more
    private final Receiver receiver;
    private final AtomicBoolean awaited = new AtomicBoolean();
    private final AtomicBoolean taken = new AtomicBoolean();
    private List<IssuedReceipt> files = List.of();
    private Optional<KindOfBody.Found> found = Optional.empty();

    private FinalBody(HttpServletRequest request, Reception reception, KindOfBody body)
            throws IOException, UploadRefusedException {
        this.request = request;
        this.reception = reception;
        this.body = body;
        this.receiver = Receiver.of(request, reception, body);
    }

    /**
     * Begins to receive the body of a request.
     *
     * @throws RefusedException if the request is not permitted, or declares too many bytes
     */
    public static FinalBody open(HttpServletRequest request, Engine engine, FinalSettings settings, InFlight inFlight)
            throws IOException, RefusedException {
        MediaType type = MediaType.ofBody(request.getContentType());
        boolean multipart = MultipartParser.isForm(type);
        boolean raw = settings.rawFiles() && FileBody.isMeant(request, type);
        Admission admission = (multipart || raw) && settings.files().isPresent()
                ? TicketGate.admit(engine, withFieldBytes(settings.files().get().permit(request), settings), request)
                : Admission.of(noFiles(settings));
        Reception reception =
                new Reception(engine, Way.FINAL_REQUEST, admission, inFlight.enter(admission, request.getRemoteAddr()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            return new FinalBody(request, reception, body(request, engine, settings, type, reception, raw));
        } catch (IOException | RuntimeException | RefusedException e) {
            reception.abandon();
            reception.memory().close();
            throw e;
        }
    }

    private static KindOfBody body(
            HttpServletRequest request,
            Engine engine,
            FinalSettings settings,
            MediaType type,
            Reception reception,
            boolean raw)
            throws UploadRefusedException {
        if (raw) {
            return new FileBody(request, engine, reception);
        }
        return MultipartParser.isForm(type)
                ? new FormBody(request, engine, settings, type, reception)
                : new PlainBody(request, settings, type, reception.memory());
    }

    /** Limits the fields, among them the receipts, as the filter does; the limits on files stay the policy's. */
    private static UploadPermit withFieldBytes(UploadPermit permit, FinalSettings settings) {
        UploadLimits limits = permit.limits().toBuilder()
                .maxFieldBytes(settings.maxBodySize())
                .build();
        return permit.limits(limits);
    }

    private static UploadPermit noFiles(FinalSettings settings) {
        return UploadPermit.anyone(UploadLimits.builder()
                .maxRequestSize(settings.maxBodySize())
                .maxFieldBytes(settings.maxBodySize())
                .deadline(settings.deadline())
                .build());
    }

    /**
     * Receives the body if all of it has come, as nearly every small one has.
     *
     * @return whether the body has been received
     */
    public boolean receiveEarly(Watchdog watchdog) throws BrokenOff, RefusedException {
        try {
            if (ContainerManners.isExpectant(request) || !receiver.receiveEarly()) {
                return false;
            }
        } catch (IOException e) {
            throw brokenOff(e);
        }
        receive(watchdog);
        return true;
    }

    /** Receives the body, on a thread that waits for it. Not many threads may, so that others have some. */
    public void receiveWaiting(Watchdog watchdog) throws BrokenOff, RefusedException {
        WaitingThreads.enter();
        try {
            receive(watchdog);
        } finally {
            WaitingThreads.leave();
        }
    }

    private BrokenOff brokenOff(IOException e) {
        reception.tellAbandoned();
        return new BrokenOff(e);
    }

    /** Receives the body and stores the files in its form. */
    private void receive(Watchdog watchdog) throws BrokenOff, RefusedException {
        try {
            receiver.receiveAll(watchdog);
            files = reception.awaitStore(reception.publish(), reception::withdraw);
        } catch (IOException e) {
            throw brokenOff(e);
        }
    }

    /**
     * Receives the body without a thread. The container then dispatches the request once more, which finds this object
     * by {@link #take}.
     *
     * @param ending responds to the client if the request is refused. It must not throw
     */
    public void receiveAsync(
            HttpServletResponse response, RefusedBodies refusedBodies, Watchdog watchdog, Ending ending)
            throws BrokenOff, RefusedException {
        invite();
        WaitingThreads.enter(AWAITED);
        awaited.set(true);
        Completion completion = Completion.start(request, response, ContainerManners.hasBody(request), refusedBodies);
        Receiving exchange = new Receiving(completion, ending);
        receiver.receive(completion, exchange, new AsyncReception<>(completion, receiver, exchange, watchdog));
    }

    /** Invites a client that waits for that. The container may wait for its first bytes. */
    private void invite() throws BrokenOff, RefusedException {
        if (ContainerManners.invitingBlocks(request)) {
            WaitingThreads.enter();
            try {
                receiver.invite(request);
            } catch (IOException e) {
                throw brokenOff(e);
            } finally {
                WaitingThreads.leave();
            }
        }
    }

    /** The reception of the body without a thread. */
    private final class Receiving implements Exchange<List<IssuedReceipt>> {

        private final Completion completion;
        private final Ending ending;

        Receiving(Completion completion, Ending ending) {
            this.completion = completion;
            this.ending = ending;
        }

        @Override
        public CompletableFuture<List<IssuedReceipt>> finish() {
            return reception.publish();
        }

        @Override
        public void send(List<IssuedReceipt> stored) {
            files = stored;
            request.setAttribute(ATTRIBUTE, FinalBody.this);
            completion.dispatch(this::dispatched);
        }

        @Override
        public void sendAsync(List<IssuedReceipt> stored, Runnable whenDone) {
            send(stored);
        }

        @Override
        public void lost(List<IssuedReceipt> stored) {
            reception.withdraw(stored);
        }

        /** Closes what the filter has not taken, so that nothing is left if it is not called. */
        private void dispatched() {
            if (taken.compareAndSet(false, true)) {
                LOG.log(
                        Level.WARNING,
                        "the body of a final request came, but ReceiptsFilter did not get the dispatch that follows; if"
                                + " its client has not left, map the filter to DispatcherType.ASYNC too, or do not set"
                                + " async-dispatch");
                close();
            }
        }

        @Override
        public void refuse(RefusedException refusal) {
            release();
            ending.refuse(refusal);
        }

        @Override
        public void breakOff() {
            release();
            reception.tellAbandoned();
            ending.breakOff();
        }

        @Override
        public void abandon() {
            leave();
        }
    }

    /** Takes the body that was received for this dispatch of a request. Empty for every other dispatch. */
    public static Optional<FinalBody> take(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof FinalBody body && body.taken.compareAndSet(false, true)) {
            request.removeAttribute(ATTRIBUTE);
            return Optional.of(body);
        }
        return Optional.empty();
    }

    /**
     * Returns the receipts in the order of the body, including those of the form's files.
     *
     * @throws UploadRefusedException if the body is malformed
     */
    public List<String> tokens() throws UploadRefusedException {
        return found().tokens();
    }

    private KindOfBody.Found found() throws UploadRefusedException {
        if (found.isEmpty()) {
            found = Optional.of(requireKept(body).search(files));
            reception.holdReceipts(found.get().tokens());
        }
        return found.get();
    }

    private static KindOfBody requireKept(@Nullable KindOfBody kept) {
        if (kept == null) {
            throw new IllegalStateException("the body is not kept any more");
        }
        return kept;
    }

    /** Returns a request as if its body, which is this one, had not been read. */
    public ReplayedRequest replay(HttpServletRequest received) throws UploadRefusedException {
        ReadAhead.end(received);
        return new ReplayedRequest(received, found().replayed());
    }

    /** Keeps the form's files, whose receipts the application now has. Closing then leaves them alone. */
    public void keepFiles() {
        reception.keep(files);
        files = List.of();
    }

    /** Keeps the form's files of a request that the application ends later, unless its response is an error then. */
    public void keepFilesIfItSucceeds(HttpServletRequest request, HttpServletResponse response) {
        List<IssuedReceipt> stored = files;
        files = List.of();
        Completion.whenEnded(request, () -> {
            if (response.getStatus() < HttpServletResponse.SC_BAD_REQUEST) {
                reception.keep(stored);
            } else {
                reception.withdraw(stored);
            }
        });
    }

    /** Withdraws the form's files if they are not kept, because nobody has their receipts. */
    @Override
    public void close() {
        leave();
        release();
        reception.withdraw(files);
    }

    private void release() {
        body = null;
        found = Optional.empty();
        reception.memory().close();
    }

    private void leave() {
        reception.abandon();
        if (awaited.compareAndSet(true, false)) {
            AWAITED.release();
        }
    }
}
