package io.github.uploadreceipts.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UploadHostTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");

    private final InMemoryUploadStore store = InMemoryUploadStore.create();

    private UploadHost.Builder builder() {
        return UploadHost.builder(TestRings.photos(), store)
                .internalUrl("http://192.0.2.7:8080")
                .clock(Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:8080",
                "http://127.0.0.1",
                "http://127.9.9.9/shop",
                "http://[::1]:8080",
                "http://[::ffff:127.0.0.1]",
                "http://0.0.0.0:8080",
                "http://[::]:8080"
            })
    void internalUrl_loopback_onlyInDevelopmentMode(String url) throws IOException {
        assertThatIllegalStateException()
                .isThrownBy(() -> builder().internalUrl(url).build())
                .withMessageContaining("set the internal URL to a name or address on the LAN");
        UploadHost host = builder().internalUrl(url).developmentMode().build();
        assertThat(host.internalUrl()).hasToString(url);
        assertThat(HostAccess.engine(host).isDevelopmentMode()).isTrue();
        host.close();
    }

    @ParameterizedTest
    @CsvSource({
        "http://no-such-host.invalid, does not resolve; set it to a name that all peers resolve",
        "app1:8080, 'a location is http://host:port'",
        "http://app1/, 'a location is http://host:port'",
        "http://app 1, internal URL 'http://app 1'",
        "http://app_1, have no '_'"
    })
    void internalUrl_wrong(String url, String message) {
        assertThatIllegalStateException()
                .isThrownBy(() -> builder().internalUrl(url).build())
                .withMessageStartingWith("internal URL ")
                .withMessageContaining(message.replace("'a", "a").replace("port'", "port"));
    }

    @Test
    void build_defaults() throws IOException {
        try (UploadHost host = builder().build()) {
            Engine engine = HostAccess.engine(host);
            assertThat(engine.delivery()).isEqualTo(Delivery.direct());
            assertThat(engine.timeToLive()).isEqualTo(Duration.ofHours(24));
            assertThat(engine.isDevelopmentMode()).isFalse();
            assertThat(engine.reaches(Location.parse(
                            "http://192.0.2.7:8080/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw")))
                    .isTrue();
            assertThat(engine.reaches(Location.parse(
                            "http://192.0.2.7:8081/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw")))
                    .isFalse();
        }
        assertThat(store.isClosed()).isTrue();
    }

    /** A verifier caches what it derives from the keys, so the host must not create one per request. */
    @Test
    void receipts_sameVerifierEachTime() throws IOException {
        try (UploadHost host = builder().build()) {
            assertThat(host.receipts()).isSameAs(host.receipts());
            assertThat(HostAccess.engine(host).receipts()).isSameAs(host.receipts());
        }
    }

    @Test
    void resumable_onlyWhereTheStoreKeepsPartialUploads(@TempDir Path directory) throws IOException {
        try (UploadHost host = builder().build()) {
            assertThat(HostAccess.resumable(host)).isEmpty();
        }
        try (UploadHost host = UploadHost.builder(TestRings.photos(), LocalUploadStore.at(directory))
                .internalUrl("http://192.0.2.7:8080")
                .build()) {
            assertThat(HostAccess.resumable(host)).isPresent();
        }
    }

    @Test
    void peers_parsed_withoutThisHost() throws IOException {
        try (UploadHost host = builder()
                .peers("http://192.0.2.8:80", "http://192.0.2.7:8080", "HTTP://APP1.lan")
                .build()) {
            assertThat(HostAccess.engine(host).peers().others()).hasToString("[http://192.0.2.8, http://app1.lan]");
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> builder().peers("app1").build())
                .withMessageStartingWith("internal URL 'app1': ");
    }

    @Test
    void build_shortestAndLongestLife() throws IOException {
        for (Duration life : new Duration[] {Duration.ofMinutes(1), Duration.ofDays(365)}) {
            try (UploadHost host = builder().timeToLive(life).build()) {
                assertThat(HostAccess.engine(host).timeToLive()).isEqualTo(life);
            }
        }
    }

    @Test
    void build_everySettingInOneChain() throws IOException {
        try (UploadHost host = UploadHost.builder(TestRings.photos(), store)
                .fleet("photos")
                .port(8181)
                .contextPath("/shop")
                .delivery(Delivery.xSendfile())
                .developmentMode()
                .build()) {
            assertThat(host.internalUrl().toString()).endsWith(":8181/shop");
            assertThat(HostAccess.engine(host).delivery()).isEqualTo(Delivery.xSendfile());
        }
    }

    @Test
    void build_refusesWhatCannotWork() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().fleet("videos"))
                .withMessage(
                        "the key ring is of the fleet photos, not videos; give this host the key ring of its fleet");
        assertThatCode(() -> builder().fleet("photos")).doesNotThrowAnyException();
        for (Duration life : new Duration[] {Duration.ofSeconds(59), Duration.ofDays(366), Duration.ZERO}) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> builder().timeToLive(life).build())
                    .withMessage("timeToLive is " + life + ", but must be from 1 minute to 365 days");
        }
        KeyRing ended = TestRings.of(TestRings.ring(
                "photos",
                TestRings.SIGNING.replace("}", ",\"exp\":" + NOW.getEpochSecond() + "}"),
                TestRings.ENCRYPTION));
        assertThatIllegalStateException()
                .isThrownBy(() -> UploadHost.builder(ended, store)
                        .internalUrl("http://192.0.2.7")
                        .clock(Clock.fixed(NOW, ZoneOffset.UTC))
                        .build())
                .withMessageContaining("no key with \"use\":\"sig\" is valid now; run 'rotate'");
    }

    @Test
    void close_letsRunningWorkEnd_thenClosesTheStore() throws Exception {
        UploadHost host = builder().build();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        BlockingQueue<Boolean> storeClosedWhenDone = new LinkedBlockingQueue<>();
        HostAccess.engine(host).executor().execute(() -> {
            started.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            storeClosedWhenDone.add(store.isClosed());
        });
        started.await();
        Thread closing = new Thread(() -> {
            try {
                host.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        closing.start();
        while (closing.getState() != Thread.State.TIMED_WAITING && closing.isAlive()) {
            Thread.onSpinWait();
        }
        go.countDown();
        assertThat(storeClosedWhenDone.poll(120, TimeUnit.SECONDS)).isFalse();
        closing.join();
        assertThat(store.isClosed()).isTrue();
    }
}
