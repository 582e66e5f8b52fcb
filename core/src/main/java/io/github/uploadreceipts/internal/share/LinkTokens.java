package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ContentKey;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Mints and verifies the tokens of self-contained share links. A token has all that any host needs to serve the upload,
 * so there is no state, and a link cannot be revoked. Its fields are
 *
 * <pre>
 * flags       1 byte: 1 sealed, 2 password, 4 inline, 8 cacheable, 16 subject, 32 note, 64 accepts unfinished uploads
 * downloads   2 bytes, 0 if there is no limit
 * size        8 bytes, of the plain bytes
 * digest      32 bytes, SHA-256 of the plain bytes
 * id          16 bytes
 * locations   1 byte: their number; for each its hour (4 bytes, a time) and its base (a text)
 * type, name  texts
 * sealed      content key and seal id, 48 bytes
 * password    salt and hash, 48 bytes
 * subject     a text
 * note        a text
 * </pre>
 */
public final class LinkTokens {

    private static final int SEALED = 1;
    private static final int PASSWORD = 2;
    private static final int INLINE = 4;
    private static final int CACHEABLE = 8;
    private static final int SUBJECT = 16;
    private static final int NOTE = 32;
    private static final int UNFINISHED = 64;
    private static final int ALL = 127;

    private static final int DIGEST_BYTES = 32;

    private final PackedCodec codec;
    private final Clock clock;

    /** Mints and verifies with the keys of {@code ring}. */
    public LinkTokens(KeyRing ring, Clock clock) {
        this.codec = new PackedCodec(ring, TokenKind.SHARE);
        this.clock = clock;
    }

    /**
     * Returns the token of a link.
     *
     * @throws IllegalStateException if an internal URL or the token would be too long
     */
    public String mint(LinkTerms terms) {
        try {
            return codec.mint(write(terms), clock.instant(), terms.upload().expiresAt());
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("no share link can be made: " + e.getMessage(), e);
        }
    }

    /**
     * Returns what the link with this token says.
     *
     * @throws TokenRefusedException if it is not such a token of this fleet, or has expired
     */
    public LinkTerms verify(String token) throws TokenRefusedException {
        PackedCodec.Verified verified = codec.verify(token, clock.instant(), TokenCodec.LEEWAY);
        try {
            return read(verified.fields(), verified.expiresAt());
        } catch (IllegalArgumentException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }

    static PackedWriter write(LinkTerms terms) {
        UploadReceipt upload = terms.upload();
        PackedWriter fields = new PackedWriter()
                .bytes(new byte[] {(byte) flags(terms)})
                .bytes(ByteBuffer.allocate(10)
                        .putShort((short) terms.downloads())
                        .putLong(upload.size())
                        .array())
                .bytes(upload.digest().toBytes())
                .id(upload.id())
                .bytes(new byte[] {(byte) upload.locations().size()});
        for (Location location : upload.locations()) {
            fields.time(location.hour().start()).text(location.base().toString());
        }
        fields.text(upload.type()).text(upload.name());
        upload.contentKey().ifPresent(key -> fields.bytes(((SealKey) key).bytes()));
        terms.password().ifPresent(verifier -> fields.bytes(verifier.bytes()));
        upload.subject().ifPresent(fields::text);
        terms.note().ifPresent(fields::text);
        return fields;
    }

    private static int flags(LinkTerms terms) {
        return (terms.upload().contentKey().isPresent() ? SEALED : 0)
                | (terms.password().isPresent() ? PASSWORD : 0)
                | (terms.inline() ? INLINE : 0)
                | (terms.cacheable() ? CACHEABLE : 0)
                | (terms.upload().subject().isPresent() ? SUBJECT : 0)
                | (terms.note().isPresent() ? NOTE : 0)
                | (terms.acceptUnfinished() ? UNFINISHED : 0);
    }

    static LinkTerms read(PackedReader fields, Instant expiresAt) {
        int flags = Byte.toUnsignedInt(fields.bytes(1)[0]);
        if ((flags & ~ALL) != 0) {
            throw new IllegalArgumentException("a flag is not known");
        }
        int downloads = Short.toUnsignedInt(ByteBuffer.wrap(fields.bytes(2)).getShort());
        long size = fields.number();
        ContentDigest digest = ContentDigest.of(fields.bytes(DIGEST_BYTES));
        UploadId id = fields.id();
        List<Location> locations = locations(fields, id);
        String type = fields.text();
        String name = fields.text();
        Optional<ContentKey> key = optional(flags, SEALED).map(present -> SealKey.of(fields.bytes(SealKey.BYTES)));
        Optional<PasswordVerifier> password =
                optional(flags, PASSWORD).map(present -> PasswordVerifier.of(fields.bytes(PasswordVerifier.BYTES)));
        Optional<String> subject = optional(flags, SUBJECT).map(present -> fields.text());
        Optional<String> note = optional(flags, NOTE).map(present -> fields.text());
        fields.requireEnd();
        UploadReceipt upload = new UploadReceipt(
                id,
                name,
                type,
                size,
                digest,
                locations,
                subject,
                Instant.EPOCH,
                expiresAt,
                Optional.empty(),
                Optional.empty(),
                key);
        boolean unfinished = (flags & UNFINISHED) != 0;
        return new LinkTerms(
                upload, (flags & INLINE) != 0, (flags & CACHEABLE) != 0, password, downloads, unfinished, note);
    }

    private static Optional<Integer> optional(int flags, int flag) {
        return (flags & flag) == 0 ? Optional.empty() : Optional.of(flag);
    }

    private static List<Location> locations(PackedReader fields, UploadId id) {
        int count = fields.bytes(1)[0];
        List<Location> locations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Instant start = fields.time();
            ExpiryHour hour = new ExpiryHour(start);
            if (!hour.start().equals(start)) {
                throw new IllegalArgumentException("a location's hour is not a whole one");
            }
            locations.add(new Location(URI.create(fields.text()), hour, id));
        }
        return locations;
    }
}
