package io.github.uploadreceipts.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.internal.share.LinkStore;
import io.github.uploadreceipts.internal.share.LinkStores;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store that another JVM also has open, or that a JVM with another umask created. */
class StoreProcessIT {

    private static final UploadId ID = StoreProgram.FIRST;
    private static final ExpiryHour HOUR = StoreProgram.HOUR;

    @TempDir
    Path directory;

    private Path root;

    @BeforeEach
    void resolve() throws IOException {
        root = directory.toRealPath().resolve("store");
    }

    private LocalUploadStore open() throws IOException {
        return LocalUploadStore.builder(root).durability(Durability.BUFFERED).open();
    }

    /** Returns every file below the root, except lock files and spares. */
    private List<Path> files() throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().matches(".*/(lock|spare-[0-9]+)"))
                    .toList();
        }
    }

    private String mode(String... names) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(Path.of("", names))));
    }

    private String runWithUmask(String umask, String what) throws IOException {
        List<String> shell = List.of("/bin/sh", "-c", "umask " + umask + "; exec \"$@\"", "sh");
        return StoreProgram.run(shell, what, root.toString(), "BUFFERED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"077", "000"})
    void published_modesWhateverTheUmask(String umask) throws IOException {
        assertThat(runWithUmask(umask, "publish")).endsWith("claimed true\n");
        assertThat(mode("uploads", HOUR.toString(), ID.toString())).isEqualTo("rw-r-----");
        assertThat(mode("uploads", HOUR.toString())).isEqualTo("rwxr-x---");
        assertThat(mode("uploads")).isEqualTo("rwxr-x---");
        assertThat(mode("incoming")).isEqualTo("rwx------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"077", "000"})
    void resumed_modesWhateverTheUmask(String umask) throws IOException {
        assertThat(runWithUmask(umask, "resume")).endsWith("published\n");
        assertThat(mode("uploads", HOUR.toString(), ID.toString())).isEqualTo("rw-r-----");
        assertThat(mode("uploads", HOUR.toString())).isEqualTo("rwxr-x---");
        assertThat(mode("partial", HOUR.toString())).isEqualTo("rwx------");
    }

    @Test
    void open_aLivingJvmIsLeftAlone_aDeadOneIsCleanedUp() throws Exception {
        LocalUploadStore store = open();
        Process process =
                StoreProgram.process(List.of(), "hold", root.toString()).start();
        try (var out = process.inputReader(UTF_8)) {
            assertThat(out.readLine()).isEqualTo("holding");
            LocalUploadStore.at(root).close();
            assertThat(files()).as("what the other JVM receives").hasSize(2);
            process.outputWriter().append('x').flush();
            assertThat(out.readLine()).isEqualTo("published");
            StoredUpload published = store.find(ID, HOUR).orElseThrow();
            try (InputStream in = published.open(0, published.size())) {
                assertThat(in).hasContent("hello");
            }
            assertThat(store.purge(Instant.EPOCH)).isZero();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(files()).hasSize(2);
        UploadStore.Incoming ours = store.create(UploadId.random(), HOUR);
        ours.write(ByteBuffer.wrap("ours".getBytes(UTF_8)));
        LocalUploadStore.at(root).close();
        assertThat(files())
                .as("the published one and ours")
                .hasSize(2)
                .noneMatch(file -> file.toString().endsWith("BBBA"));
        ours.publish(HOUR);
        ours.close();
        store.close();
    }

    @Test
    void openPartial_inAnotherProcess_getsNothing_untilThatEnds() throws Exception {
        LocalUploadStore store = open();
        PartialStore partials = PartialStores.of(store).orElseThrow();
        partials.create(ID, HOUR, "state");
        append(partials, "hello");
        Process other = StoreProgram.process(List.of(), "open", root.toString()).start();
        try (var out = other.inputReader(UTF_8)) {
            assertThat(out.readLine()).isEqualTo("open at 5");
            assertThat(partials.open(ID, HOUR)).isEmpty();
            assertThat(partials.find(ID, HOUR).orElseThrow().acknowledged()).isEqualTo(5);
        } finally {
            other.destroyForcibly().waitFor();
        }
        append(partials, " world");
        assertThat(root.resolve(Path.of("partial", HOUR.toString(), ID.toString())))
                .hasContent("hello world");
        store.close();
    }

    private static void append(PartialStore partials, String text) throws IOException {
        try (PartialStore.Partial partial = partials.open(ID, HOUR).orElseThrow()) {
            partial.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
            partial.acknowledge(partial.snapshot().acknowledged() + text.length());
        }
    }

    /** A process that is stopped, or whose disk hangs, keeps its lock. */
    @Test
    void links_lockedByAnotherProcess_notWaitedForWithoutEnd() throws Exception {
        try (LocalUploadStore store = open()) {
            try (UploadStore.Incoming incoming = store.create(ID, HOUR)) {
                incoming.publish(HOUR);
            }
            LinkStore links = LinkStores.of(store).orElseThrow();
            links.create(ID, HOUR, "link", new byte[] {1});
            Path lock = root.resolve("uploads/" + HOUR + "/" + ID + "-links/lock");
            Process process =
                    StoreProgram.process(List.of(), "lock", lock.toString()).start();
            try (var out = process.inputReader(UTF_8)) {
                assertThat(out.readLine()).isEqualTo("locked");
                assertThatExceptionOfType(StoreException.Unavailable.class)
                        .isThrownBy(() -> assertTimeoutPreemptively(
                                Duration.ofMinutes(2), () -> links.update(ID, HOUR, "link", kept -> new byte[] {2})));
            } finally {
                process.destroyForcibly().waitFor();
            }
            links.update(ID, HOUR, "link", kept -> new byte[] {2});
        }
    }
}
