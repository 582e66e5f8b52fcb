package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.StoredUploads;
import io.github.uploadreceipts.internal.engine.StoredView;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.engine.WrongSizeException;
import io.github.uploadreceipts.internal.share.LinkTerms;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.util.Optional;

/** The upload of a link in this host's own store. */
record LinkedFile(Location location, StoredView view) {

    /**
     * Finds the upload. A store that fails hides no copies elsewhere.
     *
     * @throws UnfinishedException if its application is not done with it, or has refused it, and the link does not do
     *     without that
     * @throws StoreException if the store fails, and the upload is nowhere else
     */
    static Optional<LinkedFile> find(Engine engine, LinkTerms terms) throws StoreException, UnfinishedException {
        UploadReceipt upload = terms.upload();
        StoredUploads uploads = engine.uploads(terms.acceptUnfinished());
        StoreException failure = null;
        for (Location location : upload.locations()) {
            if (engine.reaches(location)) {
                try {
                    return Optional.of(new LinkedFile(location, uploads.open(upload, location)));
                } catch (StoreException.Gone | WrongSizeException e) {
                    // the next location may have it
                } catch (StoreException e) {
                    failure = e;
                }
            }
        }
        if (failure != null && !isElsewhere(engine, upload)) {
            throw failure;
        }
        return Optional.empty();
    }

    /** Returns whether a peer may have the upload. */
    static boolean isElsewhere(Engine engine, UploadReceipt upload) {
        return upload.locations().stream().anyMatch(location -> !engine.reaches(location));
    }
}
