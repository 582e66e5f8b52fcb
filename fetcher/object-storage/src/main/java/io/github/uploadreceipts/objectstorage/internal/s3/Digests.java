package io.github.uploadreceipts.objectstorage.internal.s3;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] digest(String algorithm, ByteBuffer bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(bytes.duplicate());
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has " + algorithm, e);
        }
    }
}
