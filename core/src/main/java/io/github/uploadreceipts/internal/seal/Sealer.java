package io.github.uploadreceipts.internal.seal;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Seals an upload while it arrives. Every byte goes on to the store at once; only a segment's tag waits for the byte
 * after the segment, or for the end, because it says whether the segment is the last one.
 *
 * <p>A resumable upload is {@linkplain #pause paused} when its bytes so far are to be acknowledged. Who
 * {@linkplain #resume resumes} it reads the unfinished segment, which is then sealed anew under a fresh nonce, with the
 * bytes that follow. A copy of the old one must stay on the disk until the new one is acknowledged.
 *
 * <p>Used by one thread at a time.
 */
public final class Sealer {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final SealKey key;
    private final RandomGenerator random;
    private final SegmentCipher notLast;
    private @Nullable SegmentCipher last;
    private long segment;
    private int filled;
    private boolean begun;
    private boolean canBeLast;
    private boolean ended;
    private long atLeast;

    /**
     * Takes stored bytes, all that remain in the buffer. They are the caller's only during the call.
     *
     * @param <E> how taking them fails
     */
    @FunctionalInterface
    public interface Sink<E extends Exception> {
        void write(ByteBuffer stored) throws E;
    }

    private Sealer(SealKey key, long segment, RandomGenerator random) {
        this.key = key;
        this.segment = segment;
        this.random = random;
        this.notLast = new SegmentCipher(key);
    }

    /** Begins an upload. */
    public static Sealer begin(SealKey key) {
        return new Sealer(key, 0, RANDOM);
    }

    static Sealer begin(SealKey key, RandomGenerator random) {
        return new Sealer(key, 0, random);
    }

    /**
     * Resumes a paused upload.
     *
     * @param size how many plain bytes it has
     * @param unfinished the stored bytes of its {@linkplain Segments#unfinished unfinished segment}
     * @param sink takes stored bytes from there on, beginning with that segment
     * @throws SealBrokenException if it is not the segment that was sealed, or is another, shorter one
     * @throws E if {@code sink} fails
     */
    public static <E extends Exception> Sealer resume(SealKey key, long size, byte[] unfinished, Sink<E> sink)
            throws SealBrokenException, E {
        StoredRange range = Segments.unfinished(size);
        Sealer sealer = new Sealer(key, range.first() / Segments.STORED, RANDOM);
        if (unfinished.length != range.length()) {
            throw new SealBrokenException(
                    "the unfinished segment has " + unfinished.length + " stored bytes, not " + range.length());
        }
        if (unfinished.length > 0) {
            byte[] plain = new byte[unfinished.length - Segments.OVERHEAD];
            sealer.notLast.open(unfinished, unfinished.length, sealer.segment, false, plain);
            sealer.write(ByteBuffer.wrap(plain), sink);
        }
        return sealer;
    }

    /**
     * Announces that the upload will have at least so many bytes. A segment that ends before the last of them is
     * not the upload's last one, and costs half the work.
     */
    public void expect(long bytes) {
        atLeast = Math.max(atLeast, bytes);
    }

    /**
     * Seals all the remaining bytes.
     *
     * @throws E if {@code sink} fails; the upload can then not be continued
     */
    public <E extends Exception> void write(ByteBuffer plain, Sink<E> sink) throws E {
        requireOpen();
        byte[] buffer = Buffers.take();
        try {
            while (plain.hasRemaining()) {
                ByteBuffer stored = ByteBuffer.wrap(buffer);
                if (filled == Segments.PLAIN) {
                    endSegment(notLast, stored);
                }
                beginSegment(stored);
                seal(next(plain), stored);
                sink.write(stored.flip());
            }
        } finally {
            Buffers.giveBack(buffer);
        }
    }

    private void requireOpen() {
        if (ended) {
            throw new IllegalStateException("the upload is finished or paused");
        }
    }

    /** Returns the next bytes that fit into the segment, and moves behind them. */
    private ByteBuffer next(ByteBuffer plain) {
        int count = Math.min(Segments.PLAIN - filled, plain.remaining());
        ByteBuffer part = plain.slice(plain.position(), count);
        plain.position(plain.position() + count);
        return part;
    }

    private void beginSegment(ByteBuffer stored) {
        if (begun) {
            return;
        }
        begun = true;
        canBeLast = Segments.plainOffset(segment + 1) >= atLeast;
        byte[] nonce = new byte[Segments.NONCE];
        random.nextBytes(nonce);
        stored.put(nonce);
        notLast.beginSealing(nonce, segment, false);
        if (canBeLast) {
            last().beginSealing(nonce, segment, true);
        }
    }

    private SegmentCipher last() {
        if (last == null) {
            last = new SegmentCipher(key);
        }
        return last;
    }

    private void seal(ByteBuffer plain, ByteBuffer stored) {
        filled += plain.remaining();
        if (canBeLast) {
            last().seal(plain.duplicate(), stored.duplicate()); // the ciphertext that notLast gives, too
        }
        notLast.seal(plain, stored);
    }

    private void endSegment(SegmentCipher cipher, ByteBuffer stored) {
        cipher.endSealing(stored);
        segment++;
        filled = 0;
        begun = false;
    }

    /**
     * Returns how many plain bytes can be acknowledged while the upload goes on: those in segments before the one that is
     * being sealed. The file, cut back to their {@linkplain Segments#pausedSize stored bytes}, is that of a paused upload.
     */
    public long acknowledgeable() {
        return Segments.plainOffset(segment);
    }

    /**
     * Ends the upload when all its bytes have come.
     *
     * @throws E if {@code sink} fails
     * @throws IllegalStateException if fewer bytes have come than were announced
     */
    public <E extends Exception> void finish(Sink<E> sink) throws E {
        requireOpen();
        if (Segments.plainOffset(segment) + filled < atLeast) {
            throw new IllegalStateException("fewer bytes have come than the " + atLeast + " that were announced");
        }
        end(true, sink);
    }

    /**
     * Ends the unfinished segment, so that the upload can be resumed. Stores nothing for an upload that has no bytes.
     *
     * @throws E if {@code sink} fails
     */
    public <E extends Exception> void pause(Sink<E> sink) throws E {
        requireOpen();
        if (begun) {
            end(false, sink);
        }
        ended = true;
    }

    private <E extends Exception> void end(boolean asLast, Sink<E> sink) throws E {
        ended = true;
        byte[] buffer = Buffers.take();
        try {
            ByteBuffer stored = ByteBuffer.wrap(buffer);
            beginSegment(stored);
            endSegment(asLast ? last() : notLast, stored);
            sink.write(stored.flip());
        } finally {
            Buffers.giveBack(buffer);
        }
    }
}
