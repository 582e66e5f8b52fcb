package io.github.uploadreceipts.objectstorage.internal.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/** The digests that S3 speaks of. */
final class Digests {

    private Digests() {}

    static byte[] sha256(ByteBuffer bytes) {
        return digest("SHA-256", bytes);
    }

    static byte[] md5(ByteBuffer bytes) {
        return digest("MD5", bytes);
    }

    /** Reads a stream to its end. */
    static String base64Sha256(InputStream in) throws IOException {
        MessageDigest digest = of("SHA-256");
        byte[] some = new byte[16 * 1024];
        for (int count = in.read(some); count >= 0; count = in.read(some)) {
            digest.update(some, 0, count);
        }
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] digest(String algorithm, ByteBuffer bytes) {
        MessageDigest digest = of(algorithm);
        digest.update(bytes.duplicate());
        return digest.digest();
    }

    private static MessageDigest of(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no " + algorithm, e);
        }
    }
}
