package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.receipt.ContentDigest;
import java.util.HexFormat;
import java.util.Random;

/** Content for uploads. */
final class Bytes {

    private Bytes() {}

    static byte[] random(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(ContentDigest.newHash().digest(bytes));
    }
}
