package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.share.UploadRequestTerms.SenderName;
import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Mints and verifies the tokens of upload-request links. A token has all that any host needs, so there is no state, and
 * a link cannot be revoked. Its fields are
 *
 * <pre>
 * flags       1 byte: 1 words, 2 who asks, 4 size, 8 password, 16 name required, 32 name not asked for, 64 sealed,
 *             128 hand-over
 * files       2 bytes
 * keep        4 bytes, seconds
 * size        8 bytes
 * id, receiver, title   texts
 * types       1 byte: their number; each is a text
 * words       a long text
 * who asks    a text
 * password    salt and hash, 48 bytes
 * hand-over   a long text
 * </pre>
 */
public final class UploadRequestTokens {

    private static final int WORDS = 1;
    private static final int ASKED_BY = 2;
    private static final int SIZE = 4;
    private static final int PASSWORD = 8;
    private static final int NAME_REQUIRED = 16;
    private static final int NAME_NOT_ASKED = 32;
    private static final int SEALED = 64;
    private static final int HAND_OVER = 128;

    private final PackedCodec codec;
    private final Clock clock;

    /** Mints and verifies with the keys of {@code ring}. */
    public UploadRequestTokens(KeyRing ring, Clock clock) {
        this.codec = new PackedCodec(ring, TokenKind.UPLOAD_REQUEST);
        this.clock = clock;
    }

    /** Returns the token of a link. Whatever terms may have fits into it. */
    public String mint(UploadRequestTerms terms) {
        return codec.mint(write(terms), clock.instant(), terms.expiresAt());
    }

    /**
     * Returns what the link with this token says.
     *
     * @throws TokenRefusedException if it is not such a token of this fleet, or has expired
     */
    public UploadRequestTerms verify(String token) throws TokenRefusedException {
        PackedCodec.Verified verified = codec.verify(token, clock.instant(), TokenCodec.LEEWAY);
        try {
            return read(verified.fields(), verified.expiresAt());
        } catch (IllegalArgumentException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }

    private static PackedWriter write(UploadRequestTerms terms) {
        PackedWriter fields = new PackedWriter()
                .bytes(ByteBuffer.allocate(7)
                        .put((byte) flags(terms))
                        .putShort((short) terms.files())
                        .putInt((int) terms.keep().toSeconds())
                        .array());
        terms.fileSize().ifPresent(size -> fields.number(size));
        fields.text(terms.id()).text(terms.receiver()).text(terms.title());
        fields.bytes(new byte[] {(byte) terms.types().size()});
        terms.types().forEach(fields::text);
        terms.words().ifPresent(fields::longText);
        terms.askedBy().ifPresent(fields::text);
        terms.password().ifPresent(verifier -> fields.bytes(verifier.bytes()));
        terms.handOver().ifPresent(url -> fields.longText(url.toString()));
        return fields;
    }

    private static int flags(UploadRequestTerms terms) {
        return (terms.words().isPresent() ? WORDS : 0)
                | (terms.askedBy().isPresent() ? ASKED_BY : 0)
                | (terms.fileSize().isPresent() ? SIZE : 0)
                | (terms.password().isPresent() ? PASSWORD : 0)
                | (terms.name() == SenderName.REQUIRED ? NAME_REQUIRED : 0)
                | (terms.name() == SenderName.NOT_ASKED ? NAME_NOT_ASKED : 0)
                | (terms.sealed() ? SEALED : 0)
                | (terms.handOver().isPresent() ? HAND_OVER : 0);
    }

    private static UploadRequestTerms read(PackedReader fields, Instant expiresAt) {
        int flags = Byte.toUnsignedInt(fields.bytes(1)[0]);
        int files = Short.toUnsignedInt(ByteBuffer.wrap(fields.bytes(2)).getShort());
        Duration keep = Duration.ofSeconds(
                Integer.toUnsignedLong(ByteBuffer.wrap(fields.bytes(4)).getInt()));
        Optional<Long> size = has(flags, SIZE) ? Optional.of(fields.number()) : Optional.empty();
        String id = fields.text();
        String receiver = fields.text();
        String title = fields.text();
        List<String> types = types(fields);
        Optional<String> words = has(flags, WORDS) ? Optional.of(fields.longText()) : Optional.empty();
        Optional<String> askedBy = has(flags, ASKED_BY) ? Optional.of(fields.text()) : Optional.empty();
        Optional<PasswordVerifier> password = has(flags, PASSWORD)
                ? Optional.of(PasswordVerifier.of(fields.bytes(PasswordVerifier.BYTES)))
                : Optional.empty();
        Optional<URI> handOver = has(flags, HAND_OVER) ? Optional.of(URI.create(fields.longText())) : Optional.empty();
        fields.requireEnd();
        return new UploadRequestTerms(
                id,
                receiver,
                title,
                words,
                askedBy,
                expiresAt,
                keep,
                files,
                size,
                types,
                password,
                name(flags),
                has(flags, SEALED),
                handOver);
    }

    private static boolean has(int flags, int flag) {
        return (flags & flag) != 0;
    }

    private static SenderName name(int flags) {
        if (has(flags, NAME_REQUIRED) && has(flags, NAME_NOT_ASKED)) {
            throw new IllegalArgumentException("a name that is not asked for cannot be required");
        }
        if (has(flags, NAME_REQUIRED)) {
            return SenderName.REQUIRED;
        }
        return has(flags, NAME_NOT_ASKED) ? SenderName.NOT_ASKED : SenderName.OPTIONAL;
    }

    private static List<String> types(PackedReader fields) {
        int count = Byte.toUnsignedInt(fields.bytes(1)[0]);
        List<String> types = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            types.add(fields.text());
        }
        return types;
    }
}
