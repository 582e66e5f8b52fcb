package io.github.uploadreceipts.internal.seal;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/** AES-256-GCM over one segment at a time. Used by one thread at a time. */
final class SegmentCipher {

    private static final byte VERSION = 1;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Cipher cipher;
    private final SecretKey key;
    private final byte[] sealId;

    SegmentCipher(SealKey key) {
        this.key = key.cipherKey();
        this.sealId = key.sealId();
        try {
            this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    private static IllegalStateException impossible(GeneralSecurityException e) {
        return new IllegalStateException("the platform cannot encrypt with AES-256-GCM", e);
    }

    /** Begins to seal a segment. A nonce must not be used for two segments. */
    void beginSealing(byte[] nonce, long segment, boolean last) {
        begin(Cipher.ENCRYPT_MODE, new GCMParameterSpec(Segments.TAG * Byte.SIZE, nonce), segment, last);
    }

    private void begin(int mode, GCMParameterSpec parameters, long segment, boolean last) {
        try {
            cipher.init(mode, key, parameters);
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
        cipher.updateAAD(ByteBuffer.allocate(1 + sealId.length + Long.BYTES + 1)
                .put(VERSION)
                .put(sealId)
                .putLong(segment)
                .put((byte) (last ? 1 : 0))
                .flip());
    }

    /** Takes all the remaining plain bytes of a segment's part, and gives what it can of the ciphertext. */
    void seal(ByteBuffer plain, ByteBuffer stored) {
        try {
            cipher.update(plain, stored);
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    /** Gives the rest of the ciphertext, and the tag. */
    void endSealing(ByteBuffer stored) {
        try {
            cipher.doFinal(NOTHING.duplicate(), stored);
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    /**
     * Opens a segment.
     *
     * @param stored the whole segment as it is stored
     * @param length how many bytes that is
     * @param plain gets the plain bytes, {@link Segments#OVERHEAD} fewer
     * @throws SealBrokenException if it is not the segment that was sealed; {@code plain} then has none of its bytes
     */
    void open(byte[] stored, int length, long segment, boolean last, byte[] plain) throws SealBrokenException {
        begin(
                Cipher.DECRYPT_MODE,
                new GCMParameterSpec(Segments.TAG * Byte.SIZE, stored, 0, Segments.NONCE),
                segment,
                last);
        try {
            cipher.doFinal(stored, Segments.NONCE, length - Segments.NONCE, plain, 0);
        } catch (AEADBadTagException e) {
            throw new SealBrokenException("segment " + segment + " is not the one that was sealed");
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }
}
