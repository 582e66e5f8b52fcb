package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Mints and verifies the tokens in upload URLs. Whoever has such a URL can resume the upload. The tokens are encrypted,
 * so that nobody sees where an upload is stored. Their fields are the upload's id (16 bytes), its owner (a text) and, if it
 * is sealed, its key (48 bytes).
 */
public final class ResourceTokens {

    private static final int ID_BYTES = 16;

    /** The first two characters hold the version. A token that was cut off is meant, too, and refused. */
    private static final Pattern FORM = Pattern.compile("A[Q-Za-f][A-Za-z0-9_-]{38,}");

    private final PackedCodec codec;
    private final Clock clock;

    /** Mints and verifies with the keys of {@code ring}. */
    public ResourceTokens(KeyRing ring, Clock clock) {
        this.codec = new PackedCodec(ring, TokenKind.RESOURCE);
        this.clock = clock;
    }

    /** Returns whether a path segment has the form of such a token. */
    public static boolean isMeant(String segment) {
        return FORM.matcher(segment).matches();
    }

    /**
     * Returns the token for an upload's URL.
     *
     * @throws IllegalStateException if the owner's internal URL is too long for a token
     */
    public String mint(UploadResource resource) {
        try {
            PackedWriter fields = new PackedWriter()
                    .bytes(resource.id().toBytes())
                    .text(resource.owner().toString());
            resource.sealKey().ifPresent(key -> fields.bytes(key.bytes()));
            return codec.mint(fields, clock.instant(), resource.expiresAt());
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "no upload URL can be made: " + e.getMessage() + "; shorten the internal URL", e);
        }
    }

    /**
     * Returns the upload that {@code token} names.
     *
     * @throws TokenRefusedException if it is not such a token of this fleet, or has expired
     */
    public UploadResource verify(String token) throws TokenRefusedException {
        PackedCodec.Verified verified = codec.verify(token, clock.instant(), TokenCodec.LEEWAY);
        PackedReader fields = verified.fields();
        try {
            UploadId id = UploadId.of(fields.bytes(ID_BYTES));
            URI owner = URI.create(fields.text());
            Optional<SealKey> sealKey =
                    fields.isAtEnd() ? Optional.empty() : Optional.of(SealKey.of(fields.bytes(SealKey.BYTES)));
            fields.requireEnd();
            return new UploadResource(owner, id, verified.expiresAt(), sealKey);
        } catch (IllegalArgumentException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }
}
