package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.handover.HandOverMessages.Awaited;
import io.github.uploadreceipts.internal.handover.HandOverMessages.Outcome;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The hand-overs of uploads that peers keep: asks their owners. Whatever keeps an owner from responding is temporary.
 *
 * <p>Safe for use by several threads.
 */
final class PeerHandOvers {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    /** How long an owner may take beyond the time for which it waits. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Engine engine;
    private final PeerQuestions questions;
    private final Map<URI, AwaitedVerdicts> owners = new ConcurrentHashMap<>();

    PeerHandOvers(Engine engine) {
        this.engine = engine;
        this.questions = engine.peers().questions();
    }

    /** Does what {@link HandOvers#await} says. Whoever gives up waiting cancels the future. */
    CompletableFuture<Verdict> await(Location upload, Duration atMost) {
        if (atMost.isZero()) {
            return ask(upload.base(), new Awaited(atMost, List.of(upload))).thenCompose(PeerHandOvers::only);
        }
        return owners.computeIfAbsent(upload.base(), this::newOwner).await(upload, atMost);
    }

    private AwaitedVerdicts newOwner(URI owner) {
        return new AwaitedVerdicts(
                uploads -> ask(owner, new Awaited(HandOverMessages.LONGEST, uploads)), engine.timer());
    }

    private static CompletableFuture<Verdict> only(List<Outcome> outcomes) {
        if (outcomes.isEmpty()) {
            return CompletableFuture.completedFuture(Verdict.waiting());
        }
        Outcome outcome = outcomes.get(0);
        return outcome.verdict()
                .map(CompletableFuture::completedFuture)
                .orElseGet(
                        () -> CompletableFuture.failedFuture(outcome.refusal().orElseThrow()));
    }

    private CompletableFuture<List<Outcome>> ask(URI owner, Awaited asked) {
        return ask(
                owner,
                HandOverMessages.AWAIT,
                HandOverMessages.write(asked),
                asked.atMost().plus(PATIENCE),
                HandOverMessages::readOutcomes);
    }

    /** Does what {@link HandOvers#finish} says. */
    CompletableFuture<Boolean> finish(Location upload, String party, Verdict verdict) {
        PackedWriter fields = HandOverMessages.write(upload).text(party).all(HandOverMessages.write(verdict));
        return ask(upload.base(), HandOverMessages.FINISH, fields, PATIENCE, PeerHandOvers::readFlag);
    }

    private static boolean readFlag(PackedReader fields) {
        boolean flag = fields.bytes(1)[0] != 0;
        fields.requireEnd();
        return flag;
    }

    private <T> CompletableFuture<T> ask(
            URI owner, String action, PackedWriter fields, Duration patience, PeerQuestions.Reading<T> reading) {
        CompletableFuture<T> result = new CompletableFuture<>();
        var unused = questions.ask(owner, action, fields, patience, reading).whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(refusal(owner, failure));
            }
        });
        return result;
    }

    private static RefusedException refusal(URI owner, Throwable failure) {
        Throwable cause = PeerQuestions.cause(failure);
        if (cause instanceof RefusedException refusal) {
            return refusal;
        }
        LOG.log(Level.INFO, "{0} was asked about the hand-over of an upload: {1}", owner, cause.getMessage());
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE));
    }
}
