package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * What the URL of a short share link says: the base64url text, without padding, of
 *
 * <pre>
 * owner    8 bytes, the label of the host that keeps the upload, see {@link LinkHosts}
 * hour     4 bytes of seconds since 1970
 * id       16 bytes
 * key      16 bytes, random
 * </pre>
 *
 * <p>Immutable; {@link #toString} shows nothing but the upload's id.
 */
final class ShortLink {

    /** How many characters the text has. No token of a self-contained link is so short. */
    static final int LENGTH = 59;

    private static final int BYTES = 44;
    private static final int KEY_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final long owner;
    private final ExpiryHour hour;
    private final UploadId id;
    private final byte[] key;

    private ShortLink(long owner, ExpiryHour hour, UploadId id, byte[] key) {
        this.owner = owner;
        this.hour = hour;
        this.id = id;
        this.key = key;
    }

    /** Returns a new link. */
    static ShortLink create(long owner, ExpiryHour hour, UploadId id) {
        byte[] key = new byte[KEY_BYTES];
        RANDOM.nextBytes(key);
        return new ShortLink(owner, hour, id, key);
    }

    /** Returns the link with this text; empty if it is not exactly the text of one. */
    static Optional<ShortLink> parse(String text) {
        if (text.length() != LENGTH) {
            return Optional.empty();
        }
        try {
            ShortLink link = read(ByteBuffer.wrap(Base64.getUrlDecoder().decode(text)));
            return Optional.of(link).filter(read -> read.text().equals(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** @throws IllegalArgumentException if these are not the bytes of a link */
    static ShortLink read(PackedReader fields) {
        byte[] bytes = fields.bytes(BYTES);
        ShortLink link = read(ByteBuffer.wrap(bytes));
        if (!Arrays.equals(link.bytes(), bytes)) {
            throw new IllegalArgumentException("the hour is not a whole one");
        }
        return link;
    }

    private static ShortLink read(ByteBuffer in) {
        long owner = in.getLong();
        ExpiryHour hour = new ExpiryHour(Instant.ofEpochSecond(Integer.toUnsignedLong(in.getInt())));
        byte[] id = new byte[16];
        byte[] key = new byte[KEY_BYTES];
        in.get(id).get(key);
        return new ShortLink(owner, hour, UploadId.of(id), key);
    }

    void writeTo(PackedWriter fields) {
        fields.bytes(bytes());
    }

    private byte[] bytes() {
        return ByteBuffer.allocate(BYTES)
                .putLong(owner)
                .putInt((int) hour.start().getEpochSecond())
                .put(id.toBytes())
                .put(key)
                .array();
    }

    /** Returns the last segment of the URL's path. */
    String text() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes());
    }

    /** Returns the label of the host that keeps the upload. */
    long owner() {
        return owner;
    }

    ExpiryHour hour() {
        return hour;
    }

    UploadId id() {
        return id;
    }

    byte[] key() {
        return key.clone();
    }

    /** Returns the name of the link's record, from which the key cannot be learnt. */
    String name() {
        return UploadId.of(Arrays.copyOf(ContentDigest.newHash().digest(key), KEY_BYTES))
                .toString();
    }

    @Override
    public String toString() {
        return "a short link to " + id;
    }
}
