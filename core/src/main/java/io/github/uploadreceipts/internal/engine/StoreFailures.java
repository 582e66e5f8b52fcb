package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** What a client learns about a store's failure. The cause is logged, because only the log may name paths. */
public final class StoreFailures {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private StoreFailures() {}

    /** Logs why an upload could not be stored, and returns the refusal. */
    public static UploadRefusedException refusal(UploadId id, StoreException e) {
        if (e instanceof StoreException.Taken) {
            return new UploadRefusedException(
                    Problem.of(ProblemType.SLOT_TAKEN, "An upload to this slot is arriving, stored or discarded."));
        }
        if (e instanceof StoreException.Gone) {
            return new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE));
        }
        boolean full = e instanceof StoreException.Full;
        LOG.log(full ? Level.WARNING : Level.ERROR, "upload " + id + " could not be stored: " + e.getMessage());
        return new UploadRefusedException(full ? StoreSpace.noSpace() : Problem.of(problemOf(e)));
    }

    /** Returns what a client may know of a failure of this host's disk, after which trying again may help. */
    public static ProblemType problemOf(IOException e) {
        return e instanceof StoreException.Unavailable ? ProblemType.UNAVAILABLE : ProblemType.STORAGE_FAILED;
    }
}
