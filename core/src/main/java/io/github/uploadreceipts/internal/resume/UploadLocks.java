package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.engine.StoreFailures;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** A lock for each resumable upload, so that one thread at a time opens, creates or deletes it. */
final class UploadLocks {

    /** What is done with an upload while nobody else opens, creates or deletes it. */
    interface Step<T> {
        T run() throws StoreException, UploadRefusedException;
    }

    private static final class Lock extends ReentrantLock {

        private static final long serialVersionUID = 1;

        private int users;
    }

    private final Map<UploadId, Lock> inUse = new ConcurrentHashMap<>();

    /**
     * Runs a step while the upload is locked.
     *
     * @throws UploadRefusedException if the step throws it or fails, or another step holds the lock for more than a
     *     minute
     */
    <T> T locked(UploadResource resource, Step<T> step) throws UploadRefusedException {
        Lock lock = enter(resource.id());
        try {
            return locked(lock, resource, step);
        } finally {
            leave(resource.id());
        }
    }

    /** Returns the lock of an upload. Each has its own, because reading the bytes of one may take long. */
    private Lock enter(UploadId id) {
        return inUse.compute(id, (key, known) -> {
            Lock lock = known == null ? new Lock() : known;
            lock.users++;
            return lock;
        });
    }

    private void leave(UploadId id) {
        inUse.computeIfPresent(id, (key, lock) -> --lock.users == 0 ? null : lock);
    }

    private <T> T locked(Lock lock, UploadResource resource, Step<T> step) throws UploadRefusedException {
        try {
            if (!lock.tryLock(1, TimeUnit.MINUTES)) {
                throw new UploadRefusedException(Problem.of(ProblemType.TAKEN_OVER));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE));
        }
        try {
            return step.run();
        } catch (StoreException e) {
            throw StoreFailures.refusal(resource.id(), e);
        } finally {
            lock.unlock();
        }
    }
}
