package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.InMemoryUploadStore;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class VitalsTest {

    private static final URI PEER = URI.create("http://app2.lan:8080");

    /** A peer that is gone, or does not respond, must not keep the alert of its last clock. */
    @Test
    void skew_ofPeerNotHeardOfForAnHour_goesAway() {
        AtomicLong now = new AtomicLong(-5);
        try (HostThreads threads = new HostThreads(Optional.of(Runnable::run))) {
            Vitals vitals = new Vitals(InMemoryUploadStore.create(), threads, now::get);
            assertThat(vitals.skewSeconds(PEER)).isNaN();
            vitals.skew(PEER, Duration.ofMillis(90_500));
            assertThat(vitals.skewSeconds(PEER)).isEqualTo(90.5);
            now.addAndGet(Duration.ofHours(1).toNanos());
            assertThat(vitals.skewSeconds(PEER)).isEqualTo(90.5);
            now.incrementAndGet();
            assertThat(vitals.skewSeconds(PEER)).isNaN();
            vitals.skew(PEER, Duration.ZERO);
            assertThat(vitals.skewSeconds(PEER)).isZero();
        }
    }
}
