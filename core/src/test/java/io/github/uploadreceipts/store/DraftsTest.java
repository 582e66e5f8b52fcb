package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DraftsTest {

    @TempDir
    Path directory;

    /** Who places waits for a lock, and who has that lock may wait for spares. */
    @Test
    void place_diskIsFull_noSparesAreGivenUpWhilePlacing() throws Exception {
        Disk full = new Disk(Path.of("/proc"), Durability.BUFFERED, PosixFilePermissions.fromString("rw-r-----"));
        Spares spares = new Spares(directory, full);
        assertThat(spares.areComplete()).isTrue();
        ReceivingDirectory receiving =
                ReceivingDirectory.open(directory, full, Mark.findOrMake(directory, full), spares);
        AtomicInteger calls = new AtomicInteger();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> new Drafts(receiving, full).place(spares, "-test", new byte[1], draft -> {
                    assertThat(draft).exists();
                    calls.incrementAndGet();
                    throw new IOException("No space left on device");
                }));
        assertThat(calls).hasValue(1);
        assertThat(directory.resolve("spare-0")).exists();
        try (var left = Files.list(receiving.resolve(""))) {
            assertThat(left.map(Path::getFileName).map(Path::toString)).containsExactly("lock");
        }
    }
}
