package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.internal.share.LinkMessages.Action;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Responds to what peers ask about the short links of this host. */
final class LinkService {

    private final OwnLinks own;
    private final Background background;

    LinkService(OwnLinks own, Background background) {
        this.own = own;
        this.background = background;
    }

    void register(PeerQuestions questions) {
        for (Action action : Action.values()) {
            questions.register(
                    action.name(),
                    (fields, mayTakeLong) -> respond(action, fields).exceptionally(LinkService::refuse));
        }
    }

    private CompletableFuture<PackedWriter> respond(Action action, PackedReader fields) {
        return switch (action) {
            case CREATE_LINK -> {
                ShortLink link = ShortLink.read(fields);
                yield create(link, LinkMessages.readTerms(fields));
            }
            case REVOKE_LINK -> {
                ShortLink link = ShortLink.read(fields);
                fields.requireEnd();
                yield background.run(link.id(), () -> own.revoke(link)).thenApply(LinkMessages::write);
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
                yield own.giveBack(id, hour, lease).thenApply(LinkMessages::write);
            }
        };
    }

    private CompletableFuture<PackedWriter> create(ShortLink link, LinkTerms terms) {
        return background
                .run(link.id(), () -> {
                    own.create(link, terms);
                    return true;
                })
                .thenApply(LinkMessages::write);
    }

    private static PackedWriter refuse(Throwable failure) {
        Throwable cause = PeerQuestions.cause(failure);
        throw new CompletionException(
                cause instanceof RefusedException
                        ? cause
                        : Background.fault("a peer's question about a share link failed", cause));
    }
}
