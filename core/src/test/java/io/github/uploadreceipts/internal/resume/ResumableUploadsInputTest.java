package io.github.uploadreceipts.internal.resume;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumableUploadsInputTest {

    private static final Admission ADMISSION = Admission.of(
            UploadPermit.anyone(UploadLimits.builder().freeSpaceFloor(0).build()));

    @TempDir
    Path root;

    private final Queue<Runnable> later = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private LocalUploadStore store;
    private ResumableUploads uploads;

    @BeforeEach
    void open() throws IOException {
        store = LocalUploadStore.builder(root).durability(Durability.BUFFERED).open();
        uploads = started();
    }

    @AfterEach
    void close() throws IOException {
        threads.shutdownNow();
        store.close();
    }

    /**
     * Starts a host and returns its uploads. The host's background tasks wait in {@code later} until the test runs
     * them.
     */
    private ResumableUploads started() {
        UploadHost host = UploadHost.builder(TestRings.photos(), store)
                .internalUrl("http://app1.lan:8080")
                .developmentMode()
                .executor(later::add)
                .build();
        return HostAccess.resumable(host).orElseThrow();
    }

    private UploadResource create(Optional<Long> length, Role role) throws UploadRefusedException {
        return uploads.create(ADMISSION, new Creation("a", Optional.empty(), length, Optional.empty(), role));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private void runLater() {
        for (Runnable task = later.poll(); task != null; task = later.poll()) {
            task.run();
        }
    }

    private long files() throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("partial"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private static void assertRefused(ProblemType type, ThrowingCallable call) {
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(type));
    }

    private UploadReceipt receipt(Status status) {
        return status.receipt().orElseThrow().receipt();
    }

    /** The host stopped, or the client disconnected, between the last byte and the response. */
    @Test
    void status_allBytesThere_completes() throws Exception {
        UploadResource resource = create(Optional.of(5L), Role.REGULAR);
        try (Append append = uploads.open(resource)) {
            append.write(bytes("hello"));
        }
        uploads = started();
        Status status = uploads.status(resource);
        assertThat(status.complete()).isTrue();
        assertThat(receipt(status).size()).isEqualTo(5);
        assertThat(receipt(uploads.status(resource))).isEqualTo(receipt(status));
        UploadResource empty = create(Optional.of(0L), Role.REGULAR);
        assertThat(receipt(uploads.status(empty)).size()).isZero();
        UploadResource partial = create(Optional.of(0L), Role.PARTIAL);
        assertThat(uploads.status(partial).receipt()).isEmpty();
        assertThat(uploads.status(partial).complete()).isTrue();
    }

    @Test
    void status_startsReading_butDoesNotStopAnAppend() throws Exception {
        UploadResource resource = create(Optional.of(9L), Role.REGULAR);
        try (Append append = uploads.open(resource)) {
            append.write(bytes("abc"));
        }
        uploads = started();
        assertThat(uploads.status(resource).offset()).isEqualTo(3);
        try (Append append = uploads.open(resource)) {
            append.write(bytes("def"));
            runLater();
            append.write(bytes("ghi"));
            assertThat(receipt(append.complete()).digest().hex())
                    .isEqualTo("19cc02f26df43cc571bc9ed7b0c4d29224a3ec229529221725ef76d021c8326f");
        }
    }

    @Test
    void write_moreThanFits_whatFitsStays() throws Exception {
        UploadResource resource = create(Optional.of(5L), Role.REGULAR);
        try (Append append = uploads.open(resource)) {
            append.write(bytes("hel"));
            assertRefused(ProblemType.FILE_TOO_LARGE, () -> append.write(bytes("lo world")));
            assertRefused(ProblemType.FILE_TOO_LARGE, () -> append.write(bytes("!")));
        }
        assertThat(receipt(uploads.status(resource)).digest().hex())
                .isEqualTo("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    }

    @Test
    void terminate_whileAppending_nothingIsWrittenAnyMore() throws Exception {
        UploadResource resource = create(Optional.of(5L), Role.REGULAR);
        Append append = uploads.open(resource);
        append.write(bytes("hel"));
        uploads.terminate(resource);
        assertRefused(ProblemType.TAKEN_OVER, () -> append.write(bytes("lo")));
        assertRefused(ProblemType.TAKEN_OVER, append::complete);
        append.close();
        assertRefused(ProblemType.UPLOAD_GONE, () -> uploads.terminate(resource));
        assertThat(files()).isZero();
    }

    @Test
    void concatenation_ofTooMany_refused() throws Exception {
        UploadResource partial = create(Optional.of(1L), Role.PARTIAL);
        try (Append append = uploads.open(partial)) {
            append.write(bytes("x"));
            append.complete();
        }
        Creation ofFinal = new Creation("a", Optional.empty(), Optional.empty(), Optional.empty(), Role.FINAL);
        List<UploadResource> tooMany = Collections.nCopies(65, partial);
        assertRefused(ProblemType.TOO_MANY_FILES, () -> uploads.receipts(ADMISSION, tooMany));

        UploadResource concatenation = uploads.create(
                ADMISSION,
                ofFinal,
                uploads.receipts(ADMISSION, Collections.nCopies(64, partial)).join());
        var status = uploads.concatenate(concatenation, List.of());
        runLater();
        assertThat(receipt(status.get(1, TimeUnit.MINUTES)).size()).isEqualTo(64);
        assertRefused(ProblemType.NOT_FINISHED, () -> uploads.receipts(ADMISSION, List.of(partial, concatenation)));
        assertRefused(ProblemType.FORBIDDEN, () -> uploads.open(concatenation));
    }

    /** Each request that opens the upload takes it over from the other one. Neither is refused. */
    @Test
    void open_byTwo_neitherRefused() throws Exception {
        UploadResource resource = create(Optional.of(1_000_000L), Role.REGULAR);
        Callable<Void> writer = () -> {
            for (int i = 0; i < 2_000; i++) {
                try (Append append = uploads.open(resource)) {
                    writeUnlessTakenOver(append);
                }
            }
            return null;
        };
        for (Future<Void> done : List.of(threads.submit(writer), threads.submit(writer))) {
            done.get(2, TimeUnit.MINUTES);
        }
        assertThat(uploads.status(resource).offset()).isBetween(2_000L, 4_000L);
    }

    private static void writeUnlessTakenOver(Append append) {
        try {
            append.write(bytes("x"));
        } catch (UploadRefusedException e) {
            assertThat(e.problem().type()).isEqualTo(ProblemType.TAKEN_OVER);
        }
    }

    @Test
    void terminate_whileOthersOpen_nothingLeft() throws Exception {
        for (int i = 0; i < 300; i++) {
            UploadResource resource = create(Optional.empty(), Role.REGULAR);
            Future<?> terminated = threads.submit(() -> {
                uploads.terminate(resource);
                return null;
            });
            appendUntilGone(resource);
            terminated.get(1, TimeUnit.MINUTES);
        }
        assertThat(files()).isZero();
    }

    private void appendUntilGone(UploadResource resource) {
        for (long length = 1; ; length++) {
            try (Append append = uploads.open(resource)) {
                append.write(bytes("x"));
                append.declare(Ending.BY_LENGTH, Optional.of(1_000_000L));
            } catch (UploadRefusedException e) {
                if (e.problem().type() == ProblemType.UPLOAD_GONE) {
                    return;
                }
                assertThat(e.problem().type()).as("try %s", length).isEqualTo(ProblemType.TAKEN_OVER);
            }
        }
    }
}
