package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.share.LinkMessages.Asked;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import java.util.concurrent.CompletableFuture;

/** Responds to what peers ask about the short links of this host. */
final class LinkService {

    private final OwnLinks own;
    private final LinkMessages messages;
    private final Background background;

    LinkService(OwnLinks own, LinkMessages messages, Background background) {
        this.own = own;
        this.messages = messages;
        this.background = background;
    }

    /**
     * Responds to a request. Does not wait.
     *
     * @throws TokenRefusedException if no host of the fleet has asked this
     */
    CompletableFuture<String> respond(String request) throws TokenRefusedException {
        Asked asked = messages.verify(request);
        try {
            return respond(asked)
                    .thenApply(fields -> messages.response(request, fields))
                    .exceptionally(failure -> messages.refusal(request, problem(Background.cause(failure))));
        } catch (IllegalArgumentException e) {
            throw messages.malformed();
        }
    }

    private CompletableFuture<PackedWriter> respond(Asked asked) {
        PackedReader fields = asked.fields();
        return switch (asked.action()) {
            case CREATE -> {
                ShortLink link = ShortLink.read(fields);
                yield create(link, LinkMessages.readTerms(fields));
            }
            case REVOKE -> {
                ShortLink link = ShortLink.read(fields);
                fields.requireEnd();
                yield background.run(link.id(), () -> own.revoke(link)).thenApply(LinkService::flag);
            }
            case ADMIT -> {
                LinkRequest request = LinkMessages.readRequest(fields);
                ShortLink link = ShortLink.parse(request.token()).orElseThrow(IllegalArgumentException::new);
                yield own.admit(link, request).thenApply(LinkMessages::write);
            }
            case GIVE_BACK -> {
                UploadId id = UploadId.of(fields.bytes(16));
                ExpiryHour hour = ExpiryHour.of(fields.time());
                String lease = fields.text();
                fields.requireEnd();
                yield own.giveBack(id, hour, lease).thenApply(LinkService::flag);
            }
        };
    }

    private CompletableFuture<PackedWriter> create(ShortLink link, LinkTerms terms) {
        return background
                .run(link.id(), () -> {
                    own.create(link, terms);
                    return true;
                })
                .thenApply(LinkService::flag);
    }

    private static PackedWriter flag(boolean value) {
        return new PackedWriter().bytes(new byte[] {(byte) (value ? 1 : 0)});
    }

    private static Problem problem(Throwable failure) {
        return failure instanceof RefusedException refused
                ? refused.problem()
                : Background.fault("a peer's request for a share link failed", failure)
                        .problem();
    }
}
