package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;

/** Lets receivers of webhooks finish hand-overs, at any host of the fleet. */
public final class WebhookFinish {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private final HandOvers handOvers;
    private final FinishTokens tokens;
    private final WebhookSignatures signatures;

    /** Finishes one hand-over. */
    @FunctionalInterface
    public interface Finishing {

        /**
         * Finishes it. Does not wait.
         *
         * @return as {@link HandOvers#finish} does
         * @throws RefusedException if the message is not signed, or cannot be understood
         */
        CompletableFuture<Boolean> finish(HandOverMessage message) throws RefusedException;
    }

    public WebhookFinish(Engine engine, HandOvers handOvers) {
        this.handOvers = handOvers;
        this.tokens = new FinishTokens(engine.keyRing(), engine.clock());
        this.signatures = new WebhookSignatures(engine.keyRing(), engine.clock());
    }

    /**
     * Returns what finishes a hand-over, before the message is read.
     *
     * @param token the last segment of the URL to which the message was sent
     * @throws RefusedException if the token is none of this fleet or has expired
     */
    public Finishing verify(String token) throws RefusedException {
        FinishTokens.Named named = tokens.verify(token);
        return message -> finish(named, message);
    }

    private CompletableFuture<Boolean> finish(FinishTokens.Named named, HandOverMessage message)
            throws RefusedException {
        try {
            signatures.verify(named.receiver(), named.location().id(), message);
        } catch (UploadRefusedException e) {
            LOG.log(
                    Level.WARNING,
                    "a message to finish the hand-over of {0} is refused: {1}",
                    named.location().id(),
                    e.getMessage());
            throw e;
        }
        return handOvers.finish(named.location(), HandOvers.WEBHOOK, verdict(message));
    }

    private static Verdict verdict(HandOverMessage message) throws UploadRefusedException {
        try {
            return WebhookVerdicts.ofMessage(message.body());
        } catch (IOException e) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "The message: " + e.getMessage() + "."));
        }
    }
}
