package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.share.LinkMessages.Action;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Asks the owner of a short link. Whatever keeps it from responding is temporary: the link may be good. */
final class PeerLinks {

    /** The path, below the application's context path, of what hosts ask each other about short links. */
    static final String PATH = Location.PATH + "links";

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final Duration PATIENCE = Duration.ofSeconds(10); // passwords wait for each other

    private final Engine engine;
    private final LinkMessages messages;

    PeerLinks(Engine engine, LinkMessages messages) {
        this.engine = engine;
        this.messages = messages;
    }

    /** Asks to keep a link. The future fails with a {@link RefusedException}, as those of the other methods do. */
    CompletableFuture<Boolean> create(URI owner, ShortLink link, LinkTerms terms) {
        PackedWriter fields = new PackedWriter();
        link.writeTo(fields);
        return ask(owner, Action.CREATE, fields.all(LinkMessages.write(terms)), PeerLinks::flag);
    }

    /** Asks to revoke a link. */
    CompletableFuture<Boolean> revoke(URI owner, ShortLink link) {
        PackedWriter fields = new PackedWriter();
        link.writeTo(fields);
        return ask(owner, Action.REVOKE, fields, PeerLinks::flag);
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
        return ask(upload.base(), Action.GIVE_BACK, fields, PeerLinks::flag);
    }

    private static boolean flag(PackedReader fields) {
        boolean flag = fields.bytes(1)[0] != 0;
        fields.requireEnd();
        return flag;
    }

    private interface Reading<T> {
        T read(PackedReader fields);
    }

    private <T> CompletableFuture<T> ask(URI owner, Action action, PackedWriter fields, Reading<T> reading) {
        String token = messages.request(owner, action, fields);
        CompletableFuture<T> result = new CompletableFuture<>();
        var unused = engine.peers()
                .ask(owner, "POST", PATH, Map.of("Authorization", "Bearer " + token), PATIENCE)
                .whenComplete((response, failure) -> {
                    try {
                        if (failure != null) {
                            throw unavailable(owner, String.valueOf(Background.cause(failure)));
                        }
                        result.complete(read(owner, token, response, reading));
                    } catch (RefusedException e) {
                        result.completeExceptionally(e);
                    } catch (RuntimeException | Error e) {
                        result.completeExceptionally(Background.fault("the response of " + owner + " failed", e));
                    }
                });
        return result;
    }

    private <T> T read(URI owner, String token, PeerRelay.Response response, Reading<T> reading)
            throws RefusedException {
        if (response.status() != 200) {
            throw unavailable(owner, "it responded with " + response.status());
        }
        try {
            String body = StandardCharsets.US_ASCII.decode(response.body()).toString();
            return reading.read(messages.read(token, body));
        } catch (TokenRefusedException e) {
            throw unavailable(owner, "its response is not accepted: " + e.explanation());
        } catch (IllegalArgumentException e) {
            throw unavailable(owner, "its response is malformed");
        }
    }

    private static UploadRefusedException unavailable(URI owner, String why) {
        LOG.log(Level.WARNING, "{0} was asked about a short share link: {1}", owner, why);
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE));
    }
}
