package io.github.uploadreceipts.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalUploadStoreTest {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2026-11-22T09");
    private static final ExpiryHour LATER = ExpiryHour.parse("2026-11-22T10");

    @TempDir
    Path directory;

    private Path root;
    private LocalUploadStore store;

    @BeforeEach
    void open() throws IOException {
        root = directory.toRealPath().resolve("store");
        store = LocalUploadStore.builder(root).durability(Durability.BUFFERED).open();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    /** Returns every file below the root, except lock files, as a path below it. */
    private List<String> files() throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(file -> !file.endsWith("lock"))
                    .sorted()
                    .toList();
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static void publish(UploadStore store, UploadId id, ExpiryHour hour, String text) throws IOException {
        try (UploadStore.Incoming incoming = store.create(id)) {
            incoming.write(bytes(text));
            incoming.publish(hour);
        }
    }

    private UploadId published(ExpiryHour hour) throws IOException {
        UploadId id = UploadId.random();
        publish(store, id, hour, "hello");
        return id;
    }

    private static String read(StoredUpload upload) throws IOException {
        try (SeekableByteChannel channel = upload.open()) {
            ByteBuffer buffer = ByteBuffer.allocate((int) channel.size());
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
            return UTF_8.decode(buffer.flip()).toString();
        }
    }

    @Test
    void publish_visibleOnlyThen() throws IOException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id)) {
            incoming.write(bytes("hel"));
            incoming.write(bytes("lo"));
            incoming.force();
            assertThat(store.find(id, HOUR)).isEmpty();
            assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> store.claim(id, HOUR, Claim.of("a")));
            assertThat(store.discard(id, HOUR)).isFalse();
            incoming.publish(HOUR);
        }
        StoredUpload upload = store.find(id, HOUR).orElseThrow();
        assertThat(upload.size()).isEqualTo(5);
        assertThat(read(upload)).isEqualTo("hello");
        assertThat(upload.file()).contains(root.resolve("uploads/2026-11-22T09/" + id));
        assertThat(upload.lastModified())
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + id);
        assertThat(store.find(id, LATER)).isEmpty();
        assertThat(store.find(UploadId.random(), HOUR)).isEmpty();
    }

    @Test
    void publish_noBytes() throws IOException {
        UploadId id = UploadId.random();
        publish(store, id, HOUR, "");
        assertThat(store.find(id, HOUR).orElseThrow().size()).isZero();
    }

    @Test
    void close_unpublished_leavesNothing() throws IOException {
        UploadStore.Incoming incoming = store.create(UploadId.random());
        incoming.write(bytes("hello"));
        assertThat(files()).hasSize(1);
        incoming.close();
        incoming.close();
        assertThat(files()).isEmpty();
        assertThatIOException().isThrownBy(() -> incoming.write(bytes("more")));
        assertThatIOException().isThrownBy(() -> incoming.publish(HOUR));
        assertThat(files()).isEmpty();
    }

    @Test
    void create_sameIdTwice() throws IOException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id)) {
            assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> store.create(id));
            incoming.publish(HOUR);
        }
        assertThat(store.find(id, HOUR)).isPresent();
    }

    /** An interrupt makes the force fail, as a broken disk would. A second force would succeed, and lie. */
    @Test
    void force_failedOnce_isFinal() throws IOException {
        LocalUploadStore forced = LocalUploadStore.at(root);
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = forced.create(id)) {
            incoming.write(bytes("hello"));
            Thread.currentThread().interrupt();
            assertThatIOException().isThrownBy(incoming::force);
            assertThat(Thread.interrupted()).isTrue();
            assertThatIOException().isThrownBy(incoming::force).withMessage("storing this upload failed before");
            assertThatIOException().isThrownBy(() -> incoming.write(bytes("x")));
            assertThatIOException()
                    .isThrownBy(() -> incoming.publish(HOUR))
                    .withMessage("storing this upload failed before");
        }
        assertThat(files()).isEmpty();
        forced.close();
    }

    @ParameterizedTest
    @CsvSource({"077, rw-r-----, rwxr-x---", "000, rw-r-----, rwxr-x---"})
    void modes_whateverTheUmask(String umask, String fileMode, String directoryMode) throws IOException {
        Path other = directory.resolve("other");
        List<String> shell = List.of("/bin/sh", "-c", "umask " + umask + "; exec \"$@\"", "sh");
        assertThat(StoreProgram.run(shell, "publish", other.toString(), "BUFFERED"))
                .endsWith("claimed true\n");
        Path hour = other.resolve("uploads").resolve(HOUR.toString());
        assertThat(mode(hour.resolve(StoreProgram.FIRST.toString()))).isEqualTo(fileMode);
        assertThat(mode(hour)).isEqualTo(directoryMode);
        assertThat(mode(other.resolve("uploads"))).isEqualTo(directoryMode);
        assertThat(mode(other.resolve("incoming"))).isEqualTo("rwx------");
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void modes_configured_andSetGroupIdKept() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.setAttribute(shared, "unix:mode", 02750);
        UploadId id = UploadId.random();
        try (LocalUploadStore open =
                LocalUploadStore.builder(shared).fileMode("rw-r--r--").open()) {
            publish(open, id, HOUR, "hello");
        }
        Path hour = shared.resolve("uploads").resolve(HOUR.toString());
        assertThat((int) Files.getAttribute(hour, "unix:mode") & 07777).isEqualTo(02755);
        assertThat((int) Files.getAttribute(hour.getParent(), "unix:mode") & 07777)
                .isEqualTo(02755);
        assertThat(mode(hour.resolve(id.toString()))).isEqualTo("rw-r--r--");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LocalUploadStore.builder(shared).fileMode("r--------"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LocalUploadStore.builder(shared).fileMode("640"));
    }

    @Test
    void publish_sameIdTwice_isRefused_andTheFirstStays() throws IOException {
        UploadId id = published(HOUR);
        assertThat(store.isTaken(id, HOUR)).isTrue();
        assertThat(store.isTaken(id, LATER)).isFalse();
        assertThat(store.isTaken(UploadId.random(), HOUR)).isFalse();
        assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> publish(store, id, HOUR, "other"));
        assertThat(read(store.find(id, HOUR).orElseThrow())).isEqualTo("hello");
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + id);
    }

    /** As of two JVMs on one root: the second began before the first had published. */
    @Test
    void publish_afterADiscard_isRefused() throws IOException {
        UploadId id = UploadId.random();
        try (LocalUploadStore second = LocalUploadStore.at(root);
                UploadStore.Incoming late = second.create(id)) {
            publish(store, id, HOUR, "hello");
            assertThat(store.discard(id, HOUR)).isTrue();
            assertThat(store.isTaken(id, HOUR)).isTrue();
            late.write(bytes("other"));
            assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> late.publish(HOUR));
        }
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.discard(id, HOUR)).isFalse();
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + id + "-discarded");
    }

    @Test
    void withdraw_leavesNothing() throws IOException {
        UploadId id = published(HOUR);
        store.withdraw(id, HOUR);
        assertThat(files()).isEmpty();
        assertThat(store.isTaken(id, HOUR)).isFalse();
        publish(store, id, HOUR, "other");
        assertThat(read(store.find(id, HOUR).orElseThrow())).isEqualTo("other");
    }

    @Test
    void claim_sameIdAgain_anotherNot() throws IOException {
        UploadId id = published(HOUR);
        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        assertThat(store.claim(id, HOUR, Claim.of("order-8"))).isFalse();
        assertThat(store.claim(id, HOUR, Claim.of("order-"))).isFalse();
        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        store.close();
        store = LocalUploadStore.at(root);
        assertThat(store.claim(id, HOUR, Claim.of("order-8"))).isFalse();
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + id, "uploads/2026-11-22T09/" + id + "-claim");
        assertThat(read(store.find(id, HOUR).orElseThrow())).isEqualTo("hello");
    }

    /** Runs the tasks at the same moment and returns their results. */
    private static <T> List<T> together(List<? extends Callable<T>> tasks) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(tasks.size());
        try {
            CyclicBarrier start = new CyclicBarrier(tasks.size());
            List<Future<T>> futures = new ArrayList<>();
            for (Callable<T> task : tasks) {
                futures.add(pool.submit(() -> {
                    start.await();
                    return task.call();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void claim_manyThreadsOfTwoStores_exactlyOneClaimWins() throws Exception {
        try (LocalUploadStore second =
                LocalUploadStore.builder(root).durability(Durability.BUFFERED).open()) {
            for (int round = 0; round < 50; round++) {
                UploadId id = published(HOUR);
                List<Boolean> results = together(IntStream.range(0, 16)
                        .<Callable<Boolean>>mapToObj(i ->
                                () -> (i < 8 ? store : second).claim(id, HOUR, Claim.of("order-" + i % 2)))
                        .toList());
                boolean even = results.get(0);
                assertThat(results)
                        .isEqualTo(IntStream.range(0, 16)
                                .mapToObj(i -> even == (i % 2 == 0))
                                .toList());
                assertThat(store.claim(id, HOUR, Claim.of("order-" + (even ? 0 : 1))))
                        .isTrue();
            }
        }
        assertThat(files()).as("an upload and a claim each, no drafts").hasSize(100);
    }

    /** A record that goes before its upload would let a second order take what the first has used. */
    @Test
    void purge_whileOthersClaim_noSecondUse() throws Exception {
        for (int round = 0; round < 20; round++) {
            List<UploadId> ids = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                ids.add(published(HOUR));
                store.claim(ids.get(i), HOUR, Claim.of("first"));
            }
            AtomicBoolean purged = new AtomicBoolean();
            List<Boolean> results = together(List.of(
                    () -> {
                        store.purge(HOUR.start().plusSeconds(7200));
                        purged.set(true);
                        return false;
                    },
                    () -> isAnyClaimed(ids, Claim.of("second"), purged)));
            assertThat(results).as("round " + round).containsExactly(false, false);
        }
        assertThat(files()).isEmpty();
    }

    private boolean isAnyClaimed(List<UploadId> ids, Claim claim, AtomicBoolean stop) throws IOException {
        while (!stop.get()) {
            for (UploadId id : ids) {
                try {
                    if (store.claim(id, HOUR, claim)) {
                        return true;
                    }
                } catch (NoSuchFileException e) {
                    // purged already
                }
            }
        }
        return false;
    }

    @Test
    void publish_twoStoresBothFirstInAnHour() throws Exception {
        try (LocalUploadStore second =
                LocalUploadStore.builder(root).durability(Durability.BUFFERED).open()) {
            for (int i = 0; i < 200; i++) {
                ExpiryHour hour = ExpiryHour.of(HOUR.start().plusSeconds(3600L * i));
                List<UploadId> ids = together(List.of(store, second, store, second).stream()
                        .<Callable<UploadId>>map(into -> () -> {
                            UploadId id = UploadId.random();
                            publish(into, id, hour, "hello");
                            return id;
                        })
                        .toList());
                for (UploadId id : ids) {
                    assertThat(store.find(id, hour)).isPresent();
                }
            }
        }
    }

    @Test
    void discard_uploadButNotItsClaim_norUnderAReader() throws IOException {
        UploadId id = published(HOUR);
        UploadId other = published(HOUR);
        store.claim(id, HOUR, Claim.of("order-7"));
        StoredUpload upload = store.find(id, HOUR).orElseThrow();
        try (SeekableByteChannel reading = upload.open()) {
            assertThat(store.discard(id, HOUR)).isTrue();
            assertThat(store.discard(id, HOUR)).isFalse();
            assertThat(reading.read(ByteBuffer.allocate(10))).isEqualTo(5);
        }
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(upload::open);
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> store.claim(id, HOUR, Claim.of("order-7")));
        assertThat(store.claim(id, HOUR, Claim.of("order-8"))).isFalse();
        assertThat(files())
                .containsExactlyInAnyOrder(
                        "uploads/2026-11-22T09/" + other,
                        "uploads/2026-11-22T09/" + id + "-claim",
                        "uploads/2026-11-22T09/" + id + "-discarded");
    }

    @Test
    void purge_wholeHours_anHourAfterTheyEnded() throws IOException {
        UploadId first = published(HOUR);
        store.claim(first, HOUR, Claim.of("a"));
        UploadId second = published(LATER);
        Path strange = Files.createDirectories(root.resolve("uploads/not-an-hour"));
        Path target = Files.createDirectory(directory.resolve("elsewhere"));
        Files.writeString(target.resolve("precious"), "x");
        Files.createSymbolicLink(root.resolve("uploads/2020-01-01T00"), target);

        assertThat(store.purge(Instant.parse("2026-11-22T10:59:59Z"))).isZero();
        assertThat(store.find(first, HOUR)).isPresent();
        assertThat(store.purge(Instant.parse("2026-11-22T11:00:00Z"))).isEqualTo(1);
        assertThat(files()).containsExactly("uploads/2026-11-22T10/" + second);
        assertThat(strange).isDirectory();
        assertThat(target.resolve("precious")).exists();
        assertThat(store.purge(Instant.parse("2026-11-22T12:00:00Z"))).isEqualTo(1);
        assertThat(root.resolve("uploads/2026-11-22T10")).doesNotExist();
        assertThat(store.find(published(LATER), LATER))
                .as("publishing after that")
                .isPresent();
    }

    @Test
    void open_aLivingJvmIsLeftAlone_aDeadOneIsCleanedUp() throws Exception {
        Process process =
                StoreProgram.process(List.of(), "hold", root.toString()).start();
        try (var out = process.inputReader(UTF_8)) {
            assertThat(out.readLine()).isEqualTo("holding");
            LocalUploadStore.at(root).close();
            assertThat(files()).as("what the other JVM receives").hasSize(2);
            process.outputWriter().append('x').flush();
            assertThat(out.readLine()).isEqualTo("published");
            assertThat(read(store.find(StoreProgram.FIRST, StoreProgram.HOUR).orElseThrow()))
                    .isEqualTo("hello");
            assertThat(store.purge(Instant.EPOCH)).isZero();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(files()).hasSize(2);
        UploadStore.Incoming ours = store.create(UploadId.random());
        ours.write(bytes("ours"));
        LocalUploadStore.at(root).close();
        assertThat(files()).as("the published one and ours").hasSize(2).noneMatch(f -> f.endsWith("BBBA"));
        ours.publish(HOUR);
        ours.close();
    }

    @Test
    void open_twoStoresOfOneJvm() throws IOException {
        UploadStore.Incoming first = store.create(StoreProgram.FIRST);
        first.write(bytes("hello"));
        try (LocalUploadStore second = LocalUploadStore.at(root);
                UploadStore.Incoming same = second.create(StoreProgram.SECOND)) {
            same.write(bytes("never published"));
            first.publish(HOUR);
            assertThat(second.find(StoreProgram.FIRST, HOUR)).isPresent();
        }
        first.close();
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + StoreProgram.FIRST);
        assertThatCode(() -> published(HOUR)).doesNotThrowAnyException();
    }

    @Test
    void close_whileReceiving_leavesNothing() throws IOException {
        UploadStore.Incoming incoming = store.create(UploadId.random());
        incoming.write(bytes("hello"));
        store.close();
        assertThat(files()).isEmpty();
        try (Stream<Path> left = Files.list(root.resolve("incoming"))) {
            assertThat(left.filter(Files::isDirectory)).isEmpty();
        }
        assertThatIOException().isThrownBy(() -> incoming.publish(HOUR));
        incoming.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"uploads", "incoming"})
    void open_aLinkInsteadOfADirectory(String name) throws IOException {
        Path other = Files.createDirectory(directory.resolve("other"));
        Path target = Files.createDirectory(directory.resolve("target"));
        Files.createSymbolicLink(other.resolve(name), target);
        assertThatIOException()
                .isThrownBy(() -> LocalUploadStore.at(other))
                .withMessage(other.toRealPath().resolve(name)
                        + " must be a directory, not a link, that this process can write");
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void links_insteadOfAnHourOrAnUpload() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"));
        Files.writeString(target.resolve("secret"), "x");
        Files.createSymbolicLink(root.resolve("uploads").resolve(LATER.toString()), target);
        assertThatIOException().isThrownBy(() -> published(LATER)).withMessageContaining("not a link");
        assertThat(target.resolve("secret")).exists();
        UploadId id = published(HOUR);
        Path file = store.find(id, HOUR).orElseThrow().file().orElseThrow();
        StoredUpload found = store.find(id, HOUR).orElseThrow();
        Files.delete(file);
        Files.createSymbolicLink(file, target.resolve("secret"));
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThatIOException().isThrownBy(found::open);
        assertThat(Files.exists(file, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }

    @Test
    void freeSpaceAndToString() throws IOException {
        assertThat(store.freeSpace()).isPositive();
        assertThat(store).hasToString("LocalUploadStore[" + root + ", BUFFERED]");
    }

    @Test
    void write_manyRandomPieces_sameBytes() throws IOException {
        Random random = new Random(42);
        byte[] all = new byte[1 << 20];
        random.nextBytes(all);
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id)) {
            for (int at = 0; at < all.length; ) {
                int length = Math.min(all.length - at, random.nextInt(50_000));
                ByteBuffer piece = ByteBuffer.wrap(all, at, length);
                incoming.write(piece);
                assertThat(piece.hasRemaining()).isFalse();
                at += length;
            }
            incoming.publish(HOUR);
        }
        assertThat(store.find(id, HOUR).orElseThrow().file().orElseThrow()).hasBinaryContent(all);
    }
}
