package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import java.time.Clock;

/**
 * Seals what short links say, to lie beside their uploads: a packed token with the same fields as that of a
 * self-contained link, whose salt is the key in the link's URL and is left out. So who has the disk can read none, and
 * who can write to the disk can forge none. A record is opened only for the upload and the hour that it names.
 */
final class LinkRecords {

    private final PackedCodec codec;
    private final Clock clock;

    LinkRecords(KeyRing ring, Clock clock) {
        this.codec = new PackedCodec(ring, TokenKind.SHARE_RECORD);
        this.clock = clock;
    }

    byte[] seal(LinkTerms terms, ShortLink link) {
        return codec.mintUnder(
                link.key(),
                LinkTokens.write(terms),
                clock.instant(),
                terms.upload().expiresAt());
    }

    LinkTerms open(byte[] record, ShortLink link) throws TokenRefusedException {
        PackedCodec.Verified verified = codec.verifyUnder(link.key(), record, clock.instant(), TokenCodec.LEEWAY);
        try {
            LinkTerms terms = LinkTokens.read(verified.fields(), verified.expiresAt());
            if (isOf(terms, link)) {
                return terms;
            }
        } catch (IllegalArgumentException e) {
            // the same refusal as for another upload's record
        }
        throw codec.refused(Reason.CLAIMS);
    }

    static boolean isOf(LinkTerms terms, ShortLink link) {
        return terms.upload().id().equals(link.id())
                && terms.upload().owner().hour().equals(link.hour());
    }
}
