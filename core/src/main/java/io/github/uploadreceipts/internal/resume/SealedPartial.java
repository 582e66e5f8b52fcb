package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.internal.resume.PartialStore.Snapshot;
import io.github.uploadreceipts.internal.seal.SealBrokenException;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.seal.SealedFile;
import io.github.uploadreceipts.internal.seal.Sealer;
import io.github.uploadreceipts.internal.seal.Segments;
import io.github.uploadreceipts.internal.seal.StoredRange;
import io.github.uploadreceipts.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An upload that is sealed while it arrives. The store keeps and counts sealed bytes only; everybody else counts the
 * plain ones.
 *
 * <p>The first bytes of a request seal the unfinished segment anew, together with them. Its store keeps a copy of the
 * segment until more bytes are acknowledged.
 */
final class SealedPartial extends OpenPartial {

    private final SealKey key;
    private @Nullable Sealer sealer;
    private long size;
    private long atLeast;
    private volatile boolean finished;

    /** @throws StoreException.Failed if no sealed upload has as many bytes as are stored */
    SealedPartial(Partial stored, SealKey key) throws StoreException {
        super(stored);
        this.key = key;
        this.size = plain(stored.snapshot()).acknowledged();
    }

    /** Returns a snapshot that counts plain bytes. */
    static Snapshot plain(Snapshot stored) throws StoreException {
        long size = Segments.plainSoFar(stored.acknowledged())
                .orElseThrow(() -> new StoreException.Failed(
                        stored.acknowledged() + " bytes are acknowledged, which no sealed upload has", null));
        return new Snapshot(size, stored.state());
    }

    @Override
    Snapshot snapshot() {
        Snapshot known = super.snapshot();
        return new Snapshot(Segments.plainSoFar(known.acknowledged()).orElseThrow(), known.state());
    }

    @Override
    int read(ByteBuffer into, long position) throws StoreException {
        long known = snapshot().acknowledged();
        int count = (int) Math.min(into.remaining(), known - position);
        if (count <= 0) {
            return -1;
        }
        try {
            SealedFile file = SealedFile.paused(key, known, Segments.pausedSize(known));
            byte[] sealed = read(file.stored(position, count), Segments.unfinished(known));
            try (InputStream in = file.open(position, count, new ByteArrayInputStream(sealed))) {
                into.put(in.readNBytes(count));
            }
            return count;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Reads whole segments. If the unfinished one is among them, it is the last of them. */
    private byte[] read(StoredRange range, StoredRange unfinished) throws StoreException {
        ByteBuffer sealed = ByteBuffer.allocate((int) range.length());
        boolean toTheEnd = range.first() + range.length() > unfinished.first();
        sealed.limit((int) (toTheEnd ? unfinished.first() - range.first() : range.length()));
        while (sealed.hasRemaining()) {
            if (stored.read(sealed, range.first() + sealed.position()) < 0) {
                throw new StoreException.Failed("acknowledged bytes are lost", null);
            }
        }
        return toTheEnd
                ? sealed.limit(sealed.capacity())
                        .put(stored.tail(unfinished.first()))
                        .array()
                : sealed.array();
    }

    private static StoreException failed(IOException e) {
        return e instanceof StoreException known
                ? known
                : new StoreException.Failed("the stored bytes are not those that were sealed: " + e.getMessage(), e);
    }

    @Override
    void expect(long bytes) {
        atLeast = bytes;
        if (sealer != null) {
            sealer.expect(bytes);
        }
    }

    @Override
    public void write(ByteBuffer bytes) throws StoreException {
        int count = bytes.remaining();
        if (count > 0) {
            sealer().write(bytes, stored::write);
            size += count;
        }
    }

    private Sealer sealer() throws StoreException {
        if (sealer == null) {
            sealer = size == 0 ? Sealer.begin(key) : resume();
            sealer.expect(atLeast);
        }
        return sealer;
    }

    private Sealer resume() throws StoreException {
        byte[] unfinished = stored.rewrite(Segments.unfinished(size).first());
        try {
            return Sealer.resume(key, size, unfinished, stored::write);
        } catch (SealBrokenException e) {
            throw failed(e);
        }
    }

    /** Returns how many bytes are in whole segments: the others are sealed anew when the upload is resumed. */
    @Override
    long acknowledgeable(long all) {
        return sealer == null ? all : sealer.acknowledgeable();
    }

    @Override
    void end(boolean last) throws StoreException {
        if (last) {
            sealer().finish(stored::write);
            finished = true;
        } else if (sealer != null) {
            sealer.pause(stored::write);
        }
    }

    /** The bytes of a complete upload are acknowledged by {@link #complete}: they cannot be resumed. */
    @Override
    void acknowledge(long count) throws StoreException {
        if (!finished) {
            stored.acknowledge(Segments.pausedSize(count));
        }
    }

    @Override
    public void force() throws StoreException {
        acknowledge(size);
    }

    @Override
    void complete(String state) throws StoreException {
        stored.replaceState(Segments.storedSize(size), state);
    }
}
