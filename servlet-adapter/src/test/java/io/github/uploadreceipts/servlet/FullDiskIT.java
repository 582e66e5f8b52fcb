package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks without space or inodes, and stores that are read-only, missing, or symbolic links. */
@Tag("one-container")
class FullDiskIT {

    private static final int REFUSALS = 10;

    private final KeyRing ring = KeyRing.generate("test");
    private final Traffic traffic = new Traffic(ring, 1);

    @TempDir
    Path directory;

    enum Disk {
        TMPFS_BYTES,
        TMPFS_INODES,
        EXT4_BYTES,
        EXT4_INODES;

        SmallDisk make(Path directory) throws IOException {
            return switch (this) {
                case TMPFS_BYTES -> SmallDisk.tmpfs(directory, "size=3m");
                case TMPFS_INODES -> SmallDisk.tmpfs(directory, "size=200m,nr_inodes=160");
                case EXT4_BYTES -> SmallDisk.ext4(directory, 8);
                case EXT4_INODES -> SmallDisk.ext4(directory, 200, "-N", "160");
            };
        }
    }

    @BeforeAll
    static void expectFailures() {
        StoreServer.silence(true);
    }

    @AfterAll
    static void expectNoMore() {
        StoreServer.silence(false);
    }

    @ParameterizedTest
    @EnumSource
    void full_refusedWith507_nothingLostNothingLeft(Disk kind) throws Exception {
        try (SmallDisk disk = kind.make(directory)) {
            Path root = disk.path().resolve("store");
            traffic.expect(507);
            try (StoreServer server = StoreServer.start(ring, root)) {
                Traffic.Clients clients = traffic.start(server.port(), 3);
                for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
                        traffic.refusalCount() < REFUSALS && System.nanoTime() < end; ) {
                    Thread.sleep(10);
                }
                clients.stop();
                assertThat(traffic.refusalCount()).isGreaterThanOrEqualTo(REFUSALS);
                List<Path> uploads = Traffic.filesInTheEnd(root).stream()
                        .filter(file -> !file.toString().endsWith("-claim"))
                        .toList();
                assertThat(uploads).hasSize(traffic.promiseCount());
            }
            assertThat(traffic.check(root, 0)).isEmpty();
        }
    }

    @Test
    void full_thenSpaceAgain() throws Exception {
        try (SmallDisk disk = SmallDisk.tmpfs(directory, "size=1m")) {
            Path root = disk.path().resolve("store");
            try (StoreServer server = StoreServer.start(ring, root)) {
                assertThat(upload(server, 2_000_000).status()).isEqualTo(507);
                assertThat(Traffic.leftFiles(root)).isEmpty();
                assertThat(upload(server, 500_000).status()).isEqualTo(201);
                assertThat(Traffic.leftFiles(root)).hasSize(1);
            }
        }
    }

    /** After a refusal the client gets the offset by HEAD, and resumes. */
    @Test
    void full_resumed_refused_acknowledgedBytesStay_resumesWithSpace() throws Exception {
        byte[] content = new byte[1_100_000];
        new Random(7).nextBytes(content);
        try (SmallDisk disk = SmallDisk.tmpfs(directory, "size=4m")) {
            Path root = disk.path().resolve("store");
            try (StoreServer server = StoreServer.start(ring, root)) {
                TusClient client = new TusClient(server.port());
                String path = client.created(content.length);
                assertThat(client.patch(path, 0, Arrays.copyOf(content, 950_000))
                                .status())
                        .isEqualTo(204);
                disk.remount("size=1300k");
                byte[] rest = Arrays.copyOfRange(content, 950_000, content.length);
                for (int i = 0; i < 3; i++) {
                    assertThat(client.patch(path, 950_000, rest).status()).isEqualTo(507);
                    awaitPartialOf(950_000, root);
                    Wire.Response head = client.head(path);
                    assertThat(head.status()).isEqualTo(200);
                    assertThat(head.header("Upload-Offset")).isEqualTo("950000");
                }
                disk.remount("size=4m");
                traffic.sent(List.of(Traffic.digest(content)));
                Wire.Response last = client.patch(path, 950_000, rest);
                assertThat(last.status()).as(last.body()).isEqualTo(204);
                traffic.promised(List.of(last.header("Upload-Receipt")), List.of(Traffic.digest(content)));
            }
            assertThat(traffic.check(root, 0)).isEmpty();
        }
    }

    /** The bytes of a failed append are cut off on another thread than the one that responds. */
    private static void awaitPartialOf(long size, Path root) throws Exception {
        List<Long> sizes = List.of();
        for (int i = 0; i < 1000 && !sizes.contains(size); i++) {
            Thread.sleep(5);
            sizes = Traffic.leftFiles(root.resolve("partial")).stream()
                    .map(file -> file.toFile().length())
                    .toList();
        }
        assertThat(sizes).contains(size);
    }

    /** A host needs no space to respond with the offset. */
    @Test
    void full_toTheLastByte_afterARestart_headHasTheOffset() throws Exception {
        try (SmallDisk disk = SmallDisk.tmpfs(directory, "size=1400k")) {
            Path root = disk.path().resolve("store");
            String path;
            try (StoreServer server = StoreServer.start(ring, root)) {
                TusClient client = new TusClient(server.port());
                path = client.created(900_000);
                assertThat(client.patch(path, 0, new byte[500_000]).status()).isEqualTo(204);
            }
            try (StoreServer server = StoreServer.start(ring, root)) {
                fill(disk.path().resolve("filler"));
                TusClient client = new TusClient(server.port());
                assertThat(client.head(path).header("Upload-Offset")).isEqualTo("500000");
                Wire.Response refused = client.patch(path, 500_000, new byte[100_000]);
                assertThat(refused.status()).as(refused.body()).isEqualTo(507);
                Files.delete(disk.path().resolve("filler"));
                Wire.Response last = client.patch(path, 500_000, new byte[400_000]);
                assertThat(last.status()).as(last.body()).isEqualTo(204);
            }
        }
    }

    private static void fill(Path file) throws IOException {
        assertThatIOException().isThrownBy(() -> Files.write(file, new byte[1 << 20]));
    }

    private Wire.Response upload(StoreServer server, int size) throws IOException {
        try (Wire wire = new Wire(server.port())) {
            return traffic.upload(
                    wire, false, List.of(new byte[10], new byte[size]).subList(size > 1 << 19 ? 0 : 1, 2));
        }
    }

    /** A new store needs a disk that it can write. */
    @Test
    void readOnly_neverOpenedBefore_doesNotStart() throws Exception {
        try (SmallDisk disk = SmallDisk.tmpfs(directory, "size=1m")) {
            Path root = disk.path().resolve("store");
            disk.remount("ro");
            assertThatIOException()
                    .isThrownBy(() -> LocalUploadStore.at(root))
                    .withMessageContaining(root.toString())
                    .withMessageContaining("Read-only");
        }
    }

    /** The disk becomes read-only while the host runs, and the host restarts on it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readOnly_servesWhatIsThere_restarts_thenWritableAgain(boolean ext4) throws Exception {
        try (SmallDisk disk = ext4 ? SmallDisk.ext4(directory, 16) : SmallDisk.tmpfs(directory, "size=1m")) {
            Path root = disk.path().resolve("store");
            String complete;
            String begun;
            try (StoreServer server = StoreServer.start(ring, root)) {
                assertThat(upload(server, 1000).status()).isEqualTo(201);
                TusClient client = new TusClient(server.port());
                complete = client.created(5);
                assertThat(client.patch(complete, 0, new byte[5]).status()).isEqualTo(204);
                begun = client.created(5);
            }
            disk.remount("ro");
            try (StoreServer server = StoreServer.start(ring, root);
                    Wire wire = new Wire(server.port())) {
                TusClient client = new TusClient(server.port());
                assertThat(traffic.get(wire, traffic.last()).status()).isEqualTo(200);
                assertThat(client.head(complete).header("Upload-Receipt")).isNotEmpty();
                assertUnavailable(upload(server, 1000));
                assertUnavailable(client.patch(begun, 0, new byte[5]));
                assertUnavailable(client.create("Upload-Length: 5\r\n"));
                assertUnavailable(traffic.claim(new Wire(server.port()), traffic.last(), "order-1"));

                disk.remount("rw");
                assertThat(upload(server, 1000).status()).isEqualTo(201);
                assertThat(client.patch(begun, 0, new byte[5]).status()).isEqualTo(204);
                assertThat(traffic.claim(new Wire(server.port()), traffic.last(), "order-1")
                                .status())
                        .isEqualTo(204);
            }
            assertThat(Traffic.leftFiles(root.resolve("incoming"))).isEmpty();
        }
    }

    /** A cleaner of temporary files deletes what this JVM receives into, even the directory of all JVMs. */
    @Test
    void incomingDeleted_madeAnew() throws Exception {
        Path root = directory.resolve("store");
        try (StoreServer server = StoreServer.start(ring, root);
                Wire wire = new Wire(server.port())) {
            assertThat(upload(server, 1000).status()).isEqualTo(201);
            deleteTree(root.resolve("incoming"));
            assertThat(traffic.claim(wire, traffic.last(), "order-1").status()).isEqualTo(204);
            assertThat(traffic.claim(wire, traffic.last(), "order-2").status()).isEqualTo(409);
            assertThat(upload(server, 1000).status()).isEqualTo(201);
        }
        assertThat(Traffic.leftFiles(root.resolve("incoming"))).isEmpty();
    }

    /** The disk of a directory is not mounted, or another one is mounted over it. */
    @ParameterizedTest
    @ValueSource(strings = {".", "uploads", "partial"})
    void anotherDiskMounted_unavailableNotGone_andNothingIsWrittenThere_thenBack(String what) throws Exception {
        Path root = directory.resolve("store");
        try (StoreServer server = StoreServer.start(ring, root)) {
            TusClient client = new TusClient(server.port());
            assertThat(upload(server, 1000).status()).isEqualTo(201);
            String begun = client.created(5);
            try (SmallDisk other = SmallDisk.tmpfsOver(root.resolve(what).normalize(), "size=1m")) {
                assertUnavailable(upload(server, 1000));
                assertUnavailable(client.create("Upload-Length: 5\r\n"));
                if (!what.equals("partial")) {
                    assertUnavailable(traffic.get(new Wire(server.port()), traffic.last()));
                    assertUnavailable(traffic.claim(new Wire(server.port()), traffic.last(), "order-1"));
                    assertUnavailable(traffic.discard(new Wire(server.port()), traffic.last()));
                }
                if (!what.equals("uploads")) {
                    assertUnavailable(client.head(begun));
                    assertUnavailable(client.patch(begun, 0, new byte[5]));
                    assertUnavailable(client.delete(begun));
                }
                assertThat(other.path()).isEmptyDirectory();
            }
            assertThat(client.patch(begun, 0, new byte[5]).status()).isEqualTo(204);
            assertThat(upload(server, 1000).status()).isEqualTo(201);
            assertThat(traffic.claim(new Wire(server.port()), traffic.last(), "order-1")
                            .status())
                    .isEqualTo(204);
        }
    }

    /** Even root cannot write into an immutable directory. */
    @ParameterizedTest
    @ValueSource(strings = {"incoming", "uploads"})
    void immutable_refused_thenWritableAgain(String what) throws Exception {
        try (SmallDisk disk = SmallDisk.ext4(directory, 16)) {
            Path root = disk.path().resolve("store");
            try (StoreServer server = StoreServer.start(ring, root)) {
                assertThat(upload(server, 1000).status()).isEqualTo(201);
                disk.immutable(root.resolve(what), true);
                try {
                    assertRefused(upload(server, 1000));
                    assertThat(Traffic.leftFiles(root)).hasSize(1);
                } finally {
                    disk.immutable(root.resolve(what), false);
                }
                assertThat(upload(server, 1000).status()).isEqualTo(201);
            }
            assertThat(traffic.check(root, 0)).isEmpty();
        }
    }

    /** The bytes went to a deleted file, and can never be published. */
    @Test
    void deletedWhileReceiving_refused() throws Exception {
        Path root = directory.resolve("store");
        try (StoreServer server = StoreServer.start(ring, root);
                Wire wire = new Wire(server.port())) {
            wire.send(AdapterFixture.head("POST", "/uploads") + "Content-Length: 2\r\n\r\na");
            while (Traffic.leftFiles(root).isEmpty()) {
                Thread.sleep(5);
            }
            deleteTree(root);
            assertUnavailable(wire.send("b").response());
            assertUnavailable(upload(server, 1000));
            assertThat(root).doesNotExist();
            assertThat(openFiles(root)).containsExactly("lock (deleted)");
        }
    }

    /** The store was moved to a larger disk. */
    @Test
    void linkToElsewhere_stillStores() throws Exception {
        Path root = directory.resolve("store");
        try (StoreServer server = StoreServer.start(ring, root)) {
            assertThat(upload(server, 1000).status()).isEqualTo(201);
            Path elsewhere = Files.move(root, directory.resolve("elsewhere"));
            Files.createSymbolicLink(root, elsewhere);
            assertThat(upload(server, 1000).status()).isEqualTo(201);
        }
        assertThat(traffic.check(root, 0)).isEmpty();
    }

    @Test
    void linkInsteadOfAnHour_refused_andNothingIsWrittenThere() throws Exception {
        Path root = directory.resolve("store");
        try (StoreServer server = StoreServer.start(ring, root)) {
            assertThat(upload(server, 1000).status()).isEqualTo(201);
            Path elsewhere = directory.resolve("elsewhere");
            Path hour;
            try (Stream<Path> hours = Files.list(root.resolve("uploads"))) {
                hour = hours.filter(entry -> !entry.getFileName().toString().startsWith("store-"))
                        .findFirst()
                        .orElseThrow();
            }
            Files.move(hour, elsewhere);
            Files.createSymbolicLink(hour, elsewhere);
            assertRefused(upload(server, 1000));
            assertThat(Traffic.leftFiles(elsewhere)).hasSize(1);
            assertThat(Traffic.leftFiles(root)).isEmpty();
        }
    }

    private void assertUnavailable(Wire.Response response) {
        assertThat(response.status()).as(response.body()).isEqualTo(503);
        assertThat(response.header("Retry-After")).isEqualTo("5");
        assertThat(response.body()).doesNotContain(directory.toString());
    }

    private void assertRefused(Wire.Response response) {
        assertThat(response.status()).isEqualTo(500);
        assertThat(response.body()).doesNotContain(directory.toString()).contains("storage-failed");
    }

    private static void deleteTree(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> paths = Files.walk(directory)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    /** Returns the names of the files below {@code root} that this process has open. */
    private static List<String> openFiles(Path root) throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.filter(Files::isSymbolicLink).toList()) {
                String target = Files.readSymbolicLink(descriptor).toString();
                if (target.startsWith(root + "/")) {
                    names.add(target.substring(target.lastIndexOf('/') + 1));
                }
            }
        } catch (NoSuchFileException e) {
            return openFiles(root); // a descriptor was closed during the listing
        }
        return names;
    }

    @Test
    void gone_refusedAndNotMadeAnew_thenBack() throws Exception {
        Path root = directory.resolve("store");
        Path elsewhere = directory.resolve("elsewhere");
        try (StoreServer server = StoreServer.start(ring, root)) {
            assertThat(upload(server, 1000).status()).isEqualTo(201);
            Files.move(root, elsewhere);
            assertUnavailable(upload(server, 1000));
            assertThat(root).doesNotExist();
            Files.move(elsewhere, root);
            assertThat(upload(server, 1000).status()).isEqualTo(201);
        }
        assertThat(traffic.check(root, 0)).isEmpty();
    }
}
