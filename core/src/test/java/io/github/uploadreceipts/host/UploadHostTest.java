package io.github.uploadreceipts.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.internal.engine.FakeStore;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UploadHostTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");

    private final FakeStore store = new FakeStore();

    private UploadHost.Builder builder() {
        return UploadHost.builder(TestRings.photos(), store)
                .location("http://192.0.2.7:8080")
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
    void location_loopback_onlyInDevelopmentMode(String location) throws IOException {
        assertThatIllegalStateException()
                .isThrownBy(() -> builder().location(location).build())
                .withMessageContaining("set the location to a name or address on the LAN");
        UploadHost host = builder().location(location).developmentMode().build();
        assertThat(host.base()).hasToString(location);
        assertThat(host.isDevelopmentMode()).isTrue();
        host.close();
    }

    @ParameterizedTest
    @CsvSource({
        "http://no-such-host.invalid, does not resolve; set it to a name that all peers resolve",
        "app1:8080, 'a location is http://host:port'",
        "http://app1/, 'a location is http://host:port'",
        "http://app 1, location 'http://app 1'",
        "http://app_1, have no '_'"
    })
    void location_wrong(String location, String message) {
        assertThatIllegalStateException()
                .isThrownBy(() -> builder().location(location).build())
                .withMessageStartingWith("location ")
                .withMessageContaining(message.replace("'a", "a").replace("port'", "port"));
    }

    @Test
    void build_defaults() throws IOException {
        try (UploadHost host = builder().build()) {
            assertThat(host.delivery()).isEqualTo(Delivery.direct());
            assertThat(host.timeToLive()).isEqualTo(Duration.ofHours(24));
            assertThat(host.isDevelopmentMode()).isFalse();
            assertThat(host.owns(Location.parse(
                            "http://192.0.2.7:8080/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw")))
                    .isTrue();
            assertThat(host.owns(Location.parse(
                            "http://192.0.2.7:8081/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw")))
                    .isFalse();
        }
        assertThat(store.closed).isTrue();
    }

    @Test
    void build_shortestAndLongestLife() throws IOException {
        for (Duration life : new Duration[] {Duration.ofMinutes(1), Duration.ofDays(365)}) {
            try (UploadHost host = builder().timeToLive(life).build()) {
                assertThat(host.timeToLive()).isEqualTo(life);
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
            assertThat(host.base().toString()).endsWith(":8181/shop");
            assertThat(host.delivery()).isEqualTo(Delivery.xSendfile());
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
                    .withMessage("timeToLive must be from 1 minute to 365 days");
        }
        KeyRing ended = TestRings.of(TestRings.ring(
                "photos",
                TestRings.SIGNING.replace("}", ",\"exp\":" + NOW.getEpochSecond() + "}"),
                TestRings.ENCRYPTION));
        assertThatIllegalStateException()
                .isThrownBy(() -> UploadHost.builder(ended, store)
                        .location("http://192.0.2.7")
                        .clock(Clock.fixed(NOW, ZoneOffset.UTC))
                        .build())
                .withMessageContaining("no key for sig is in its time; run 'rotate'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "stored", "/stored", "stored/", "//", "/a//b/", "/../", "/a b/", "/a%2f/"})
    void delivery_prefix(String prefix) {
        assertThatIllegalArgumentException().isThrownBy(() -> Delivery.xAccelRedirect(prefix));
        assertThat(Delivery.xAccelRedirect("/a/b_c-1/").prefix()).isEqualTo("/a/b_c-1/");
        assertThatIllegalArgumentException().isThrownBy(() -> new Delivery(Delivery.Method.DIRECT, "/a/"));
    }

    @Test
    void limits_everyOneLetsSomethingThrough() {
        UploadLimits defaults = UploadLimits.defaults();
        assertThat(defaults.maxFileSize()).isEqualTo(2L << 30);
        assertThat(defaults.idleTimeout()).isEqualTo(Duration.ofSeconds(20));
        for (UploadLimits.Builder wrong : new UploadLimits.Builder[] {
            UploadLimits.builder().maxFileSize(0),
            UploadLimits.builder().maxRequestSize(-1),
            UploadLimits.builder().maxFiles(0),
            UploadLimits.builder().maxFieldBytes(0),
            UploadLimits.builder().perSubject(0, 1),
            UploadLimits.builder().perSubject(1, 0),
            UploadLimits.builder().perAddress(0, 1),
            UploadLimits.builder().perAddress(1, 0),
            UploadLimits.builder().freeSpaceFloor(-1),
            UploadLimits.builder().idleTimeout(Duration.ZERO),
            UploadLimits.builder().minBytesPerSecond(-1),
            UploadLimits.builder().deadline(Duration.ZERO)
        }) {
            assertThatIllegalArgumentException().isThrownBy(wrong::build).withMessageEndingWith(" must be greater");
        }
        assertThatCode(() -> UploadLimits.builder()
                        .freeSpaceFloor(0)
                        .minBytesPerSecond(0)
                        .build())
                .doesNotThrowAnyException();
    }

    @Test
    void purge_runsAtOnce_andTellsTheListener() throws Exception {
        BlockingQueue<Integer> purged = new LinkedBlockingQueue<>();
        UploadListener listener = new UploadListener() {
            @Override
            public void purged(int hours) {
                purged.add(hours);
            }
        };
        UploadHost host = builder().listener(listener).build();
        assertThat(store.purges.take()).isEqualTo(NOW);
        assertThat(purged.take()).isEqualTo(3);
        host.close();
        assertThat(host.scheduler().isShutdown()).isTrue();
    }

    private static void awaitFirstRun(UploadHost host) {
        ScheduledThreadPoolExecutor timer = (ScheduledThreadPoolExecutor) host.scheduler();
        while (timer.getCompletedTaskCount() == 0 || timer.getActiveCount() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void purge_afterEveryKindOfFailure_staysScheduled() throws Exception {
        UploadListener throwing = new UploadListener() {
            @Override
            public void purged(int hours) {
                throw new IllegalStateException("the listener's own trouble");
            }
        };
        UploadHost.Builder[] builders = {
            builder().listener(throwing).executor(Runnable::run),
            builder().executor(Runnable::run),
            builder().executor(task -> {
                throw new RejectedExecutionException("full");
            })
        };
        for (UploadHost.Builder each : builders) {
            store.failing = each == builders[1] ? "purge" : "";
            UploadHost host = each.build();
            awaitFirstRun(host);
            assertThat(((ScheduledThreadPoolExecutor) host.scheduler()).getQueue())
                    .as("the next purge")
                    .hasSize(1);
            host.close();
        }
    }

    @Test
    void tell_listenerThrows_isHarmless() throws IOException {
        try (UploadHost host = builder().build()) {
            assertThatCode(() -> host.tell(events -> {
                        throw new IllegalStateException("the listener's own trouble");
                    }))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void close_letsRunningWorkEnd_thenClosesTheStore() throws Exception {
        UploadHost host = builder().build();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        BlockingQueue<Boolean> storeClosedWhenDone = new LinkedBlockingQueue<>();
        host.executor().execute(() -> {
            started.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            storeClosedWhenDone.add(store.closed);
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
        assertThat(storeClosedWhenDone.poll(5, TimeUnit.SECONDS)).isFalse();
        closing.join();
        assertThat(store.closed).isTrue();
    }
}
