package io.github.uploadreceipts.internal.share;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * What a password must match: its PBKDF2-HMAC-SHA-256 with 600,000 iterations, and the salt. It exists only inside
 * encrypted tokens and records. Immutable; {@link #toString} shows nothing of it.
 */
public final class PasswordVerifier {

    /** How many bytes the salt and the hash have together. */
    public static final int BYTES = 48;

    /** How many characters a password may have. */
    static final int MAX_CHARACTERS = 1024;

    private static final int SALT_BYTES = 16;
    private static final int ITERATIONS = 600_000;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] bytes;

    private PasswordVerifier(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns the verifier of a new password. Takes 0.2 s of CPU or more.
     *
     * @throws IllegalArgumentException if the password is empty, or has more than 1,024 characters
     */
    public static PasswordVerifier of(String password) {
        if (password.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException("a password has " + password.length() + " characters, but must have at"
                    + " most " + MAX_CHARACTERS);
        }
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        byte[] all = Arrays.copyOf(salt, BYTES);
        System.arraycopy(hash(password, salt), 0, all, SALT_BYTES, BYTES - SALT_BYTES);
        return new PasswordVerifier(all);
    }

    /**
     * Returns the verifier that a token holds.
     *
     * @param bytes the salt, then the hash
     * @throws IllegalArgumentException if there are not {@value #BYTES} bytes
     */
    public static PasswordVerifier of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("salt and hash have " + BYTES + " bytes, not " + bytes.length);
        }
        return new PasswordVerifier(bytes.clone());
    }

    /** Returns the salt, then the hash, for an encrypted token. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Returns whether this is the password. Takes 0.2 s of CPU or more. */
    public boolean matches(String password) {
        byte[] hash = hash(password, Arrays.copyOf(bytes, SALT_BYTES));
        return MessageDigest.isEqual(hash, Arrays.copyOfRange(bytes, SALT_BYTES, BYTES));
    }

    /** Hashes the password in NFC, because keyboards differ in how they compose a letter. */
    private static byte[] hash(String password, byte[] salt) {
        String normal = Normalizer.normalize(password, Normalizer.Form.NFC);
        if (normal.isEmpty()) {
            throw new IllegalArgumentException("a password must not be empty");
        }
        PBEKeySpec spec = new PBEKeySpec(normal.toCharArray(), salt, ITERATIONS, 8 * (BYTES - SALT_BYTES));
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the platform has no PBKDF2: " + e.getMessage(), e);
        } finally {
            spec.clearPassword();
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PasswordVerifier that && MessageDigest.isEqual(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(Arrays.copyOf(bytes, SALT_BYTES)); // of the part that is not secret
    }

    @Override
    public String toString() {
        return "a password verifier";
    }
}
