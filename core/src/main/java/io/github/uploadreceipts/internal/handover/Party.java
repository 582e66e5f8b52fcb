package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Somebody who is told of stored uploads: a part of the application in this process, or the receiver of a webhook. */
interface Party {

    /**
     * What a party is told.
     *
     * @param url the receiver of the webhook, if the upload's ticket names one
     * @param attempt how often the party has been told of this upload before
     */
    record Told(IssuedReceipt issued, Optional<URI> url, int attempt) {}

    /** What came of telling a party. */
    sealed interface Outcome {

        /** The party has said this. */
        record Said(Verdict verdict) implements Outcome {}

        /**
         * The party could not be told, and is told again.
         *
         * @param why for the log
         * @param after not before that, if the party has asked for it
         */
        record Failed(String why, Optional<Duration> after) implements Outcome {}

        /**
         * The party wants to be told of this upload no more. The upload stays unfinished until it expires.
         *
         * @param why for the log
         */
        record Ended(String why) implements Outcome {}
    }

    /** Returns whether the party can be told now. Until it can, that does not count as an attempt. */
    default boolean isReady() {
        return true;
    }

    /** Tells the party. Does not wait. The future never fails. */
    CompletableFuture<Outcome> tell(Told told);
}
