package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.util.Optional;

/** What the engine asks about hand-overs: it keeps uploads from being used until their application is done with them. */
public interface HandOverGate {

    /** The gate of a host whose uploads are handed over to nobody. */
    HandOverGate OPEN = new HandOverGate() {
        @Override
        public void requirePossible(FileTerms terms) {}

        @Override
        public void begin(FileTerms terms, IssuedReceipt issued) {}

        @Override
        public void abandon(Location location) {}

        @Override
        public void gone(Location location) {}

        @Override
        public void stored(IssuedReceipt issued) {}

        @Override
        public Optional<Verdict> verdictOfOwn(Location location) {
            return Optional.empty();
        }

        @Override
        public void requireDone(Location location) {}
    };

    /**
     * Checks, before any bytes are received, that this host can hand the file over as its ticket asks.
     *
     * @throws UploadRefusedException if it cannot
     */
    void requirePossible(FileTerms terms) throws UploadRefusedException;

    /**
     * Records, durably and before the upload is published, that it is to be handed over. Does nothing for an upload that
     * is published already.
     */
    void begin(FileTerms terms, IssuedReceipt issued) throws StoreException;

    /** Forgets an upload that could not be published. */
    void abandon(Location location);

    /** Forgets an upload that was discarded or withdrawn. The store has deleted what it knew of its hand-over. */
    void gone(Location location);

    /** Hands over an upload that is stored, and that nobody withdraws any more. Does not wait. */
    void stored(IssuedReceipt issued);

    /**
     * Returns what the application says about an upload of this host.
     *
     * @return waiting while its hand-over is open; empty if it is handed over to nobody
     */
    Optional<Verdict> verdictOfOwn(Location location) throws StoreException;

    /**
     * Checks that an upload of this host may be used.
     *
     * @throws UnfinishedException if its application is not done with it, or has refused it
     */
    void requireDone(Location location) throws StoreException, UnfinishedException;
}
