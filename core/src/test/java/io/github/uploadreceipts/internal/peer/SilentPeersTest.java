package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SilentPeersTest {

    private static final URI PEER = URI.create("http://app2.lan:8080");
    private static final URI OTHER = URI.create("http://app3.lan:8080");

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // nanoTime may overflow
    private final SilentPeers peers = new SilentPeers(now::get);

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private boolean mayAsk(URI peer) {
        try {
            peers.requireHope(peer);
            return true;
        } catch (UnreachableException e) {
            return false;
        }
    }

    @Test
    void requireHope_silentPeer_failsFor30sAndSaysWhy() throws Exception {
        peers.requireHope(PEER);
        peers.keptSilent(PEER, "connecting took too long");

        assertThat(mayAsk(OTHER)).isTrue();
        pass(Duration.ofMillis(29_999));
        assertThatExceptionOfType(UnreachableException.class)
                .isThrownBy(() -> peers.requireHope(PEER))
                .withMessage("it kept silent lately (connecting took too long)");
        pass(Duration.ofMillis(1));
        peers.requireHope(PEER);
    }

    @Test
    void requireHope_after30s_oneOfManyTries() {
        peers.keptSilent(PEER, "x");
        pass(Duration.ofSeconds(30));
        AtomicInteger trying = new AtomicInteger();
        IntStream.range(0, 1000).parallel().filter(i -> mayAsk(PEER)).forEach(i -> trying.incrementAndGet());
        assertThat(trying).hasValue(1);

        peers.keptSilent(PEER, "x");
        assertThat(mayAsk(PEER)).isFalse();
        pass(Duration.ofSeconds(30));
        assertThat(mayAsk(PEER)).isTrue();
        assertThat(mayAsk(PEER)).isFalse();
        peers.answered(PEER);
        assertThat(mayAsk(PEER)).isTrue();
        assertThat(mayAsk(PEER)).isTrue();
    }

    @Test
    void requireHope_whoTriedNeverReports_anotherTriesAfter30s() {
        peers.keptSilent(PEER, "x");
        pass(Duration.ofSeconds(30));
        assertThat(mayAsk(PEER)).isTrue();
        pass(Duration.ofSeconds(29));
        assertThat(mayAsk(PEER)).isFalse();
        pass(Duration.ofSeconds(1));
        assertThat(mayAsk(PEER)).isTrue();
    }
}
