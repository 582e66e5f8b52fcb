package io.github.uploadreceipts.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Resumable uploads across restarts and crashes. A restarted host knows only what is on its disk. */
class ResumableUploadsTest {

    private static final int CHECKPOINT = 32 << 20;
    private static final int MAX_HASHED = 10_000;
    private static final int THREADS = 32; // as many as a host's own executor has
    private static final Logger LOG = Logger.getLogger("io.github.uploadreceipts.host");

    private final Random random = new Random(4);
    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-21T09:59:58.7Z"));

    @TempDir
    Path directory;

    private final List<UploadId> stored = new CopyOnWriteArrayList<>();
    private final List<UploadEvent> told = new CopyOnWriteArrayList<>();
    private final UploadListener listener = event -> {
        told.add(event);
        if (event instanceof UploadEvent.Stored it) {
            stored.add(it.receipt().id());
        }
    };

    private WatchedStore store;
    private UploadHost host;
    private Engine engine;
    private ResumableUploads uploads;

    @BeforeEach
    void start() throws IOException {
        LOG.setLevel(Level.OFF);
        start(directory.resolve("store"), Runnable::run);
    }

    private void start(Path root, Executor executor) throws IOException {
        store = new WatchedStore(root);
        host = host("http://app1.lan:8080", store, executor);
        engine = HostAccess.engine(host);
        uploads = HostAccess.resumable(host).orElseThrow();
    }

    private UploadHost host(String internalUrl, UploadStore itsStore, Executor executor) {
        return UploadHost.builder(TestRings.photos(), itsStore)
                .internalUrl(internalUrl)
                .developmentMode()
                .timeToLive(Duration.ofHours(24))
                .clock(clock)
                .executor(executor)
                .listener(listener)
                .build();
    }

    @AfterEach
    void stop() throws IOException {
        host.close();
        LOG.setLevel(null);
        assertThat(store.open).as("partial uploads left open").hasValue(0);
    }

    /** Starts a new host on the same disk, three minutes later. */
    private void restart() throws IOException {
        restart(Runnable::run);
    }

    /** Starts a new host whose executor only collects its tasks. Returns the tasks. */
    private List<Runnable> restartLeavingTasks() throws IOException {
        List<Runnable> tasks = new CopyOnWriteArrayList<>(); // the timer's thread adds the purge
        restart(tasks::add);
        return tasks;
    }

    private void restart(Executor executor) throws IOException {
        host.close();
        clock.now = clock.now.plus(Duration.ofMinutes(3));
        start(directory.resolve("store"), executor);
    }

    private byte[] random(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static ContentDigest digest(byte[] content) {
        var hash = ContentDigest.newHash();
        hash.update(content);
        return ContentDigest.of(hash);
    }

    private static Admission admission() {
        return Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
    }

    private UploadResource create(long length, Role role) throws UploadRefusedException {
        return uploads.create(
                admission(), new Creation("photo.jpg", Optional.empty(), Optional.of(length), Optional.empty(), role));
    }

    private UploadResource create(long length) throws UploadRefusedException {
        return create(length, Role.REGULAR);
    }

    private Status append(UploadResource resource, byte[] content, int from, int to) throws UploadRefusedException {
        try (Append append = uploads.open(resource)) {
            assertThat(append.offset()).isEqualTo(from);
            append.write(ByteBuffer.wrap(content, from, to - from));
            return append.complete();
        }
    }

    private static ProblemType refusal(ThrowingCallable call) {
        UploadRefusedException refusal = catchThrowableOfType(UploadRefusedException.class, call);
        assertThat(refusal).isNotNull();
        return refusal.problem().type();
    }

    /** Checks that the upload is complete, and that its receipt and the stored file have this content. */
    private void assertStored(Status status, byte[] content) throws Exception {
        assertThat(status.complete()).isTrue();
        assertThat(status.offset()).isEqualTo(content.length);
        IssuedReceipt issued = status.receipt().orElseThrow();
        var receipt = host.receipts().verify(issued.token());
        assertThat(receipt.digest()).isEqualTo(digest(content));
        assertThat(receipt.size()).isEqualTo(content.length);
        assertThat(published(receipt.owner().id(), receipt.owner().hour().toString()))
                .hasBinaryContent(content);
    }

    private Path published(UploadId id, String hour) {
        return directory.resolve("store/uploads").resolve(hour).resolve(id.toString());
    }

    private Path published(Status status) {
        var owner = status.receipt().orElseThrow().receipt().owner();
        return published(owner.id(), owner.hour().toString());
    }

    private Path bytesFile(UploadResource resource) {
        return directory
                .resolve("store/partial")
                .resolve(resource.hour().toString())
                .resolve(resource.id().toString());
    }

    @Test
    void digest_acrossRestarts_ofAllBytes() throws Exception {
        for (int round = 0; round < 15; round++) {
            byte[] content = random(1 + random.nextInt(500_000));
            UploadResource resource = create(content.length);
            Status status = uploads.status(resource);
            while (!status.complete()) {
                int from = (int) status.offset();
                status = append(resource, content, from, from + 1 + random.nextInt(content.length - from));
                if (random.nextBoolean()) {
                    restart();
                }
                if (random.nextBoolean()) {
                    status = uploads.status(resource);
                }
            }
            assertStored(status, content);
            assertThat(uploads.status(resource).receipt()).isEqualTo(status.receipt());
        }
    }

    @Test
    void restart_bytesReadOnce_onTheHostsExecutor() throws Exception {
        byte[] content = random(300_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 100_000);
        append(resource, content, 100_000, 200_000);
        assertThat(store.bytesRead).hasValue(0);
        List<Runnable> tasks = restartLeavingTasks();

        assertThat(uploads.status(resource).offset()).isEqualTo(200_000);
        assertThat(store.bytesRead).as("on the requesting thread").hasValue(0);
        tasks.forEach(Runnable::run);
        assertThat(store.bytesRead).hasValue(200_000);
        uploads.status(resource);
        append(resource, content, 200_000, 250_000);
        uploads.status(resource);

        assertStored(append(resource, content, 250_000, 300_000), content);
        assertThat(store.bytesRead).hasValue(200_000);
    }

    /**
     * After a restart the host reads the acknowledged bytes to hash them. That takes long, and clients send HEAD
     * meanwhile.
     */
    @Test
    void restart_headBeforeTheBytesAreRead_doesNotWait() throws Exception {
        UploadResource resource = create(10);
        append(resource, new byte[10], 0, 5);
        List<Runnable> tasks = restartLeavingTasks();

        assertThat(uploads.status(resource).offset()).isEqualTo(5);
        assertThat(uploads.status(resource).offset()).isEqualTo(5);
        assertThat(store.steps).as("the upload was opened once").containsExactly("confirm");
        tasks.forEach(Runnable::run);
        assertThat(store.bytesRead).hasValue(5);
    }

    /** The task that reads the acknowledged bytes must not take the upload over from the client. */
    @Test
    void restart_appendBeforeTheBytesAreRead_continues() throws Exception {
        byte[] content = random(3_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 1_000);
        List<Runnable> tasks = restartLeavingTasks();
        uploads.status(resource);

        try (Append append = uploads.open(resource)) {
            append.write(ByteBuffer.wrap(content, 1_000, 1_000));
            tasks.forEach(Runnable::run);
            append.write(ByteBuffer.wrap(content, 2_000, 1_000));
            assertStored(append.complete(), content);
        }
        assertThat(store.bytesRead).hasValue(1_000);
    }

    /** Clients retry while the disk is full. The host must not read the bytes again each time. */
    @Test
    void noSpace_afterRestart_bytesReadOnce() throws Exception {
        byte[] content = random(2_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 1_000);
        restart();
        store.freeSpace = 0;

        for (int i = 0; i < 3; i++) {
            assertThat(refusal(() -> uploads.open(resource))).isEqualTo(ProblemType.NO_SPACE);
        }
        store.freeSpace = Long.MAX_VALUE;
        assertStored(append(resource, content, 1_000, 2_000), content);
        assertThat(store.bytesRead).hasValue(1_000);
    }

    /** The process that wrote the offset may have ended before the offset was durable. */
    @Test
    void offset_afterRestart_forcedBeforeItIsReported() throws Exception {
        UploadResource resource = create(10);
        append(resource, new byte[10], 0, 5);
        uploads.status(resource);
        assertThat(store.steps).doesNotContain("confirm");
        restart();

        assertThat(uploads.status(resource).offset()).isEqualTo(5);
        assertThat(store.steps).containsExactly("confirm", "acknowledge 5");
        uploads.status(resource);
        assertThat(store.steps).hasSize(2);
    }

    @Test
    void offset_cannotBeMadeDurable_notReported() throws Exception {
        UploadResource resource = create(10);
        append(resource, new byte[10], 0, 5);
        restart();
        store.fail("confirm");

        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.STORAGE_FAILED);
        assertThat(uploads.status(resource).offset()).isEqualTo(5);
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        }
    }

    @Test
    void longAppend_crash_keepsTheLastCheckpoint() throws Exception {
        byte[] chunk = random(1 << 20);
        UploadResource resource = create(71L << 20);
        try (Append append = uploads.open(resource)) {
            for (int i = 0; i < 71; i++) {
                append.write(ByteBuffer.wrap(chunk));
            }
            Path crashed = Files.createDirectory(directory.resolve("crashed"));
            copyTree(directory.resolve("store/partial"), crashed.resolve("partial"));
        }
        host.close();
        start(directory.resolve("crashed"), Runnable::run);

        assertThat(uploads.status(resource).offset()).isEqualTo(2L * CHECKPOINT);
        var hash = ContentDigest.newHash();
        for (int i = 0; i < 71; i++) {
            hash.update(chunk);
        }
        try (Append append = uploads.open(resource)) {
            for (int i = 64; i < 71; i++) {
                append.write(ByteBuffer.wrap(chunk));
            }
            var receipt = append.complete().receipt().orElseThrow().receipt();
            assertThat(receipt.digest()).isEqualTo(ContentDigest.of(hash));
        }
        assertThat(store.bytesRead).hasValue(2L * CHECKPOINT);
    }

    /**
     * A checkpoint takes as long as the disk needs. Appends do not wait for it, and may acknowledge more before it
     * ends.
     */
    @Test
    void checkpoint_whileAppending_neitherBlocksNorFails() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        restart(pool);
        byte[] content = random(3 << 20);
        byte[] filler = new byte[CHECKPOINT];
        UploadResource resource = create(2L * CHECKPOINT + content.length);
        store.acknowledging.acquire();
        try (Append append = uploads.open(resource)) {
            append.write(ByteBuffer.wrap(filler));
            append.write(ByteBuffer.wrap(filler));
            append.write(ByteBuffer.wrap(content));
            assertThat(bytesFile(resource)).hasSize(2L * CHECKPOINT + content.length);
            assertThat(store.steps).doesNotContain("acknowledge " + CHECKPOINT);
            store.acknowledging.release();
            Status status = append.complete();
            assertThat(status.complete()).isTrue();
            var hash = ContentDigest.newHash();
            hash.update(filler);
            hash.update(filler);
            hash.update(content);
            assertThat(status.receipt().orElseThrow().receipt().digest()).isEqualTo(ContentDigest.of(hash));
        } finally {
            pool.shutdown();
            assertThat(pool.awaitTermination(120, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(store.steps).contains("acknowledge " + CHECKPOINT).doesNotContain("failed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"acknowledge 5000", "state", "publish"})
    void crash_whileCompleting_completedByTheNextHead(String step) throws Exception {
        byte[] content = random(5_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 2_000);
        store.fail(step);
        assertThat(refusal(() -> append(resource, content, 2_000, 5_000))).isEqualTo(ProblemType.STORAGE_FAILED);
        restart();

        Status status = uploads.status(resource);
        if (step.startsWith("acknowledge")) {
            assertThat(status.offset()).isEqualTo(2_000);
            status = append(resource, content, 2_000, 5_000);
        }
        assertStored(status, content);
        restart();
        assertThat(uploads.status(resource)).isEqualTo(status);
    }

    /** The crashed host had already fixed the receipt's times in the state file. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void crash_beforePublishing_sameReceipt_notOneOfLater(boolean byAnotherAppend) throws Exception {
        byte[] content = random(5_000);
        UploadResource resource = create(content.length);
        Instant before = clock.now;
        store.fail("publish");
        assertThat(refusal(() -> append(resource, content, 0, 5_000))).isEqualTo(ProblemType.STORAGE_FAILED);
        clock.now = before.plus(Duration.ofHours(2));
        restart();

        if (byAnotherAppend) {
            assertThat(refusal(() -> uploads.open(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
        }
        Status status = uploads.status(resource);
        assertStored(status, content);
        assertThat(status.receipt().orElseThrow().receipt().issuedAt())
                .isEqualTo(before.truncatedTo(ChronoUnit.SECONDS));
    }

    @Test
    void crash_beforePublishing_manyRequestsAtOnce_allGetTheReceipt() throws Exception {
        byte[] content = random(5_000);
        for (int round = 0; round < 20; round++) {
            UploadResource resource = create(content.length);
            store.fail(round % 2 == 0 ? "publish" : "state");
            assertThat(refusal(() -> append(resource, content, 0, 5_000))).isEqualTo(ProblemType.STORAGE_FAILED);
            restart();
            List<Status> all = together(Collections.nCopies(8, () -> uploads.status(resource)));
            assertStored(all.get(0), content);
            assertThat(all).containsOnly(all.get(0));
        }
    }

    private static <T> List<T> together(List<? extends Callable<T>> tasks) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(tasks.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> future : pool.invokeAll(tasks)) {
                results.add(future.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    /** A power cut may bring back the partial upload's name. */
    @Test
    void crash_betweenLinkAndDelete_sameReceipt_untilDiscarded() throws Exception {
        byte[] content = random(5_000);
        UploadResource resource = create(content.length);
        Status status = append(resource, content, 0, 5_000);
        Files.createLink(bytesFile(resource), published(status));
        restart();
        assertThat(uploads.status(resource)).isEqualTo(status);
        assertThat(bytesFile(resource)).doesNotExist();

        Files.createLink(bytesFile(resource), published(status));
        engine.store()
                .discard(
                        resource.id(),
                        status.receipt().orElseThrow().receipt().owner().hour());
        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(published(status)).doesNotExist();
    }

    /** During a rolling deployment, another process may publish the upload first. */
    @Test
    void crash_beforePublishing_anotherProcessPublishes_receipt() throws Exception {
        UploadResource resource = create(5);
        byte[] content = random(5);
        store.fail("publish");
        assertThat(refusal(() -> append(resource, content, 0, 5))).isEqualTo(ProblemType.STORAGE_FAILED);
        try (UploadHost next =
                host("http://app1.lan:8080", LocalUploadStore.at(directory.resolve("store")), Runnable::run)) {
            store.beforeOpening = () -> assertThat(HostAccess.resumable(next)
                            .orElseThrow()
                            .status(resource)
                            .complete())
                    .isTrue();
            assertStored(uploads.status(resource), content);
        }
    }

    @Test
    void close_whileAppending_bytesKept_nextHostResumes() throws Exception {
        byte[] content = random(100);
        UploadResource resource = create(content.length);
        Append left = uploads.open(resource);
        left.write(ByteBuffer.wrap(content, 0, 60));

        restart();

        assertThat(uploads.status(resource).offset()).isEqualTo(60);
        assertStored(append(resource, content, 60, 100), content);
        assertThat(refusal(() -> left.write(ByteBuffer.wrap(content)))).isEqualTo(ProblemType.TAKEN_OVER);
    }

    @Test
    void discarded_gone() throws Exception {
        UploadResource resource = create(5);
        Status status = append(resource, new byte[5], 0, 5);
        engine.store()
                .discard(
                        resource.id(),
                        status.receipt().orElseThrow().receipt().owner().hour());

        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(refusal(() -> uploads.open(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    /**
     * A receipt must be for the stored bytes. Another upload with this id was published first, so this one gets none.
     */
    @Test
    void place_takenByAnother_noReceipt() throws Exception {
        byte[] content = random(5_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 4_000);
        try (UploadStore.Incoming other = store.create(resource.id(), resource.hour())) {
            other.write(ByteBuffer.wrap(random(5_000)));
            other.publish(resource.hour());
        }
        assertThat(refusal(() -> append(resource, content, 4_000, 5_000))).isEqualTo(ProblemType.SLOT_TAKEN);

        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
        restart();
        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    /** The stored upload is another one, and its client has a receipt for it. */
    @Test
    void place_takenByAnother_deleted_theOtherStays() throws Exception {
        UploadResource resource = create(10);
        byte[] content = random(10);
        try (UploadStore.Incoming other = store.create(resource.id(), resource.hour())) {
            other.write(ByteBuffer.wrap(content));
            other.publish(resource.hour());
        }
        assertThat(refusal(() -> append(resource, random(10), 0, 10))).isEqualTo(ProblemType.SLOT_TAKEN);

        assertThat(refusal(() -> uploads.terminate(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(published(resource.id(), resource.hour().toString())).hasBinaryContent(content);
    }

    private UploadResource partial(byte[] content) throws UploadRefusedException {
        UploadResource partial = create(content.length, Role.PARTIAL);
        append(partial, content, 0, content.length);
        return partial;
    }

    private UploadResource concatenation(UploadResource... partials) throws UploadRefusedException {
        return concatenation(admission(), "final.jpg", partials);
    }

    private UploadResource concatenation(Admission admission, String name, UploadResource... partials)
            throws UploadRefusedException {
        Creation creation = new Creation(name, Optional.empty(), Optional.empty(), Optional.empty(), Role.FINAL);
        try {
            return uploads.create(
                    admission,
                    creation,
                    uploads.receipts(admission, List.of(partials)).join());
        } catch (CompletionException e) {
            throw (UploadRefusedException) e.getCause();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "acknowledge 3000", "state", "publish"})
    void concatenation_interrupted_completedAfterARestart(String step) throws Exception {
        byte[] content = random(3_000);
        UploadResource concatenated = concatenation(
                partial(Arrays.copyOf(content, 1_000)), partial(Arrays.copyOfRange(content, 1_000, 3_000)));
        if (!step.isEmpty()) {
            store.fail(step);
            assertThat(catchThrowableOfType(
                            CompletionException.class,
                            () -> uploads.concatenate(concatenated, List.of()).join()))
                    .hasCauseInstanceOf(UploadRefusedException.class);
        }
        restart();
        uploads.status(concatenated);

        Status status = uploads.status(concatenated);
        assertStored(status, content);
        assertThat(uploads.status(concatenated)).isEqualTo(status);
    }

    @Test
    void concatenation_partialMissing_refused() throws Exception {
        UploadResource there = partial(random(10));
        UploadResource unfinished = create(10, Role.PARTIAL);
        UploadResource never = new UploadResource(host.internalUrl(), UploadId.random(), there.expiresAt());
        UploadResource regular = create(5);
        append(regular, new byte[5], 0, 5);

        assertThat(refusal(() -> concatenation(there, unfinished))).isEqualTo(ProblemType.NOT_FINISHED);
        assertThat(refusal(() -> concatenation(there, regular))).isEqualTo(ProblemType.NOT_FINISHED);
        assertThat(refusal(() -> concatenation(there, never))).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    @Test
    void concatenation_partialTerminatedMeanwhile_notMade() throws Exception {
        UploadResource partial = partial(random(10));
        UploadResource concatenated = concatenation(partial);
        uploads.terminate(partial);

        CompletionException failure = catchThrowableOfType(
                CompletionException.class,
                () -> uploads.concatenate(concatenated, List.of()).join());
        assertThat(((UploadRefusedException) failure.getCause()).problem().type())
                .isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(refusal(() -> uploads.status(concatenated))).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    /** The client repeats its request if it got no response, before or after the concatenation was made. */
    @Test
    void concatenation_repeatedWithItsTicket_sameUpload() throws Exception {
        byte[] content = random(30);
        Admission admission = ticketed(clock.now.plus(Duration.ofDays(1)));
        UploadResource first = partial(Arrays.copyOf(content, 10));
        UploadResource second = partial(Arrays.copyOfRange(content, 10, 30));
        UploadResource concatenated = concatenation(admission, "final.jpg", first, second);

        assertThat(concatenation(admission, "final.jpg", first, second)).isEqualTo(concatenated);
        Status made = uploads.concatenate(concatenated, List.of()).join();
        assertStored(made, content);
        assertThat(concatenation(admission, "final.jpg", first, second)).isEqualTo(concatenated);
        assertThat(uploads.concatenate(concatenated, List.of()).join()).isEqualTo(made);
        restart();
        assertThat(concatenation(admission, "final.jpg", first, second)).isEqualTo(concatenated);
        assertThat(uploads.concatenate(concatenated, List.of()).join()).isEqualTo(made);
    }

    @Test
    void concatenation_anotherWithItsTicket_slotTaken() throws Exception {
        Admission admission = ticketed(clock.now.plus(Duration.ofDays(1)));
        UploadResource first = partial(random(10));
        UploadResource second = partial(random(10));
        UploadResource concatenated = concatenation(admission, "final.jpg", first, second);

        assertThat(refusal(() -> concatenation(admission, "final.jpg", second, first)))
                .isEqualTo(ProblemType.SLOT_TAKEN);
        assertThat(refusal(() -> concatenation(admission, "final.jpg", first))).isEqualTo(ProblemType.SLOT_TAKEN);
        assertThat(refusal(() -> concatenation(admission, "other.jpg", first, second)))
                .isEqualTo(ProblemType.SLOT_TAKEN);
        assertThat(refusal(() -> create(admission, 20))).isEqualTo(ProblemType.SLOT_TAKEN);
        uploads.concatenate(concatenated, List.of()).join();
        uploads.terminate(concatenated);
        assertThat(refusal(() -> concatenation(admission, "final.jpg", first, second)))
                .isEqualTo(ProblemType.SLOT_TAKEN);
    }

    private UploadResource partial(Admission admission, byte[] content) throws UploadRefusedException {
        UploadResource partial = uploads.create(
                admission,
                new Creation("", Optional.empty(), Optional.of((long) content.length), Optional.empty(), Role.PARTIAL));
        append(partial, content, 0, content.length);
        return partial;
    }

    /** After a partial upload is terminated, the next one in its place of the slot has the same id. */
    @Test
    void concatenation_repeatedWithOtherBytesInThePartialsPlace_slotTaken() throws Exception {
        Admission admission = ticketed(clock.now.plus(Duration.ofDays(1)));
        UploadResource partial = partial(admission, random(10));
        UploadResource concatenated = concatenation(admission, "final.jpg", partial);
        uploads.concatenate(concatenated, List.of()).join();
        uploads.terminate(partial);

        assertThat(partial(admission, random(10))).isEqualTo(partial);
        assertThat(refusal(() -> concatenation(admission, "final.jpg", partial)))
                .isEqualTo(ProblemType.SLOT_TAKEN);
    }

    @Test
    void concatenation_partialMeanwhileAShorterOne_notMade_slotIsFree() throws Exception {
        Admission admission = ticketed(clock.now.plus(Duration.ofDays(1)));
        UploadResource partial = partial(admission, random(10));
        UploadResource concatenated = concatenation(admission, "final.jpg", partial);
        uploads.terminate(partial);
        byte[] shorter = random(5);
        assertThat(partial(admission, shorter)).isEqualTo(partial);

        assertThat(catchThrowableOfType(
                        CompletionException.class,
                        () -> uploads.concatenate(concatenated, List.of()).join()))
                .hasCauseInstanceOf(UploadRefusedException.class);
        assertThat(concatenation(admission, "final.jpg", partial)).isEqualTo(concatenated);
        assertStored(uploads.concatenate(concatenated, List.of()).join(), shorter);
    }

    /** Concatenations that wait for other hosts must leave threads to other work. */
    @Test
    void concatenation_manyAtOnce_fromASlowHost_leavesThreads() throws Exception {
        byte[] content = random(1_000);
        SlowPeer peer = new SlowPeer(content);
        UploadResource partial = peer.keepPartial();
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            restart(pool);
            engine.peers().attach(peer);
            List<CompletableFuture<Status>> running = new ArrayList<>();
            for (int i = 0; i < 2 * THREADS; i++) {
                running.add(uploads.concatenate(concatenation(partial), List.of()));
            }

            engine.executor().execute(peer.mayRespond::countDown);

            for (CompletableFuture<Status> one : running) {
                assertStored(one.get(120, TimeUnit.SECONDS), content);
            }
        } finally {
            peer.mayRespond.countDown();
            pool.shutdown();
        }
    }

    /** Some hosts may be hung in the middle of a response. */
    @Test
    void concatenation_manyAtOnce_fromAHungHost_othersGoOn() throws Exception {
        byte[] content = random(1_000);
        SlowPeer peer = new SlowPeer(content);
        UploadResource hung = peer.keepPartial();
        UploadResource healthy = peer.keepPartial("http://app3.lan:8080");
        UploadResource own = partial(content);
        engine.peers().attach(peer);
        try {
            for (int i = 0; i < 64; i++) {
                var unused = uploads.concatenate(concatenation(own, hung), List.of());
            }
            for (UploadResource part : List.of(own, healthy)) {
                assertStored(uploads.concatenate(concatenation(part), List.of()).get(120, TimeUnit.SECONDS), content);
            }
        } finally {
            peer.mayRespond.countDown();
        }
    }

    /** The application's executor may reject tasks for a while. Such a task is left for later. */
    @Test
    void executorIsFull_appendsAndRespondsNevertheless() throws Exception {
        byte[] content = random(CHECKPOINT + 10);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 1);
        AtomicInteger refused = new AtomicInteger();
        restart(task -> {
            refused.incrementAndGet();
            throw new RejectedExecutionException();
        });

        for (int i = 0; i < 2; i++) { // the second request submits the task again
            int before = refused.get();
            assertThat(uploads.status(resource).offset()).isEqualTo(1);
            assertThat(refused).hasValueGreaterThan(before);
        }
        assertStored(append(resource, content, 1, content.length), content);
    }

    /** If a peer is down, its front server responds in its place. Such a response says nothing about the upload. */
    @Test
    void concatenation_partialOfAHostThatIsDown_unavailable() throws Exception {
        SlowPeer peer = new SlowPeer(random(10));
        UploadResource partial = peer.keepPartial();
        engine.peers().attach(peer);
        peer.status = 404;
        assertThat(refusal(() -> concatenation(partial))).isEqualTo(ProblemType.UPLOAD_GONE);
        peer.taken = Map.of();
        assertThat(refusal(() -> concatenation(partial))).isEqualTo(ProblemType.UNAVAILABLE);
        peer.status = 200;
        assertThat(refusal(() -> concatenation(partial))).isEqualTo(ProblemType.UNAVAILABLE);
    }

    @Test
    void concatenation_receiptOfAnotherPartial_notTaken() throws Exception {
        SlowPeer peer = new SlowPeer(random(10));
        UploadResource partial = peer.keepPartial();
        engine.peers().attach(peer);
        UploadResource other = new UploadResource(partial.owner(), UploadId.random(), partial.expiresAt());
        assertThat(refusal(() -> concatenation(other))).isEqualTo(ProblemType.UNAVAILABLE);
    }

    /**
     * After its internal URL changed, a host issues receipts with the new URL, even for uploads created under the old
     * one.
     */
    @Test
    void concatenation_partialAtAFormerUrl_taken() throws Exception {
        SlowPeer peer = new SlowPeer(random(10));
        UploadResource partial = peer.keepPartial();
        engine.peers().attach(peer);
        URI former = URI.create("http://app3.lan:8080");
        assertThatCode(() -> concatenation(new UploadResource(former, partial.id(), partial.expiresAt())))
                .doesNotThrowAnyException();
    }

    @Test
    void concatenation_peerSendsTooMuch_fileTooLarge() throws Exception {
        SlowPeer peer = new SlowPeer(random(10));
        UploadResource partial = peer.keepPartial();
        engine.peers().attach(peer);
        peer.content = random(11);
        peer.mayRespond.countDown();
        UploadResource concatenated = concatenation(partial);
        assertThat(uploads.concatenate(concatenated, List.of()))
                .failsWithin(Duration.ofMinutes(2))
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        UploadRefusedException.class,
                        e -> assertThat(e.problem().type()).isEqualTo(ProblemType.FILE_TOO_LARGE));
    }

    /** Peers with one partial upload each. The one at app2.lan sends the bytes only when the test lets it. */
    private final class SlowPeer implements PeerRelay {

        final CountDownLatch mayRespond = new CountDownLatch(1);
        Map<String, String> taken = Map.of("upload-relay", "taken");
        int status = 200;
        byte[] content;
        private final Map<URI, String> receipts = new HashMap<>();

        SlowPeer(byte[] content) {
            this.content = content;
        }

        UploadResource keepPartial() throws Exception {
            return keepPartial("http://app2.lan:8080");
        }

        UploadResource keepPartial(String base) throws Exception {
            try (UploadHost other = host(base, LocalUploadStore.at(directory.resolve("other")), Runnable::run)) {
                uploads = HostAccess.resumable(other).orElseThrow();
                UploadResource partial = partial(content);
                receipts.put(partial.owner(), uploads.partialReceipt(partial).token());
                return partial;
            } finally {
                uploads = HostAccess.resumable(host).orElseThrow();
            }
        }

        @Override
        public CompletableFuture<Response> send(Request request) {
            Map<String, String> fields = new HashMap<>(taken);
            fields.put(
                    "upload-receipt",
                    receipts.getOrDefault(
                            request.peer(), receipts.values().iterator().next()));
            return CompletableFuture.completedFuture(new Response(status, fields, ByteBuffer.allocate(0)));
        }

        @Override
        public void pull(List<UploadReceipt> parts, Sink sink) throws IOException {
            try {
                boolean slow = parts.get(0).owner().base().getHost().equals("app2.lan");
                assertThat(!slow || mayRespond.await(120, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            sink.write(ByteBuffer.wrap(content));
        }
    }

    @Test
    @Tag("slow")
    void manyUploads_boundedMemory_theOldestIsReadAgain() throws Exception {
        byte[] content = random(2);
        List<UploadResource> all = new ArrayList<>();
        for (int i = 0; i <= MAX_HASHED; i++) {
            all.add(create(content.length));
            append(all.get(i), content, 0, 1);
        }
        assertThat(store.open).hasValue(0);

        assertStored(append(all.get(MAX_HASHED), content, 1, 2), content);
        assertThat(store.bytesRead).hasValue(0);
        assertStored(append(all.get(0), content, 1, 2), content);
        assertThat(store.bytesRead).hasValue(1);
    }

    /** Two clients that do not know of each other, or one client whose old connections are still open. */
    @Test
    void twoAppend_inALoop_bytesExact_offsetsNeverBack() throws Exception {
        for (int round = 0; round < 20; round++) {
            byte[] content = random(100_000);
            UploadResource resource = create(content.length);
            long seed = random.nextLong();
            List<Status> ends = together(List.of(
                    () -> appendToTheEnd(resource, content, new Random(seed)),
                    () -> appendToTheEnd(resource, content, new Random(seed + 1))));
            assertStored(ends.get(0), content);
            assertThat(ends.get(1)).isEqualTo(ends.get(0));
        }
    }

    private Status appendToTheEnd(UploadResource resource, byte[] content, Random random) throws Exception {
        long acknowledged = 0;
        while (true) {
            Status status = uploads.status(resource);
            assertThat(status.offset()).isGreaterThanOrEqualTo(acknowledged);
            acknowledged = status.offset();
            if (status.complete()) {
                return status;
            }
            try (Append append = uploads.open(resource)) {
                for (int writes = random.nextInt(5); writes >= 0; writes--) {
                    int from = (int) append.offset();
                    int size = Math.min(content.length - from, random.nextInt(5_000));
                    append.write(ByteBuffer.wrap(content, from, size));
                }
                if (random.nextBoolean()) {
                    acknowledged = append.complete().offset();
                }
            } catch (UploadRefusedException e) {
                assertThat(e.problem().type()).isIn(ProblemType.TAKEN_OVER, ProblemType.UPLOAD_GONE);
            }
        }
    }

    private Admission ticketed(Instant uploadsExpireAt) throws Exception {
        UploadTicket ticket = UploadTicket.builder(clock)
                .id("order-7")
                .uploadsExpireAt(uploadsExpireAt)
                .build();
        String token = TicketIssuer.create(TestRings.photos()).issue(ticket);
        return Admission.of(UploadPermit.byTicket(UploadLimits.defaults())).with(engine.ticket(token), 0);
    }

    private UploadResource create(Admission admission, long length) throws UploadRefusedException {
        return uploads.create(
                admission,
                new Creation("photo.jpg", Optional.empty(), Optional.of(length), Optional.empty(), Role.REGULAR));
    }

    /** An application may issue a ticket again with the same id when its page is loaded again. */
    @Test
    void ticketsOfOneId_uploadsOfTwoHours_eachItsOwn() throws Exception {
        byte[] first = random(100);
        byte[] second = random(100);
        UploadResource one = create(ticketed(clock.now.plus(Duration.ofDays(1))), first.length);
        UploadResource other = create(ticketed(clock.now.plus(Duration.ofDays(2))), second.length);
        append(one, first, 0, 50);
        append(other, second, 0, 50);

        assertStored(append(one, first, 50, 100), first);
        assertStored(append(other, second, 50, 100), second);
        assertThat(one.id()).isNotEqualTo(other.id());
    }

    /** During a rolling deployment, a process must not free a slot whose upload another process receives. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anotherProcessAppends_slotNotFreed(boolean byDeleting) throws Exception {
        byte[] content = random(100);
        Admission admission = ticketed(clock.now.plus(Duration.ofDays(1)));
        try (UploadHost next =
                host("http://app1.lan:8080", LocalUploadStore.at(directory.resolve("store")), Runnable::run)) {
            UploadResource resource = create(admission, content.length);
            try (Append append = uploads.open(resource)) {
                append.write(ByteBuffer.wrap(content));
                uploads = HostAccess.resumable(next).orElseThrow();
                if (byDeleting) {
                    assertThat(refusal(() -> uploads.terminate(resource))).isEqualTo(ProblemType.TAKEN_OVER);
                }
                assertThat(refusal(() -> create(admission, content.length))).isEqualTo(ProblemType.SLOT_TAKEN);
                assertStored(append.complete(), content);
            }
        }
    }

    /** During a rolling deployment, one process may have hashed an upload that another process has terminated since. */
    @Test
    void anotherProcessUsesTheSlotAnew_digestOfWhatIsThere() throws Exception {
        byte[] content = random(100);
        Admission admission = ticketed(clock.now.plus(Duration.ofDays(1)));
        UploadResource resource = create(admission, content.length);
        append(resource, random(100), 0, 60);
        try (UploadHost next =
                host("http://app1.lan:8080", LocalUploadStore.at(directory.resolve("store")), Runnable::run)) {
            uploads = HostAccess.resumable(next).orElseThrow();
            uploads.terminate(resource);
            assertThat(create(admission, content.length)).isEqualTo(resource);
            append(resource, content, 0, 60);
        }
        uploads = HostAccess.resumable(host).orElseThrow();

        assertStored(append(resource, content, 60, 100), content);
    }

    /**
     * The listener is told once, whether a PATCH, a HEAD after a crash, or a concatenation completes the upload, and
     * however often the client asks.
     */
    @ParameterizedTest
    @ValueSource(strings = {"", "acknowledge 10", "state", "publish"})
    void stored_toldOnce(String failing) throws Exception {
        byte[] content = random(10);
        UploadResource partial = partial(content);
        assertThat(stored).isEmpty();
        for (UploadResource resource : List.of(create(10), concatenation(partial))) {
            store.fail(failing);
            completeSomehow(resource, content);
            uploads.status(resource);
            assertThat(stored).containsExactly(resource.id());
            stored.clear();
        }
    }

    /** A new upload may be withdrawn as long as nobody has its URL. Partial uploads are never reported as stored. */
    @ParameterizedTest
    @EnumSource
    void stored_held_toldIfItStays(Role role) throws Exception {
        byte[] content = random(10);
        List<UploadId> once = new ArrayList<>();
        for (boolean keptFirst : new boolean[] {false, true}) {
            UploadResource resource = held(role, content);
            if (keptFirst) {
                uploads.keep(resource);
            }
            completeHeld(resource, content);
            uploads.status(resource);
            if (!keptFirst) {
                assertThat(stored).isEqualTo(once);
                uploads.keep(resource);
            }
            if (role != Role.PARTIAL) {
                once.add(resource.id());
            }
            assertThat(stored).isEqualTo(once);
            uploads.keep(resource);
            uploads.status(resource);
            assertThat(stored).isEqualTo(once);
        }
    }

    @ParameterizedTest
    @EnumSource
    void stored_heldAndWithdrawn_neverTold(Role role) throws Exception {
        byte[] content = random(10);
        UploadResource resource = held(role, content);
        completeHeld(resource, content);
        uploads.withdraw(resource);
        uploads.keep(resource);
        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(stored).isEmpty();
    }

    /** A later request publishes the upload. */
    @Test
    void stored_heldAndFailed_toldWhenItIsPublished() throws Exception {
        byte[] content = random(10);
        UploadResource resource = held(Role.REGULAR, content);
        store.fail("publish");
        assertThat(refusal(() -> completeHeld(resource, content))).isEqualTo(ProblemType.STORAGE_FAILED);
        uploads.keep(resource);
        assertThat(stored).isEmpty();
        uploads.status(resource);
        uploads.status(resource);
        assertThat(stored).containsExactly(resource.id());
    }

    @Test
    void stored_keptWhileItIsPublished_toldOnce() throws Exception {
        byte[] content = random(10);
        for (int race = 1; race <= 100; race++) {
            UploadResource resource = held(Role.REGULAR, content);
            Path file = published(resource.id(), resource.hour().toString());
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            CompletableFuture<Void> kept = CompletableFuture.runAsync(() -> {
                while (!Files.exists(file) && System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                uploads.keep(resource);
            });
            append(resource, content, 0, content.length);
            kept.get(120, TimeUnit.SECONDS);
            assertThat(stored).hasSize(race).endsWith(resource.id());
        }
    }

    private UploadResource held(Role role, byte[] content) throws UploadRefusedException {
        UploadResource resource = role == Role.FINAL ? concatenation(partial(content)) : create(content.length, role);
        uploads.hold(resource);
        return resource;
    }

    private void completeHeld(UploadResource resource, byte[] content) throws UploadRefusedException {
        try {
            append(resource, content, 0, content.length);
        } catch (UploadRefusedException e) {
            if (e.problem().type() != ProblemType.FORBIDDEN) {
                throw e;
            }
            uploads.concatenate(resource, List.of()).join(); // a concatenation refuses appends
        }
    }

    private void completeSomehow(UploadResource resource, byte[] content) throws Exception {
        for (Status status = uploads.status(resource); !status.complete(); status = uploads.status(resource)) {
            if (status.role() == Role.REGULAR) {
                try {
                    append(resource, content, 0, content.length);
                } catch (UploadRefusedException e) {
                    restart();
                }
            }
        }
    }

    /** The listener must not be told of an upload that may still be withdrawn. */
    @Test
    void held_toldWhenItIsKept() throws Exception {
        UploadResource resource = create(5);
        uploads.hold(resource);
        append(resource, new byte[5], 0, 5);
        assertThat(stored).isEmpty();
        uploads.keep(resource);
        uploads.keep(resource);
        assertThat(stored).containsExactly(resource.id());
    }

    @Test
    void held_keptBeforeItIsComplete_toldThen() throws Exception {
        UploadResource resource = create(5);
        uploads.hold(resource);
        uploads.keep(resource);
        assertThat(stored).isEmpty();
        append(resource, new byte[5], 0, 5);
        assertThat(stored).containsExactly(resource.id());
    }

    @Test
    void held_withdrawn_neverTold_placeIsFree() throws Exception {
        Admission admission = ticketed(clock.now.plus(Duration.ofDays(1)));
        UploadResource resource = create(admission, 5);
        uploads.hold(resource);
        Status status = append(resource, new byte[5], 0, 5);
        assertThat(published(status)).exists();
        uploads.withdraw(resource);
        uploads.keep(resource);
        assertThat(stored).isEmpty();
        assertThat(published(status)).doesNotExist();
        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.UPLOAD_GONE);

        assertThat(create(admission, 5)).isEqualTo(resource);
        append(resource, new byte[5], 0, 5);
        assertThat(stored).containsExactly(resource.id());
    }

    /** Terminating a stored upload discards it. Its slot stays used. */
    @Test
    void terminated_complete_slotTaken() throws Exception {
        Admission admission = ticketed(clock.now.plus(Duration.ofDays(1)));
        UploadResource resource = create(admission, 5);
        Status status = append(resource, new byte[5], 0, 5);
        uploads.terminate(resource);
        assertThat(published(status)).doesNotExist();
        assertThat(refusal(() -> create(admission, 5))).isEqualTo(ProblemType.SLOT_TAKEN);
    }

    @Test
    void takenOver_toldOnce_orAtOnceIfItHasBeen() throws Exception {
        UploadResource resource = create(5);
        AtomicInteger told = new AtomicInteger();
        try (Append first = uploads.open(resource)) {
            first.onTakenOver(told::incrementAndGet);
            assertThat(told).hasValue(0);
            try (Append second = uploads.open(resource)) {
                assertThat(told).hasValue(1);
                assertThat(second.offset()).isZero();
                first.onTakenOver(told::incrementAndGet);
                assertThat(told).hasValue(2);
            }
            uploads.status(resource);
            assertThat(told).hasValue(2);
        }
    }

    @Test
    void events_ofAnInterruptedUpload_sayHowFarItWas() throws Exception {
        byte[] content = random(1_000);
        UploadResource resource = create(content.length);
        UploadId id = resource.id();
        try (Append broken = uploads.open(resource)) {
            broken.write(ByteBuffer.wrap(content, 0, 400));
            try (Append held = uploads.open(resource)) {
                held.holdBack();
                held.write(ByteBuffer.wrap(content, 400, 100));
            }
        }
        assertThat(told)
                .containsExactly(
                        new UploadEvent.Appended(id, 0, 400),
                        new UploadEvent.TakenOver(id, 400),
                        new UploadEvent.Resumed(id, 400));
        told.clear();
        uploads.status(resource);
        uploads.open(resource).close();
        assertThat(told).as("nothing was appended or taken over").isEmpty();

        try (Append last = uploads.open(resource)) {
            last.by(UploadEvent.Way.TUS);
            last.write(ByteBuffer.wrap(content, 400, 300));
            last.write(ByteBuffer.wrap(content, 700, 300));
            assertThat(last.complete().complete()).isTrue();
        }
        uploads.status(resource);
        assertThat(told).hasSize(4);
        assertThat(told.subList(0, 2))
                .containsExactly(new UploadEvent.Resumed(id, 400), new UploadEvent.Appended(id, 400, 600));
        assertThat(told.get(2)).isInstanceOfSatisfying(UploadEvent.Received.class, received -> {
            assertThat(received.id()).isEqualTo(id);
            assertThat(received.bytes()).isEqualTo(1_000);
            assertThat(received.duration()).isPositive();
            assertThat(received.way()).isEqualTo(UploadEvent.Way.TUS);
        });
        assertThat(told.get(3)).isInstanceOf(UploadEvent.Stored.class);
    }

    /** A client that disconnects after its last byte has sent everything. */
    @Test
    void disconnectedAfterTheLastByte_completedByTheNextHead() throws Exception {
        byte[] content = random(1_000);
        UploadResource resource = create(content.length);
        try (Append append = uploads.open(resource)) {
            append.write(ByteBuffer.wrap(content));
        }
        assertStored(uploads.status(resource, UploadEvent.Way.TUS), content);
        assertThat(told)
                .filteredOn(UploadEvent.Received.class::isInstance)
                .extracting(event -> ((UploadEvent.Received) event).way())
                .containsExactly(UploadEvent.Way.TUS);
    }

    /** All bytes of the declared length have arrived, but no request has declared that it is the last. */
    @Test
    void openRequest_allBytes_notComplete() throws Exception {
        byte[] content = random(1_000);
        UploadResource resource = create(content.length);
        try (Append append = uploads.open(resource)) {
            append.declare(Ending.OPEN, Optional.empty());
            append.write(ByteBuffer.wrap(content));
            assertThat(append.complete().complete()).isFalse();
        }
        restart();
        assertThat(uploads.status(resource).complete()).isFalse();
        try (Append append = uploads.open(resource)) {
            append.declare(Ending.LAST, Optional.empty());
            assertStored(append.complete(), content);
        }
    }

    /**
     * The request declared that it is the last. It ends, or its host is killed, after the last byte and before the
     * response.
     */
    @Test
    void lastRequest_disconnectedAfterItsLastByte_completedByTheNextHead() throws Exception {
        byte[] content = random(1_000);
        UploadResource resource = create(content.length);
        try (Append append = uploads.open(resource)) {
            append.declare(Ending.LAST, Optional.of(1_000L));
            append.write(ByteBuffer.wrap(content));
        }
        restart();
        assertStored(uploads.status(resource), content);
    }

    @Test
    void lastRequest_tooFewOrTooManyBytes() throws Exception {
        byte[] content = random(1_000);
        UploadResource resource = create(content.length);
        try (Append append = uploads.open(resource)) {
            append.declare(Ending.LAST, Optional.empty());
            append.write(ByteBuffer.wrap(content, 0, 999));
            assertThat(refusal(append::complete)).isEqualTo(ProblemType.LENGTH_MISMATCH);
        }
        assertThat(uploads.status(resource).offset()).isEqualTo(999);
        try (Append append = uploads.open(resource)) {
            append.declare(Ending.LAST, Optional.empty());
            assertThat(refusal(() -> append.write(ByteBuffer.wrap(content, 0, 2))))
                    .isEqualTo(ProblemType.LENGTH_MISMATCH);
        }
        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(bytesFile(resource)).doesNotExist();
    }

    @Test
    void digestSaidAtCreation_otherBytes_notKept() throws Exception {
        byte[] content = random(1_000);
        UploadResource resource = uploads.create(
                admission(),
                new Creation(
                        "photo.jpg",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(1_000L),
                        Optional.empty(),
                        Optional.of(digest(random(1_000))),
                        Role.REGULAR,
                        Ending.OPEN,
                        Optional.empty()));
        restart();
        try (Append append = uploads.open(resource)) {
            append.declare(Ending.LAST, Optional.empty());
            append.write(ByteBuffer.wrap(content));
            assertThat(refusal(append::complete)).isEqualTo(ProblemType.DIGEST_MISMATCH);
        }
        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.UPLOAD_GONE);
    }
}
