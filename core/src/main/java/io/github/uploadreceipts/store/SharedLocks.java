package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Locks that the threads of this process share with the other processes on the store: a lock file for each directory. */
final class SharedLocks {

    private static final int TRIES = 1000;
    private static final long PAUSE_NANOS = 5_000_000;
    private static final int STRIPES = 64;

    private final Spares spares;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    SharedLocks(Spares spares) {
        this.spares = spares;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /**
     * Runs a step while no other thread and no other process runs one in the same directory. One thread of this process
     * at a time has the lock file open, because closing any of a file's descriptors would free its lock.
     */
    <T> T run(Path directory, Disk.Step<T> step) throws IOException {
        ReentrantLock lock = locks[Math.floorMod(directory.hashCode(), STRIPES)];
        lock.lock();
        try (FileChannel channel = spares.forKnown(() -> LockedDirectory.openLockFile(directory))) {
            lockPatiently(channel, directory);
            return step.run();
        } finally {
            lock.unlock();
        }
    }

    private static void lockPatiently(FileChannel channel, Path directory) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            try {
                if (channel.tryLock() != null) {
                    return;
                }
            } catch (OverlappingFileLockException e) {
                // another store of this process has it
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw new StoreException.Unavailable(
                "the lock file in " + directory + " stays locked: end the process on this store that hangs", null);
    }
}
