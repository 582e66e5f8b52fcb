package io.github.uploadreceipts.store;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.random.RandomGenerator;

/**
 * The id of an upload: 128 bits, written as 22 characters of base64url. The bits are random or derived from a ticket.
 * They never depend on what a client says.
 */
public final class UploadId {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 16;
    private static final int LENGTH = 22;

    private final String text;

    private UploadId(String text) {
        this.text = text;
    }

    /** Returns a new id that nobody can guess. */
    public static UploadId random() {
        return random(RANDOM);
    }

    static UploadId random(RandomGenerator random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return of(bytes);
    }

    /**
     * Returns the id with these bits.
     *
     * @throws IllegalArgumentException if there are not 16 bytes
     */
    public static UploadId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an upload id has 16 bytes, not " + bytes.length);
        }
        return new UploadId(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /**
     * Returns the id written as {@code text}.
     *
     * @throws IllegalArgumentException if it is not the one canonical form of 128 bits; the message does not quote it
     */
    public static UploadId parse(String text) {
        if (text.length() == LENGTH) {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text)) {
                return new UploadId(text);
            }
        }
        throw new IllegalArgumentException("an upload id must be " + LENGTH
                + " characters of base64url, but this text of " + text.length() + " characters is not");
    }

    /** Returns the 16 bytes. */
    public byte[] toBytes() {
        return Base64.getUrlDecoder().decode(text);
    }

    static boolean isId(String text) {
        try {
            var unused = parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UploadId that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** Returns the 22 characters. */
    @Override
    public String toString() {
        return text;
    }
}
