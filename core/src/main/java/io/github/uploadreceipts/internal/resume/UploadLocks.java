package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.engine.Engine;
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

/** Locks each resumable upload by itself: one thread at a time opens, creates or deletes it. */
final class UploadLocks {

    /** Something that is done to an upload while nobody else opens, creates or deletes it. */
    interface Step<T> {
        T run() throws StoreException, UploadRefusedException;
    }

    private static final class Lock extends ReentrantLock {

        private static final long serialVersionUID = 1;

        private int users;
    }

    private final Engine engine;
    private final Map<UploadId, Lock> inUse = new ConcurrentHashMap<>();

    UploadLocks(Engine engine) {
        this.engine = engine;
    }

    /** @throws UploadRefusedException if the step throws it, the upload is gone, or another step takes very long */
    <T> T locked(UploadResource resource, Step<T> step) throws UploadRefusedException {
        Lock lock = enter(resource.id());
        try {
            return locked(lock, resource, step);
        } finally {
            leave(resource.id());
        }
    }

    /** An upload whose bytes are read for long holds up no other. */
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
            throw engine.refusal(resource.id(), e);
        } finally {
            lock.unlock();
        }
    }
}
