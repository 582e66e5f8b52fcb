package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadStore;

/**
 * The uploads in a host's store, as they are used. Each use checks first that the application is done with the upload,
 * unless the use does without that.
 *
 * <p>Safe for use by several threads.
 */
public final class StoredUploads {

    private final UploadStore store;
    private final HandOverGate gate;
    private final Listeners listeners;

    StoredUploads(UploadStore store, HandOverGate gate, Listeners listeners) {
        this.store = store;
        this.gate = gate;
        this.listeners = listeners;
    }

    /**
     * Opens an upload: the bytes that the client sent, however they are stored.
     *
     * @throws StoreException.Gone if there is no such upload
     * @throws WrongSizeException if another upload is stored in its place
     * @throws UnfinishedException if its application is not done with it, or has refused it
     * @throws StoreException if the store fails
     */
    public StoredView open(UploadReceipt receipt, Location location)
            throws StoreException, WrongSizeException, UnfinishedException {
        return openStored(location, StoredForm.size(receipt)).of(receipt);
    }

    /**
     * Opens an upload as it lies in the store, for a peer.
     *
     * @param storedSize how many bytes are stored, as the peer says
     * @throws StoreException.Gone as {@link #open} does, and likewise the others
     */
    public StoredView openStored(Location location, long storedSize)
            throws StoreException, WrongSizeException, UnfinishedException {
        StoredUpload stored = store.find(location.id(), location.hour())
                .orElseThrow(() -> new StoreException.Gone(location.id().toString(), null));
        if (stored.size() != storedSize) {
            throw new WrongSizeException(stored.size(), storedSize);
        }
        gate.requireDone(location);
        return new StoredView(stored);
    }

    /**
     * Records a claim on an upload, and tells the listener.
     *
     * @return false if the upload has another claim, or had one until it was discarded
     * @throws StoreException.Gone if there is no such upload
     * @throws UnfinishedException if its application is not done with it, or has refused it
     */
    public boolean claim(Location location, Claim claim) throws StoreException, UnfinishedException {
        gate.requireDone(location);
        boolean claimed = store.claim(location.id(), location.hour(), claim);
        if (claimed) {
            listeners.tell(new UploadEvent.Claimed(location.id(), claim));
        }
        return claimed;
    }

    /**
     * Returns whether an upload has this claim, or none yet. Records nothing.
     *
     * @throws UnfinishedException if its application is not done with it, or has refused it
     */
    public boolean isFreeFor(Location location, Claim claim) throws StoreException, UnfinishedException {
        gate.requireDone(location);
        return store.claimOf(location.id(), location.hour()).map(claim::equals).orElse(true);
    }
}
