package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All that one request uploads: its files, held to the limits of its admission. Each file is made durable while later
 * ones still arrive. The files become visible together once the request is complete. If anything fails before, none of
 * them stays.
 *
 * <p>Used by one thread at a time.
 */
public final class Reception {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    /** What a form may have before its first and after its last part, if its length is to be judged beforehand. */
    private static final int MAX_AROUND_PARTS = 1 << 16;

    /** What a verified receipt takes in memory beside its texts. */
    private static final int RECEIPT_SIZE = 1 << 10;

    private static final long RATE_GRACE_NANOS = Duration.ofSeconds(30).toNanos();

    /** How many idle time-outs the store may take, whatever it has to store. */
    private static final double STORE_IDLE_TIMEOUTS = 3;

    /** How long the store may take for each byte: it must store a mebibyte per second. */
    private static final double STORE_NANOS_PER_BYTE = 1e9 / (1 << 20);

    private final Engine engine;
    private final MemoryBudget.Share memory;
    private final Way way;
    private volatile Admission admission;
    private final InFlight.Place place;
    private final LongSupplier nanoTime;
    private final long startedAt;
    private volatile long lastByteAt;
    private volatile long received;
    private long announced = Long.MAX_VALUE;
    private volatile boolean storing;
    private volatile boolean publishing;
    private @Nullable IncomingUpload current;
    private long fileStartedAt;
    private volatile @Nullable UploadId last;
    private final List<IncomingUpload> files = new ArrayList<>();
    private final List<CompletableFuture<IncomingUpload>> forces = new ArrayList<>();

    /**
     * Creates a reception, which takes its place.
     *
     * @param way how its files come
     */
    public Reception(Engine engine, Way way, Admission admission, InFlight.Place place) {
        this(engine, way, admission, place, System::nanoTime);
    }

    /** Creates a reception that measures time by {@code nanoTime}. */
    Reception(Engine engine, Way way, Admission admission, InFlight.Place place, LongSupplier nanoTime) {
        this.engine = engine;
        this.way = way;
        this.memory = engine.memory().share();
        this.admission = admission;
        this.place = place;
        this.nanoTime = nanoTime;
        this.startedAt = nanoTime.getAsLong();
        this.lastByteAt = startedAt;
        engine.vitals().began();
    }

    Admission admission() {
        return admission;
    }

    public UploadLimits limits() {
        return admission.limits();
    }

    /** Admits the request by the ticket that its form has shown. */
    void showTicket(String token, @Nullable String slot) throws UploadRefusedException {
        admission = TicketGate.admit(engine, admission, token, slot);
        place.bind(admission);
    }

    /** Returns what the request holds in memory. Who ends the request closes it, when nothing is held any more. */
    public MemoryBudget.Share memory() {
        return memory;
    }

    /**
     * Holds receipts in memory, as they came and verified.
     *
     * @throws UploadRefusedException if the host may not hold as much
     */
    public void holdReceipts(List<String> tokens) throws UploadRefusedException {
        long length = tokens.stream().mapToLong(String::length).sum();
        memory.hold(2 * length + (long) RECEIPT_SIZE * tokens.size());
    }

    /** Notes that the client is not pausing. */
    void touch() {
        lastByteAt = nanoTime.getAsLong();
    }

    /** Counts bytes of the request, whatever part of it they are. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // only one thread at a time writes
    void count(int bytes) throws UploadRefusedException {
        received += bytes;
        touch();
        requireRequestSize(received);
        place.count(bytes);
    }

    /** Announces how many bytes the request has; negative if its client has declared none. */
    void announce(long bytes) {
        announced = bytes < 0 ? Long.MAX_VALUE : bytes;
    }

    /** Returns how many bytes have been counted. */
    public long received() {
        return received;
    }

    /**
     * Checks the size of the request, declared or counted.
     *
     * @throws UploadRefusedException if it exceeds the limit
     */
    public void requireRequestSize(long size) throws UploadRefusedException {
        if (size > limits().maxRequestSize()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.REQUEST_TOO_LARGE,
                    "A request may have at most " + limits().maxRequestSize() + " bytes.",
                    limits().maxRequestSize(),
                    size));
        }
    }

    /**
     * Checks how long a form is, before any of it is read. A delimiter is at most twice as long as the headers that
     * follow it.
     *
     * @param length how many bytes the client has declared; negative if it has declared none
     * @throws UploadRefusedException if that is more than all files and fields may have together
     */
    public void requireFormSize(long length) throws UploadRefusedException {
        double most = (double) admission.maxFileSize() * limits().maxFiles() + 3.0 * limits().maxFieldBytes();
        if (length > most + MAX_AROUND_PARTS) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.REQUEST_TOO_LARGE,
                    "A form may have at most " + limits().maxFiles() + " files of at most " + admission.maxFileSize()
                            + " bytes.",
                    (long) most,
                    length));
        }
    }

    /** Notes that all bytes have come, so that it is the store that the client waits for. */
    void beginStoring() {
        touch();
        storing = true;
    }

    /**
     * Waits on this thread until the store is done.
     *
     * @param lost is told what the store has done if that took too long, because the client is then told otherwise
     * @throws RefusedException if the store failed, or takes too long
     */
    public <T> T awaitStore(CompletableFuture<T> stored, Consumer<T> lost) throws RefusedException {
        beginStoring();
        try {
            return stored.get(storePatience(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw UploadResponse.refusalOf(e.getCause());
        } catch (TimeoutException e) {
            var unused = stored.thenAccept(lost);
            throw new UploadRefusedException(storeIsSlow());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var unused = stored.thenAccept(lost);
            throw new UploadRefusedException(hostIsStopping());
        }
    }

    private long storePatience() {
        return (long) (STORE_IDLE_TIMEOUTS * nanos(limits().idleTimeout()) + STORE_NANOS_PER_BYTE * received);
    }

    /** Returns the problem of a request that comes while the host is being closed. */
    public static Problem hostIsStopping() {
        return Problem.of(ProblemType.UNAVAILABLE, "The host is stopping.");
    }

    private static Problem storeIsSlow() {
        return Problem.of(ProblemType.UNAVAILABLE, "The host's disk takes too long to store the upload.");
    }

    /** Returns why the request takes too long, if it does. Any thread may call it. */
    Optional<Problem> lateness() {
        boolean stored = storing;
        long idleSince = lastByteAt; // read before the current time, because bytes may come in between
        long now = nanoTime.getAsLong();
        if (stored) {
            return now - idleSince > storePatience() ? Optional.of(storeIsSlow()) : Optional.empty();
        }
        if (now - idleSince > nanos(limits().idleTimeout())) {
            return Optional.of(Problem.of(ProblemType.TOO_SLOW, "The body paused for too long."));
        }
        long elapsed = now - startedAt;
        if (elapsed > nanos(limits().deadline())) {
            return Optional.of(Problem.of(ProblemType.TOO_SLOW, "The request took too long."));
        }
        boolean slow = elapsed > RATE_GRACE_NANOS && received * 1e9 / elapsed < limits().minBytesPerSecond();
        return slow
                ? Optional.of(Problem.limit(
                        ProblemType.TOO_SLOW,
                        "The body brought too few bytes per second.",
                        limits().minBytesPerSecond(),
                        (long) (received * 1e9 / elapsed)))
                : Optional.empty();
    }

    /** Returns a duration in nanoseconds; the largest number if it is longer than 292 years. */
    private static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    void beginFile(String name, @Nullable String type) throws UploadRefusedException {
        if (files.size() == limits().maxFiles()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.TOO_MANY_FILES,
                    "A request may have at most " + limits().maxFiles() + " files.",
                    limits().maxFiles(),
                    files.size() + 1L));
        }
        current = engine.receive(admission, files.size(), name, type);
        files.add(current);
        last = current.id();
        fileStartedAt = nanoTime.getAsLong();
        current.expectAtMost(announced - received);
    }

    /** Declares how long the file that has begun will be. */
    void expect(long bytes) throws UploadRefusedException {
        file().expect(bytes);
    }

    void write(ByteBuffer bytes) throws UploadRefusedException {
        file().write(bytes);
    }

    private IncomingUpload file() {
        if (current == null) {
            throw new IllegalStateException("no file has begun");
        }
        return current;
    }

    void endFile() throws UploadRefusedException {
        IncomingUpload file = file();
        file.end();
        Duration duration = Duration.ofNanos(nanoTime.getAsLong() - fileStartedAt);
        engine.tell(new UploadEvent.Received(file.id(), file.size(), duration, way));
        current = null;
        forces.add(onExecutor(() -> {
            file.force();
            return file;
        }));
    }

    /** Returns how many files have begun. */
    int fileCount() {
        return files.size();
    }

    /**
     * Makes all files visible, and returns their receipts in order. If one fails, none stays. The calling thread does
     * not wait for the disk. From now on {@link #abandon} does nothing, because the files cannot be taken from the store
     * while it publishes them.
     */
    public CompletableFuture<List<IssuedReceipt>> publish() {
        publishing = true;
        CompletableFuture<List<IssuedReceipt>> published = allOf(forces).thenCompose(forced -> {
            List<CompletableFuture<IssuedReceipt>> receipts = new ArrayList<>();
            for (IncomingUpload file : files) {
                receipts.add(onExecutor(file::publish));
            }
            return allOf(receipts).handle((all, failure) -> {
                List<IssuedReceipt> issued = receipts.stream()
                        .filter(receipt -> !receipt.isCompletedExceptionally())
                        .map(CompletableFuture::join)
                        .toList();
                if (failure != null) {
                    withdraw(issued);
                    throw failure instanceof CompletionException known ? known : new CompletionException(failure);
                }
                return issued;
            });
        });
        return published.whenComplete((receipts, failure) -> giveBack());
    }

    /** Work that may block. */
    public interface Work<T> {
        T run() throws UploadRefusedException;
    }

    /** Runs {@code work} on another thread. */
    public <T> CompletableFuture<T> onExecutor(Work<T> work) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return work.run();
                        } catch (UploadRefusedException e) {
                            throw new CompletionException(e);
                        }
                    },
                    engine.executor());
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new UploadRefusedException(hostIsStopping()));
        } catch (RuntimeException | Error e) { // what was begun before must be waited for, and undone
            return CompletableFuture.failedFuture(e);
        }
    }

    private static CompletableFuture<Void> allOf(List<? extends CompletableFuture<?>> futures) {
        return CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new));
    }

    /** Throws away the files that are not published, and gives the place back. Further calls do nothing. */
    public void abandon() {
        if (!publishing) {
            giveBack();
        }
    }

    private void giveBack() {
        if (place.leave()) {
            engine.vitals().ended();
        }
        List<IncomingUpload> left = List.copyOf(files);
        files.clear();
        current = null;
        if (!left.isEmpty()) {
            var unused = allOf(forces).whenComplete((done, failure) -> left.forEach(Reception::close));
        }
    }

    private static void close(IncomingUpload file) {
        try {
            file.close();
        } catch (RuntimeException | Error e) { // the next file must be closed all the same
            LOG.log(Level.ERROR, "a file could not be closed", e);
        }
    }

    /** Keeps uploads whose receipts the client has: tells that they are stored, and hands them over. */
    public void keep(List<IssuedReceipt> receipts) {
        receipts.forEach(engine::stored);
    }

    /** Returns the file that is being received, or was the last of the request, if one has begun. */
    public Optional<UploadId> lastFile() {
        return Optional.ofNullable(last);
    }

    /** Tells the listener that the client went away. */
    public void tellAbandoned() {
        engine.tell(new UploadEvent.Abandoned(lastFile(), received));
    }

    /** Withdraws uploads whose receipts nobody got. */
    public void withdraw(List<IssuedReceipt> receipts) {
        for (IssuedReceipt issued : receipts) {
            try {
                engine.withdraw(issued.receipt().owner());
            } catch (StoreException | RuntimeException | Error e) { // the next one must be withdrawn all the same
                LOG.log(
                        Level.WARNING,
                        "upload " + issued.receipt().id() + " could not be withdrawn; it stays until it expires: " + e);
            }
        }
    }
}
