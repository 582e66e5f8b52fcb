package io.github.uploadreceipts.internal.seal;

import io.github.uploadreceipts.internal.key.Hkdf;
import io.github.uploadreceipts.receipt.ContentKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.random.RandomGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * What opens one sealed upload: its content key (256 bits) and its seal id (128 bits). It exists only inside encrypted
 * tokens. Immutable; {@link #toString} shows nothing of it.
 */
public final class SealKey implements ContentKey {

    /** How many bytes the content key and the seal id have together. */
    public static final int BYTES = 48;

    private static final int CONTENT_KEY_BYTES = 32;
    private static final byte[] PURPOSE = "upload-receipts/seal/1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CHECK_PURPOSE = "upload-receipts/seal-check/1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] JOIN_PURPOSE = "upload-receipts/seal-concat/1".getBytes(StandardCharsets.US_ASCII);
    private static final int CHECK_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] bytes;

    private SealKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns the key of a new upload. */
    public static SealKey random() {
        return random(RANDOM);
    }

    static SealKey random(RandomGenerator random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return new SealKey(bytes);
    }

    /**
     * Returns the key of a concatenation of other uploads. Whoever has their keys gets the same key each time, so that
     * nobody has to keep it.
     *
     * @param keys those of the other uploads, in their order
     * @param context what tells the concatenation from others of the same uploads
     */
    public static SealKey ofConcatenation(List<SealKey> keys, byte[] context) {
        ByteBuffer all = ByteBuffer.allocate(keys.size() * BYTES);
        keys.forEach(key -> all.put(key.bytes));
        byte[] info = Arrays.copyOf(JOIN_PURPOSE, JOIN_PURPOSE.length + context.length);
        System.arraycopy(context, 0, info, JOIN_PURPOSE.length, context.length);
        return new SealKey(Hkdf.sha256(all.array(), new byte[0], info, BYTES));
    }

    /**
     * Returns the key that a token holds.
     *
     * @param bytes the content key, then the seal id
     * @throws IllegalArgumentException if there are not {@value #BYTES} bytes
     */
    public static SealKey of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("content key and seal id have " + BYTES + " bytes, not " + bytes.length);
        }
        return new SealKey(bytes.clone());
    }

    /** Returns the content key, then the seal id, for an encrypted token. */
    public byte[] bytes() {
        return bytes.clone();
    }

    byte[] sealId() {
        return Arrays.copyOfRange(bytes, CONTENT_KEY_BYTES, BYTES);
    }

    /** Returns the key of the cipher, which is derived from both. */
    SecretKey cipherKey() {
        return new SecretKeySpec(derive(PURPOSE, 32), "AES");
    }

    /** Returns a value that tells this key from others and says nothing else about it, so that it may be stored. */
    public String check() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(derive(CHECK_PURPOSE, CHECK_BYTES));
    }

    private byte[] derive(byte[] purpose, int length) {
        byte[] contentKey = Arrays.copyOf(bytes, CONTENT_KEY_BYTES);
        byte[] info = Arrays.copyOf(purpose, purpose.length + BYTES - CONTENT_KEY_BYTES);
        System.arraycopy(bytes, CONTENT_KEY_BYTES, info, purpose.length, BYTES - CONTENT_KEY_BYTES);
        return Hkdf.sha256(contentKey, new byte[0], info, length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SealKey that && MessageDigest.isEqual(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sealId()); // of the part that is not secret
    }

    @Override
    public String toString() {
        return "a seal key";
    }
}
