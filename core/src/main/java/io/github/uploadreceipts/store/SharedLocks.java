package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks that the threads of this process share with the other processes on the store: a lock file for each directory.
 * Only the owner of the process can open it, because whoever can read a file can keep others from locking it.
 */
final class SharedLocks {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long PAUSE_MILLIS = 5;

    /** Who uses which directory now. All stores share it: closing any descriptor of a lock file frees the process's lock. */
    private static final Map<Path, Turn> TURNS = new ConcurrentHashMap<>();

    private final Spares spares;
    private final Disk disk;
    private final Duration patience;

    private static final class Turn {
        private final ReentrantLock lock = new ReentrantLock();
        private int users; // guarded by the entry in the map
    }

    SharedLocks(Spares spares, Disk disk) {
        this(spares, disk, PATIENCE);
    }

    /** @param patience how long a thread waits for other threads and processes together */
    SharedLocks(Spares spares, Disk disk, Duration patience) {
        this.spares = spares;
        this.disk = disk;
        this.patience = patience;
    }

    /**
     * Runs a step while no other thread and no other process runs one in the same directory. One thread of this process
     * at a time has the lock file open. That does not hold for copies of this library in several class loaders: if one
     * of them waits in vain, its closing of the file frees the lock that the other one has.
     *
     * @throws StoreException.Unavailable if a lock stays taken, or this thread is interrupted while it waits
     */
    <T> T run(Path directory, Disk.Step<T> step) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        Turn turn = join(directory);
        try {
            if (!turn.lock.tryLock() && !turn.lock.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                throw staysLocked(directory);
            }
            try (FileChannel channel =
                    spares.forKnown(() -> LockedDirectory.openLockFile(directory, disk.ownerOnly()))) {
                lockPatiently(channel, directory, deadline);
                return step.run();
            } finally {
                turn.lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Unavailable("interrupted while the lock file in " + directory + " was locked", e);
        } finally {
            leave(directory);
        }
    }

    private static Turn join(Path directory) {
        return TURNS.compute(directory, (same, known) -> {
            Turn turn = known == null ? new Turn() : known;
            turn.users++;
            return turn;
        });
    }

    private static void leave(Path directory) {
        TURNS.computeIfPresent(directory, (same, turn) -> --turn.users == 0 ? null : turn);
    }

    private static void lockPatiently(FileChannel channel, Path directory, long deadline)
            throws IOException, InterruptedException {
        while (!isLocked(channel)) {
            if (System.nanoTime() - deadline >= 0) {
                throw staysLocked(directory);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) { // another copy of this library has it
            return false;
        }
    }

    private static StoreException staysLocked(Path directory) {
        return new StoreException.Unavailable(
                "the lock file in " + directory + " stays locked: end the process on this store that hangs", null);
    }
}
