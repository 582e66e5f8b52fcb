package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.internal.peer.PeerRelay;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A body as clients send it: in chunks, with pauses, or incomplete. */
public final class ScriptedBody implements PeerRelay.Body {

    private final byte[] content;
    private final Random random;
    private volatile int end;
    private final IOException atEnd;
    private volatile Runnable wake = () -> {};
    private volatile boolean ended;
    private volatile boolean paused;
    private int position;

    /** The number of bytes that were read. */
    public final AtomicLong read = new AtomicLong();

    private ScriptedBody(byte[] content, Random random, int end, IOException atEnd) {
        this.content = content;
        this.random = random;
        this.end = end;
        this.atEnd = atEnd;
    }

    /** Returns a body that has all its bytes at once. */
    public static ScriptedBody of(byte[] content) {
        return new ScriptedBody(content, null, content.length, null);
    }

    /** Returns a body in chunks of random sizes, with pauses between some of them. */
    public static ScriptedBody inChunks(byte[] content, long seed) {
        return new ScriptedBody(content, new Random(seed), content.length, null);
    }

    /** Returns a body that stops at {@code end} and neither continues nor ends. */
    public static ScriptedBody stops(byte[] content, int end) {
        return new ScriptedBody(content, null, end, null);
    }

    /** Returns a body that pauses at {@code end} until {@code resume} completes. */
    public static ScriptedBody pauses(byte[] content, int end, CompletableFuture<?> resume) {
        ScriptedBody body = new ScriptedBody(content, null, end, null);
        var unused = resume.thenRun(() -> {
            body.end = content.length;
            body.wake();
        });
        return body;
    }

    /** Returns a body that fails at {@code end}. */
    public static ScriptedBody breaks(byte[] content, int end, IOException thrown) {
        return new ScriptedBody(content, null, end, thrown);
    }

    @Override
    public void onReadable(Runnable value) {
        wake = value;
    }

    public void wake() {
        wake.run();
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (ended) {
            throw new IllegalStateException("read after the end");
        }
        int most = Math.min(into.remaining(), end - position);
        if (most == 0) {
            return atEnd();
        }
        int count = random == null ? most : 1 + random.nextInt(most);
        if (random != null && !paused && random.nextInt(8) == 0) {
            paused = true;
            LATER.execute(wake);
            return 0;
        }
        paused = false;
        into.put(content, position, count);
        position += count;
        read.addAndGet(count);
        return count;
    }

    private static final Executor LATER =
            CompletableFuture.delayedExecutor(3, TimeUnit.MILLISECONDS, ForkJoinPool.commonPool());

    private int atEnd() throws IOException {
        if (atEnd != null) {
            ended = true;
            throw atEnd;
        }
        if (position < content.length) {
            return 0;
        }
        ended = true;
        return -1;
    }
}
