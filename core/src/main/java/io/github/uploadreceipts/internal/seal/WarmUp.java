package io.github.uploadreceipts.internal.seal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Makes the JVM compile its cipher before the first upload needs it. The JDK's AES-GCM has hardly the speed of a disk
 * while it is interpreted, and stays so for the first hundred megabytes if they come in large pieces: what is compiled
 * depends on how often it is called. So this calls it often, with small pieces.
 */
public final class WarmUp {

    private static final int ROUNDS = 80;
    private static final long MOST = TimeUnit.SECONDS.toNanos(1); // a JVM that compiles needs a third of it

    private static final int PIECE = 512;
    private static final int OPENED = 2048;
    private static final int OPENINGS = 8;

    private WarmUp() {}

    /** Runs on the caller's thread, which should be one in the background. */
    public static void run() {
        var unused = run(System::nanoTime);
    }

    /** Returns how many rounds it made. */
    static int run(LongSupplier nanoTime) {
        SealKey key = SealKey.random();
        byte[] small = seal(key, OPENED);
        long start = nanoTime.getAsLong();
        int rounds = 0;
        while (rounds < ROUNDS && nanoTime.getAsLong() - start < MOST) {
            var unused = seal(key, Segments.PLAIN);
            for (int i = 0; i < OPENINGS; i++) {
                open(key, small);
            }
            rounds++;
        }
        return rounds;
    }

    private static byte[] seal(SealKey key, int size) {
        ByteBuffer stored = ByteBuffer.allocate((int) Segments.storedSize(size));
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        Sealer sealer = Sealer.begin(key);
        for (int done = 0; done < size; done += PIECE) {
            sealer.write(piece.clear(), stored::put);
        }
        sealer.finish(stored::put);
        return stored.array();
    }

    private static void open(SealKey key, byte[] stored) {
        try (InputStream in =
                SealedFile.of(key, OPENED, stored.length).open(0, OPENED, new ByteArrayInputStream(stored))) {
            var unused = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
