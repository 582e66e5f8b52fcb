package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedLocksTest {

    private static final Executor NEW_THREADS = task -> new Thread(task, "waits").start();

    @TempDir
    Path directory;

    private Path lock;

    @BeforeEach
    void nameLock() {
        lock = directory.resolve("lock");
    }

    /** Returns the locks of another store on the same directory. */
    private SharedLocks locks(Duration patience) throws IOException {
        Disk disk = new Disk(directory, Durability.BUFFERED, PosixFilePermissions.fromString("rw-r--r--"));
        return new SharedLocks(new Spares(directory, disk), disk, patience);
    }

    private void assertInVain(SharedLocks locks) {
        assertThatExceptionOfType(StoreException.Unavailable.class)
                .isThrownBy(() -> locks.run(directory, () -> "not run"))
                .withMessageContaining("stays locked");
    }

    /** Locks the file as a process does that hangs. */
    private FileChannel hang() throws IOException {
        FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        assertThat(channel.tryLock()).isNotNull();
        return channel;
    }

    @Test
    void run_lockStaysTaken_manyWaitAsLongAsOne() throws Exception {
        SharedLocks locks = locks(Duration.ofSeconds(3));
        try (FileChannel hanging = hang()) {
            assertThat(hanging.isOpen()).isTrue();
            long began = System.nanoTime();
            List<CompletableFuture<Void>> all = IntStream.range(0, 6)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> assertInVain(locks), NEW_THREADS))
                    .toList();
            all.forEach(CompletableFuture::join);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
        }
        assertThat(locks.<String>run(directory, () -> "free again")).isEqualTo("free again");
    }

    @Test
    void run_interrupted_stopsAndStaysInterrupted() throws Exception {
        SharedLocks locks = locks(Duration.ofMinutes(5));
        try (FileChannel hanging = hang()) {
            assertThat(hanging.isOpen()).isTrue();
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(StoreException.Unavailable.class)
                    .isThrownBy(() -> locks.run(directory, () -> "not run"))
                    .withMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void run_otherStoreOfThisProcessWaitsInVain_processKeepsItsLock() throws Exception {
        SharedLocks other = locks(Duration.ofMillis(50));
        locks(Duration.ofSeconds(5)).run(directory, () -> {
            CompletableFuture.runAsync(() -> assertInVain(other), NEW_THREADS).join();
            assertThat(Files.readString(Path.of("/proc/locks")))
                    .contains(":" + Files.getAttribute(lock, "unix:ino") + " ");
            return lock;
        });
    }

    @Test
    void run_lockFile_onlyTheOwnerCanOpenIt() throws Exception {
        locks(Duration.ofSeconds(5)).run(directory, () -> lock);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)))
                .isEqualTo("rw-------");
    }
}
