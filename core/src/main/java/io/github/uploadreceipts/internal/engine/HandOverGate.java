package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
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
        public void publish(FileTerms terms, IssuedReceipt issued, Publishing step) throws StoreException {
            step.in(issued.receipt().owner().hour());
        }

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

    /** Makes an upload visible in the hour in which it expires. */
    interface Publishing {
        /** Publishes it. */
        void in(ExpiryHour hour) throws StoreException;
    }

    /**
     * Publishes an upload once it is recorded, durably, that it is to be handed over. What is recorded of an upload that is
     * published already stays.
     */
    void publish(FileTerms terms, IssuedReceipt issued, Publishing step) throws StoreException;

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
