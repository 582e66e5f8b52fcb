package io.github.uploadreceipts.internal.key;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF with HMAC-SHA-256 (RFC 5869). The JDK has a public one only since version 25. */
public final class Hkdf {

    private static final int HASH_BYTES = 32;
    private static final int MAX_BYTES = 255 * HASH_BYTES;

    private Hkdf() {}

    /**
     * Derives a key.
     *
     * @param ikm the secret to derive from, at least one byte
     * @param salt random and not secret; empty if there is none
     * @param info what the derived key is for; another text gives another key
     * @param length how many bytes to derive, 1 to 8,160
     * @return the derived key; the caller owns it
     */
    public static byte[] sha256(byte[] ikm, byte[] salt, byte[] info, int length) {
        if (ikm.length == 0) {
            throw new IllegalArgumentException("a key cannot be derived from nothing");
        }
        if (length < 1 || length > MAX_BYTES) {
            throw new IllegalArgumentException("HKDF derives 1 to " + MAX_BYTES + " bytes, not " + length);
        }
        byte[] pseudorandomKey =
                hmac(salt.length == 0 ? new byte[HASH_BYTES] : salt).doFinal(ikm);
        return expand(hmac(pseudorandomKey), info, length);
    }

    private static byte[] expand(Mac hmac, byte[] info, int length) {
        byte[] derived = new byte[length];
        byte[] block = new byte[0];
        for (int done = 0; done < length; done += block.length) {
            hmac.update(block);
            hmac.update(info);
            block = hmac.doFinal(new byte[] {(byte) (done / HASH_BYTES + 1)});
            System.arraycopy(block, 0, derived, done, Math.min(block.length, length - done));
        }
        Arrays.fill(block, (byte) 0);
        return derived;
    }

    private static Mac hmac(byte[] key) {
        try {
            Mac hmac = Mac.getInstance("HmacSHA256");
            hmac.init(new SecretKeySpec(key, "HmacSHA256"));
            return hmac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
