package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The space of a host's store: what is free, less what the uploads in flight have reserved and not yet written. So
 * uploads that begin together cannot all count on the same free bytes. Other hosts on the same store are not counted.
 *
 * <p>Between two of its requests a resumable upload keeps its reservation, but only for {@link #REST}: its client sends
 * the next request within that time, or has gone away, and an abandoned upload must not hold space until it expires.
 *
 * <p>Safe for use by several threads.
 */
final class StoreSpace {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final long REST = Duration.ofSeconds(30).toNanos();

    private final Free free;
    private final LongSupplier nanoTime;
    private final Map<UploadId, Reservation> resting = new LinkedHashMap<>(); // first the one that rests longest
    private long reserved;

    /** Says how many bytes are free now. */
    interface Free {
        long bytes() throws UploadRefusedException;
    }

    /** Returns the space of a store. A store that cannot say what is free refuses uploads. */
    static StoreSpace of(UploadStore store) {
        return new StoreSpace(
                () -> {
                    try {
                        return store.freeSpace();
                    } catch (StoreException e) {
                        LOG.log(Level.ERROR, "the free space of the store cannot be read: " + e.getMessage());
                        throw new UploadRefusedException(Problem.of(StoreFailures.problemOf(e)));
                    }
                },
                System::nanoTime);
    }

    /** @param nanoTime measures time, as {@link System#nanoTime} does */
    StoreSpace(Free free, LongSupplier nanoTime) {
        this.free = free;
        this.nanoTime = nanoTime;
    }

    /**
     * Checks that the store is there, and that another upload can be created.
     *
     * @throws UploadRefusedException if not
     */
    static void requireWritable(UploadStore store) throws UploadRefusedException {
        try {
            store.requireWritable();
        } catch (StoreException e) {
            LOG.log(Level.ERROR, "no upload can begin here: " + e.getMessage());
            throw new UploadRefusedException(Problem.of(StoreFailures.problemOf(e)));
        }
        if (!store.canCreate()) {
            throw new UploadRefusedException(noSpace());
        }
    }

    static Problem noSpace() {
        return Problem.of(ProblemType.NO_SPACE, "Try again later, or at another host.");
    }

    /**
     * Checks that this many bytes could be reserved.
     *
     * @param floor how many bytes must stay free
     * @throws UploadRefusedException if they could not
     */
    synchronized void require(long bytes, long floor) throws UploadRefusedException {
        endLongRests();
        // read under the monitor: bytes that are written meanwhile would be neither free nor reserved
        if (free.bytes() - reserved - floor < bytes) {
            throw new UploadRefusedException(noSpace());
        }
    }

    /**
     * Checks that others have not used up the space: a reservation cannot keep them from doing so.
     *
     * @param floor how many bytes must be free
     */
    void requireFree(long floor) throws UploadRefusedException {
        if (free.bytes() < floor) {
            throw new UploadRefusedException(noSpace());
        }
    }

    /**
     * Reserves bytes for an upload, and keeps them until its client can send its next request.
     *
     * @throws UploadRefusedException if there is no room
     */
    void keep(UploadId id, long bytes, long floor) throws UploadRefusedException {
        Reservation reservation = of(id);
        try {
            reservation.reserve(bytes, floor);
        } finally {
            reservation.rest();
        }
    }

    private void endLongRests() {
        long now = nanoTime.getAsLong();
        for (Iterator<Reservation> oldest = resting.values().iterator(); oldest.hasNext(); oldest.remove()) {
            Reservation reservation = oldest.next();
            if (now - reservation.restsSince <= REST) {
                return;
            }
            reserved -= reservation.left;
        }
    }

    /** Returns the reservation of an upload: what it kept when its last request ended, or nothing yet. */
    synchronized Reservation of(UploadId id) {
        Reservation kept = resting.remove(id);
        return kept == null ? new Reservation(id) : kept;
    }

    /** The bytes that one upload has reserved. Used by one thread at a time. */
    final class Reservation {

        private final UploadId id;
        private long left;
        private long restsSince;

        private Reservation(UploadId id) {
            this.id = id;
        }

        /** Returns how many bytes are reserved and not yet written. */
        long left() {
            return left;
        }

        /**
         * Changes how many bytes are reserved.
         *
         * @param floor how many bytes must stay free when these are written
         * @throws UploadRefusedException if more are asked for than there is room; the reservation is as before
         */
        void reserve(long bytes, long floor) throws UploadRefusedException {
            synchronized (StoreSpace.this) {
                if (bytes > left) {
                    require(bytes - left, floor);
                }
                reserved += bytes - left;
                left = bytes;
            }
        }

        /** Says that bytes have been written, and so are no longer free. */
        void written(long bytes) {
            synchronized (StoreSpace.this) {
                long used = Math.min(bytes, left);
                reserved -= used;
                left -= used;
            }
        }

        /** Gives back what is left. */
        void release() {
            written(left);
        }

        /** Keeps what is left for the next request of the upload. */
        void rest() {
            synchronized (StoreSpace.this) {
                restsSince = nanoTime.getAsLong();
                Reservation other = resting.remove(id);
                if (other != null && other != this) {
                    reserved -= other.left;
                }
                resting.put(id, this);
            }
        }
    }
}
