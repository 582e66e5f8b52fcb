package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.internal.Loggers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;

/**
 * Names in the log the peers that do not accept this host's tokens. Such a peer usually accepts nobody's, and does not
 * know: only those who ask it do. Each is named once a minute.
 */
final class RefusingPeers {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);
    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();

    private final Map<HttpHost, Long> named = new ConcurrentHashMap<>();

    void note(HttpHost peer, int status) {
        if (status != 401) {
            return;
        }
        long now = System.nanoTime();
        Long last = named.get(peer);
        if ((last == null || now - last > QUIET_NANOS) && set(peer, last, now)) {
            LOG.log(
                    Level.WARNING,
                    "{0} refuses what this host asks (401): its key ring, its clock or its internal URL is not what"
                            + " this host expects, as its own log says; or a server before it wants a password",
                    peer.toHostString());
        }
    }

    private boolean set(HttpHost peer, @Nullable Long last, long now) {
        return last == null ? named.putIfAbsent(peer, now) == null : named.replace(peer, last, now);
    }
}
