package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The peers that keep silent, as an unplugged host does: a circuit breaker for each, which everything in this host that
 * asks peers shares. For 30 s after a peer kept a request waiting in vain, other requests to it fail at once. After
 * that, one request may try, and the others still fail at once until it has got its answer.
 *
 * <p>A peer that refuses connections, or responds with an error, is not silent: it keeps nobody waiting.
 *
 * <p>Safe for use by several threads.
 */
public final class SilentPeers {

    private static final Duration MEMORY = Duration.ofSeconds(30);

    private final LongSupplier nanoTime;
    private final Map<URI, Silence> silent = new ConcurrentHashMap<>();

    /**
     * @param how what the peer did, for the log
     * @param until when the next request may try, a {@link System#nanoTime}
     */
    private record Silence(String how, long until) {}

    /** Knows of no silent peer yet. */
    public SilentPeers() {
        this(System::nanoTime);
    }

    SilentPeers(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Checks that it makes sense to ask a peer. The caller asks it next, and reports what came of it: {@link #answered}
     * or {@link #keptSilent}. If it reports nothing, the next request may try after another 30 s.
     *
     * @param peer the peer's internal URL
     * @throws UnreachableException if the peer kept silent lately, or another request is trying now
     */
    public void requireHope(URI peer) throws UnreachableException {
        Silence known = silent.get(peer);
        if (known == null) {
            return;
        }
        boolean due = nanoTime.getAsLong() - known.until() >= 0;
        if (!due || !silent.replace(peer, known, silence(known.how()))) {
            throw new UnreachableException("it kept silent lately (" + known.how() + ")");
        }
    }

    private Silence silence(String how) {
        return new Silence(how, nanoTime.getAsLong() + MEMORY.toNanos());
    }

    /** Records that a peer gave a sign: a response, or a refused connection. */
    public void answered(URI peer) {
        silent.remove(peer);
    }

    /**
     * Records that a peer kept a request waiting in vain.
     *
     * @param how what the peer did, for the log; contains neither a token nor a path
     */
    public void keptSilent(URI peer, String how) {
        silent.put(peer, silence(how));
    }
}
