package io.github.uploadreceipts.receipt;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The SHA-256 digest of a file, written as in RFC 9530: {@code sha-256=:<base64>:}.
 *
 * <p>Immutable. The same text serves as {@code Repr-Digest} (the whole file) and {@code Content-Digest} (one message).
 */
public final class ContentDigest {

    private static final String PREFIX = "sha-256=:";
    private static final int LENGTH = 32;

    private final byte[] bytes;

    private ContentDigest(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns the digest with these bytes.
     *
     * @param sha256 32 bytes, copied
     * @throws IllegalArgumentException if there are not 32 bytes
     */
    public static ContentDigest of(byte[] sha256) {
        if (sha256.length != LENGTH) {
            throw new IllegalArgumentException("a SHA-256 digest has 32 bytes, not " + sha256.length);
        }
        return new ContentDigest(sha256.clone());
    }

    /**
     * Returns the digest of all the bytes that {@code hash} was given, and resets it.
     *
     * @param hash made by {@link #newHash}
     */
    public static ContentDigest of(MessageDigest hash) {
        return of(hash.digest());
    }

    /** Returns the 32 bytes. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    /** Returns a new SHA-256 computation. */
    public static MessageDigest newHash() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Returns the SHA-256 member of a {@code Repr-Digest} or {@code Content-Digest} field, or empty if there is no
     * well-formed one (RFC 9530, section 2: a dictionary of byte sequences). Members for other algorithms are skipped.
     */
    public static Optional<ContentDigest> parse(String field) {
        for (String member : field.split(",", 16)) {
            String text = member.strip();
            if (text.startsWith(PREFIX) && text.endsWith(":") && text.length() > PREFIX.length()) {
                return decode(text.substring(PREFIX.length(), text.length() - 1));
            }
        }
        return Optional.empty();
    }

    /**
     * Returns the digest that {@code text} spells exactly as {@link #toString} does.
     *
     * @throws IllegalArgumentException if {@code text} is anything else; the message does not quote it
     */
    public static ContentDigest parseCanonical(String text) {
        return parse(text)
                .filter(digest -> digest.toString().equals(text))
                .orElseThrow(() -> new IllegalArgumentException("a digest must be written sha-256=:<base64>:, but this"
                        + " text of " + text.length() + " characters is not"));
    }

    private static Optional<ContentDigest> decode(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            boolean canonical = bytes.length == LENGTH
                    && Base64.getEncoder().encodeToString(bytes).equals(base64);
            return canonical ? Optional.of(new ContentDigest(bytes)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Returns the 64 lower-case hexadecimal digits. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    /** Returns a strong entity tag, including its quotes. The same bytes have the same tag. */
    public String entityTag() {
        return '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + '"';
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ContentDigest that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Returns the field value, {@code sha-256=:<base64>:}. */
    @Override
    public String toString() {
        return PREFIX + Base64.getEncoder().encodeToString(bytes) + ":";
    }
}
