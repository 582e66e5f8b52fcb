package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.internal.share.LinkMessages.Action;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Asks the owner of a short link. Whatever keeps it from responding is temporary: the link may be good. */
record PeerLinks(PeerQuestions questions) {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final Duration PATIENCE = Duration.ofSeconds(10); // passwords wait for each other

    /** Asks to keep a link. The future fails with a {@link RefusedException}, as those of the other methods do. */
    CompletableFuture<Boolean> create(URI owner, ShortLink link, LinkTerms terms) {
        PackedWriter fields = new PackedWriter();
        link.writeTo(fields);
        return ask(owner, Action.CREATE_LINK, fields.all(LinkMessages.write(terms)), LinkMessages::readFlag);
    }

    /** Asks to revoke a link. */
    CompletableFuture<Boolean> revoke(URI owner, ShortLink link) {
        PackedWriter fields = new PackedWriter();
        link.writeTo(fields);
        return ask(owner, Action.REVOKE_LINK, fields, LinkMessages::readFlag);
    }

    /** Asks for the permission to use a link. */
    CompletableFuture<Admission> admit(URI owner, LinkRequest request) {
        return ask(owner, Action.ADMIT, LinkMessages.write(request), LinkMessages::readAdmission);
    }

    /** Asks to give a counted download back. */
    CompletableFuture<Boolean> giveBack(Location upload, String lease) {
        PackedWriter fields = new PackedWriter()
                .bytes(upload.id().toBytes())
                .time(upload.hour().start())
                .text(lease);
        return ask(upload.base(), Action.GIVE_BACK, fields, LinkMessages::readFlag);
    }

    private <T> CompletableFuture<T> ask(
            URI owner, Action action, PackedWriter fields, PeerQuestions.Reading<T> reading) {
        return Background.unwrapped(questions
                .ask(owner, action.name(), fields, PATIENCE, reading)
                .exceptionally(failure -> {
                    throw new CompletionException(refusal(owner, PeerQuestions.cause(failure)));
                }));
    }

    private static RefusedException refusal(URI owner, Throwable cause) {
        if (cause instanceof RefusedException refusal) {
            return refusal;
        }
        if (!(cause instanceof IOException)) {
            return Background.fault("the response of " + owner + " failed", cause);
        }
        LOG.log(Level.WARNING, "{0} was asked about a short share link: {1}", owner, cause.getMessage());
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE));
    }
}
