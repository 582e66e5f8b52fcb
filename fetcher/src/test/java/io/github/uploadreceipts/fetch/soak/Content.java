package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.receipt.ContentDigest;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Random;

/** The bytes of a file, which are made again whenever they are needed. */
record Content(long seed, int size) {

    /** Returns mostly small contents. */
    static Content any(Random random) {
        int most = 1 << (8 + random.nextInt(15)); // up to 4 MiB
        return new Content(random.nextLong(), random.nextInt(most));
    }

    byte[] bytes() {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    byte[] bytes(int from, int to) {
        return Arrays.copyOfRange(bytes(), from, to);
    }

    String digest() {
        return digest(bytes());
    }

    static String digest(byte[]... parts) {
        MessageDigest hash = ContentDigest.newHash();
        for (byte[] part : parts) {
            hash.update(part);
        }
        return ContentDigest.of(hash).hex();
    }
}
