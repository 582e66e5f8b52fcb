package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Bytes that are kept as they arrive, each of them once: in blocks that are filled, and never copied. */
public final class KeptBytes implements Content {

    private static final int FIRST_BLOCK = 1 << 10;
    private static final int LARGEST_BLOCK = 64 << 10;

    private final MemoryBudget.Share memory;
    private final List<byte[]> blocks = new ArrayList<>();
    private byte[] last = new byte[0];
    private int inLast;
    private long size;

    public KeptBytes(MemoryBudget.Share memory) {
        this.memory = memory;
    }

    /** Keeps more bytes. */
    public void write(byte[] bytes, int offset, int length) throws UploadRefusedException {
        for (int written = 0; written < length; ) {
            if (inLast == last.length) {
                addBlock();
            }
            int fit = Math.min(length - written, last.length - inLast);
            System.arraycopy(bytes, offset + written, last, inLast, fit);
            inLast += fit;
            written += fit;
        }
        size += length;
    }

    private void addBlock() throws UploadRefusedException {
        int length = Math.min(Math.max(FIRST_BLOCK, 2 * last.length), LARGEST_BLOCK);
        memory.hold(length);
        last = new byte[length];
        inLast = 0;
        blocks.add(last);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public InputStream open() throws IOException {
        List<InputStream> streams = new ArrayList<>();
        long left = size;
        for (byte[] block : blocks) {
            streams.add(new ByteArrayInputStream(block, 0, (int) Math.min(left, block.length)));
            left -= block.length;
        }
        return new SequenceInputStream(Collections.enumeration(streams));
    }
}
