package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes a host holds in memory for the requests in flight, and how many it may. Counted is what clients choose
 * the size of: the bodies of final requests, the fields of forms, and what is made of them. What a request takes beside
 * that is bounded by the number of connections and threads.
 *
 * <p>Safe for use by several threads.
 */
public final class MemoryBudget {

    /** What one of many small things, such as a field or a name, takes in memory beside its text. */
    public static final int OBJECT_SIZE = 256;

    private static final int PART_OF_HEAP = 16;

    private final long max;
    private final AtomicLong held = new AtomicLong();

    /** @param max how many bytes may be held at once */
    public MemoryBudget(long max) {
        this.max = max;
    }

    /** Returns how many bytes may be held where nothing is configured. */
    public static long defaultMax() {
        return Runtime.getRuntime().maxMemory() / PART_OF_HEAP;
    }

    /** Returns how many bytes are held. */
    public long held() {
        return held.get();
    }

    /** Returns a share for one request, which holds nothing yet. */
    public Share share() {
        return new Share();
    }

    /** What one request holds. Who opened it closes it. */
    public final class Share implements AutoCloseable {

        private long bytes;
        private boolean closed;

        private Share() {}

        /**
         * Holds more bytes.
         *
         * @throws UploadRefusedException if the host holds too many for others, and the client may come again; or if this
         *     request alone needs more than the host may hold
         */
        public synchronized void hold(long more) throws UploadRefusedException {
            if (closed) {
                throw new IllegalStateException("the request has given back what it held");
            }
            if (bytes + more > max) {
                throw new UploadRefusedException(Problem.limit(
                        ProblemType.REQUEST_TOO_LARGE,
                        "This host holds at most " + max + " bytes of requests in memory, and needs more for this one.",
                        max,
                        bytes + more));
            }
            if (held.addAndGet(more) > max) {
                held.addAndGet(-more);
                throw new UploadRefusedException(Problem.of(
                        ProblemType.UNAVAILABLE, "Too much is held in memory for other requests; try again later."));
            }
            bytes += more;
        }

        /** Gives back some of what it holds. */
        public synchronized void giveBack(long some) {
            if (!closed) {
                held.addAndGet(-some);
                bytes -= some;
            }
        }

        /** Gives back everything. Further calls do nothing. */
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                held.addAndGet(-bytes);
            }
        }
    }
}
