package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The store's failure for each failure of the disk. */
class DiskTest {

    private static final UploadId ID = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");

    @TempDir
    Path directory;

    private Disk disk;

    @BeforeEach
    void open() throws IOException {
        disk = of(directory);
    }

    private static Disk of(Path root) throws IOException {
        return new Disk(root, Durability.BUFFERED, PosixFilePermissions.fromString("rw-r-----"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"No space left on device", "/srv/x: No space left on device", "Disk quota exceeded"})
    void failure_full(String message) {
        IOException cause = new IOException(message);
        assertThat(disk.failure(cause))
                .isInstanceOf(StoreException.Full.class)
                .hasMessageContaining(message)
                .hasCause(cause);
    }

    @ParameterizedTest
    @CsvSource({
        "Input/output error",
        "/srv/x: Input/output error",
        "Auf dem Gerät ist kein Speicherplatz mehr verfügbar",
        "''"
    })
    void failure_withRoomLeft_anythingElse(String message) {
        assertThat(disk.failure(new IOException(message)))
                .isInstanceOf(StoreException.Failed.class)
                .hasMessageContaining(message);
        assertThat(disk.failure(new IOException())).isInstanceOf(StoreException.Failed.class);
    }

    /** The system's message is in its own language, so the free space decides. */
    @Test
    void failure_inALanguageWeDoNotKnow_butIsFull() throws IOException {
        Disk full = of(Path.of("/proc"));
        assertThat(full.freeSpace()).isZero();
        assertThat(full.failure(new IOException("Auf dem Gerät ist kein Speicherplatz mehr verfügbar")))
                .isInstanceOf(StoreException.Full.class);
    }

    @Test
    void failure_knownBefore_isTheSame() {
        StoreException known = new StoreException.Gone("x", null);
        assertThat(disk.failure(known)).isSameAs(known);
    }

    /** The directory of a new upload may go at any moment, and then nothing is gone. */
    @Test
    void create_saysWhatAnUploadsFileMeans() throws StoreException {
        assertThat(disk.<String>create(ID, () -> "done")).isEqualTo("done");
        assertThatExceptionOfType(StoreException.Unavailable.class)
                .isThrownBy(() -> disk.create(ID, () -> {
                    throw new NoSuchFileException("/srv/x");
                }))
                .withMessageStartingWith("/srv/x is not there: its disk is not mounted");
        assertThatExceptionOfType(StoreException.Taken.class)
                .isThrownBy(() -> disk.create(ID, () -> {
                    throw new FileAlreadyExistsException("/srv/x");
                }));
    }

    @Test
    void run_saysWhatAnUploadsFileMeans() throws StoreException {
        assertThat(disk.<String>run(ID, () -> "done")).isEqualTo("done");
        assertThatExceptionOfType(StoreException.Gone.class)
                .isThrownBy(() -> disk.run(ID, () -> {
                    throw new NoSuchFileException("/srv/x");
                }))
                .withMessage(ID.toString())
                .withCauseInstanceOf(NoSuchFileException.class);
        assertThatExceptionOfType(StoreException.Taken.class)
                .isThrownBy(() -> disk.run(ID, () -> {
                    throw new FileAlreadyExistsException("/srv/x");
                }))
                .withMessage(ID.toString())
                .withCauseInstanceOf(FileAlreadyExistsException.class);
        assertThatExceptionOfType(StoreException.Full.class)
                .isThrownBy(() -> disk.run(ID, () -> {
                    throw new IOException("No space left on device");
                }));
        assertThatExceptionOfType(StoreException.Failed.class)
                .isThrownBy(() -> disk.run(ID, () -> {
                    throw new IOException("Input/output error");
                }));
    }
}
