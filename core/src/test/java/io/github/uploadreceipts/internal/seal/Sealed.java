package io.github.uploadreceipts.internal.seal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Seals and opens byte arrays, for tests. */
final class Sealed {

    private Sealed() {}

    /** Collects what a sealer gives. */
    static final class Store extends ByteArrayOutputStream {

        void append(ByteBuffer stored) {
            byte[] bytes = new byte[stored.remaining()];
            stored.get(bytes);
            writeBytes(bytes);
        }
    }

    static byte[] plain(int size) {
        byte[] plain = new byte[size];
        new Random(size).nextBytes(plain);
        return plain;
    }

    static byte[] seal(SealKey key, byte[] plain) {
        Store store = new Store();
        Sealer sealer = Sealer.begin(key);
        sealer.write(ByteBuffer.wrap(plain), store::append);
        sealer.finish(store::append);
        return store.toByteArray();
    }

    static byte[] open(SealKey key, int size, byte[] stored) throws IOException {
        return open(key, size, stored, 0, size);
    }

    static byte[] open(SealKey key, int size, byte[] stored, int first, int length) throws IOException {
        SealedFile file = SealedFile.of(key, size, stored.length);
        StoredRange range = file.stored(first, length);
        byte[] part = Arrays.copyOfRange(stored, (int) range.first(), (int) (range.first() + range.length()));
        try (InputStream in = file.open(first, length, new ByteArrayInputStream(part))) {
            return in.readAllBytes();
        }
    }
}
