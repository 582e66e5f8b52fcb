package io.github.uploadreceipts.host;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.UploadResource;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** One thread at a time opens, creates or deletes an upload that comes in several requests. */
final class UploadLocks {

    /** Something that is done to an upload while nobody else opens, creates or deletes it. */
    interface Step<T> {
        T run() throws IOException, UploadRefusedException;
    }

    private static final int STRIPES = 256;

    private final UploadHost host;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    UploadLocks(UploadHost host) {
        this.host = host;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /** @throws UploadRefusedException if the step throws it, the upload is gone, or another step takes very long */
    <T> T locked(UploadResource resource, Step<T> step) throws UploadRefusedException {
        ReentrantLock lock = locks[Math.floorMod(resource.id().hashCode(), STRIPES)];
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
        } catch (NoSuchFileException e) {
            throw new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE));
        } catch (IOException e) {
            throw IncomingUpload.failed(host, resource.id(), e);
        } finally {
            lock.unlock();
        }
    }
}
