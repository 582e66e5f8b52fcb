package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.uploadreceipts.internal.share.LinkStore;
import io.github.uploadreceipts.internal.share.LinkStores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of links in whose place something else was put. */
class LocalLinksTest {

    private static final UploadId ID = StoreProgram.FIRST;
    private static final ExpiryHour HOUR = StoreProgram.HOUR;

    @TempDir
    Path directory;

    private LocalUploadStore store;
    private LinkStore links;
    private Path files;

    /** What no store makes. */
    enum Strange {
        PIPE,
        LINK,
        HUGE;

        void put(Path file) throws Exception {
            Files.deleteIfExists(file);
            switch (this) {
                case PIPE ->
                    assertThat(new ProcessBuilder("mkfifo", file.toString())
                                    .start()
                                    .waitFor())
                            .isZero();
                case LINK ->
                    Files.createSymbolicLink(file, Files.write(file.resolveSibling("precious"), new byte[] {1}));
                case HUGE -> {
                    try (FileChannel channel =
                            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                        channel.write(ByteBuffer.allocate(1), 3L << 30); // and no more on the disk
                    }
                }
            }
        }
    }

    @BeforeEach
    void open() throws IOException {
        Path root = directory.toRealPath().resolve("store");
        store = LocalUploadStore.builder(root).durability(Durability.BUFFERED).open();
        try (UploadStore.Incoming incoming = store.create(ID, HOUR)) {
            incoming.publish(HOUR);
        }
        links = LinkStores.of(store).orElseThrow();
        links.create(ID, HOUR, "link", new byte[] {1});
        files = root.resolve("uploads/" + HOUR + "/" + ID + "-links");
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private static void assertFails(Executable step) {
        assertThatExceptionOfType(StoreException.Failed.class)
                .isThrownBy(() -> assertTimeoutPreemptively(Duration.ofMinutes(2), step));
    }

    private void count() throws StoreException {
        links.update(ID, HOUR, "link", kept -> new byte[] {2});
    }

    @ParameterizedTest
    @EnumSource
    void find_strangeRecord(Strange strange) throws Exception {
        strange.put(files.resolve("link"));
        assertFails(() -> links.find(ID, HOUR, "link"));
    }

    @ParameterizedTest
    @EnumSource
    void update_strangeUses(Strange strange) throws Exception {
        strange.put(files.resolve("link-uses"));
        assertFails(this::count);
    }

    @ParameterizedTest
    @EnumSource(names = {"PIPE", "LINK"})
    void update_strangeLock(Strange strange) throws Exception {
        strange.put(files.resolve("lock"));
        assertFails(this::count);
    }

    @Test
    void find_whatIsThere() throws Exception {
        count();
        assertThat(links.find(ID, HOUR, "link")).contains(new byte[] {1});
        assertThat(links.find(ID, HOUR, "other")).isEmpty();
    }
}
