package io.github.uploadreceipts.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Place;
import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.RawBody;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the meters say, that reading them waits for nothing, and that the page about them is right. */
class UploadMetricsTest {

    private static final Path PAGE = Path.of("docs/metrics.md");
    private static final String WRITE = "upload-receipts-test.write-docs";
    private static final String COMMAND = "mvn test -pl servlet-adapter -am -Dtest=UploadMetricsTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -D" + WRITE + "=true";
    private static final URI PEER = URI.create("http://app2.lan:8080");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CountDownLatch hanging = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean hangs;
    private final UploadHost host = UploadHost.builder(
                    KeyRing.generate("photos"), watched(InMemoryUploadStore.create()))
            .internalUrl("http://app1.lan:8080")
            .peers("http://app1.lan:8080", PEER.toString())
            .developmentMode()
            .build();
    private final Engine engine = HostAccess.engine(host);

    /** Returns a store that counts what is asked of it, and may hang when it is asked for its free space. */
    private UploadStore watched(UploadStore store) {
        return (UploadStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {UploadStore.class}, (proxy, method, arguments) -> {
                    asked.incrementAndGet();
                    if (hangs && method.getName().equals("freeSpace")) {
                        hanging.await();
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @AfterEach
    void close() throws IOException {
        hanging.countDown();
        host.close();
    }

    private void tellOfEverything() throws Exception {
        UploadId id = UploadId.random();
        UploadReceipt receipt = receipt();
        engine.tell(new UploadEvent.Received(id, 3, Duration.ofMillis(20), Way.FINAL_REQUEST));
        engine.tell(new UploadEvent.Refused(Problem.of(ProblemType.FILE_TOO_LARGE), Place.UPLOAD, Optional.empty()));
        engine.tell(new UploadEvent.Fetched(receipt, Optional.of(PEER), Duration.ofMillis(30)));
        engine.tell(new UploadEvent.Fetched(receipt, Optional.empty(), Duration.ofMillis(3)));
        engine.tell(new UploadEvent.Relayed(Optional.of(id), PEER, Duration.ofMillis(40)));
        engine.tell(new UploadEvent.Claimed(id, Claim.of("order-1")));
        engine.tell(new UploadEvent.LinkUsed(id, true));
        engine.tell(new UploadEvent.HandedOver(id, "scanner", Verdict.Status.WAITING));
        engine.tell(new UploadEvent.HandOverFailed(id, "scanner", 1));
        engine.tell(new UploadEvent.HandOverExpired(id, "scanner"));
    }

    private UploadReceipt receipt() throws Exception {
        Admission admission = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        try (var upload = engine.receive(admission, 0, "a", null)) {
            upload.force();
            return upload.publish().receipt();
        }
    }

    @Test
    void meters_sayWhatHappened() throws Exception {
        UploadMetrics.of(host).bindTo(registry);
        tellOfEverything();
        assertThat(registry.get("upload.received")
                        .tag("way", "final-request")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(20);
        assertThat(registry.get("upload.bytes").summary().totalAmount()).isEqualTo(3);
        assertThat(registry.get("upload.refused")
                        .tags("reason", "file-too-large", "place", "upload")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("upload.fetch")
                        .tag("peer", "app2.lan:8080")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(30);
        assertThat(registry.get("upload.fetch").tag("peer", "none").timer().count())
                .isEqualTo(1);
        assertThat(registry.get("upload.relay")
                        .tag("peer", "app2.lan:8080")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("upload.claim").counter().count()).isEqualTo(1);
        assertThat(registry.get("upload.link.download")
                        .tag("source", "own")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("upload.clock.skew")
                        .tag("peer", "app2.lan:8080")
                        .gauge()
                        .value())
                .isNaN();
        assertThat(registry.get("upload.store.purge.lag").gauge().value()).isBetween(0.0, 600.0);
        while (Double.isNaN(registry.get("upload.store.free").gauge().value())) { // read on another thread
            Thread.onSpinWait();
        }
        assertThat(registry.get("upload.store.free").gauge().value()).isEqualTo(Long.MAX_VALUE);
    }

    /** The disk hangs, and an upload that begins holds the lock on its space. */
    @Test
    void scrape_whileManyUploadsAreInFlight_waitsForNothing() throws Exception {
        int uploads = 10_000;
        List<Reception> receptions = new ArrayList<>();
        UploadLimits limits =
                UploadLimits.builder().perAddress(uploads, Long.MAX_VALUE).build();
        Admission admission = Admission.of(UploadPermit.anyone(limits));
        InFlight inFlight = new InFlight();
        for (int i = 0; i < uploads; i++) {
            Reception reception = new Reception(engine, Way.RAW, admission, inFlight.enter(admission, "127.0.0.1"));
            new RawBody(reception, "a", "a/b", 100).push(new byte[1], 0, 1);
            receptions.add(reception);
        }
        hangs = true;
        Thread beginning = new Thread(() -> {
            try {
                engine.requireOpen(limits, 1);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        beginning.start();
        while (beginning.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        UploadMetrics.of(host).bindTo(registry);
        int before = asked.get();
        double total = assertTimeoutPreemptively(Duration.ofMinutes(1), () -> {
            double sum = 0;
            for (int i = 0; i < 100; i++) {
                for (Meter meter : registry.getMeters()) {
                    for (Measurement measurement : meter.measure()) {
                        sum += measurement.getValue() >= uploads ? measurement.getValue() : 0;
                    }
                }
            }
            return sum;
        });
        assertThat(total).as("all uploads, in each scrape").isEqualTo(100.0 * uploads);
        assertThat(asked.get() - before)
                .as("questions to the store, of the one reading")
                .isLessThanOrEqualTo(1);
        assertThat(registry.get("upload.store.free").gauge().value()).isNaN();

        hanging.countDown();
        beginning.join();
        receptions.forEach(Reception::abandon);
        receptions.forEach(Reception::abandon);
        assertThat(registry.get("upload.in.flight").gauge().value()).isZero();
    }

    @Test
    void page_isWhatIsRegistered() throws Exception {
        UploadMetrics.of(host).bindTo(registry);
        tellOfEverything();
        if (Boolean.getBoolean(WRITE)) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page(), UTF_8);
        }
        assertThat(Files.exists(PAGE) ? Files.readString(PAGE, UTF_8) : "")
                .as("%s differs from the meters of UploadMetrics; generate it again: %s", PAGE, COMMAND)
                .isEqualTo(page());
    }

    private String page() {
        return """
                # Metrics

                <!-- Generated from the meters of UploadMetrics. To write it anew: %s -->

                For Micrometer: `UploadMetrics.of(host).bindTo(registry)`. With the Spring Boot starter the meters are there as
                soon as the application has a `MeterRegistry`. Monitoring systems have their own spelling: Prometheus says
                `upload_received_seconds_count`, `upload_bytes_sum` and `upload_store_free_bytes`.

                | name | type | tags | unit | meaning |
                |---|---|---|---|---|
                %s
                | tag | values |
                |---|---|
                | `way` | %s |
                | `place` | %s |
                | `source` | `own`, `peer` |
                | `result` | `done`, `waiting`, `refused`, `failed`, `expired` |
                | `party` | the name of a [party](hand-over.md#parties) |
                | `reason` | a [problem type](../../core/docs/problems.md) |
                | `peer` | host and port of a peer's internal URL |

                No tag has a value that a client chooses. Reading the meters waits neither for a disk nor for a lock, and looks
                at no upload. What fails is counted where it is refused: a fetch that fails is in `upload.refused` if the
                application lets its `FetchException` through to `ReceiptsFilter`. The same facts, one by one and with the ids of
                uploads, are told to an `UploadListener`, and recorded by Java Flight Recorder.
                """.formatted(
                        COMMAND,
                        registry.getMeters().stream()
                                .map(Meter::getId)
                                .sorted(Comparator.comparing(Meter.Id::getName))
                                .map(UploadMetricsTest::row)
                                .distinct()
                                .collect(Collectors.joining()),
                        values(Way.values()),
                        values(Place.values()));
    }

    private static String row(Meter.Id id) {
        return "| `%s` | %s | %s | %s | %s |\n"
                .formatted(
                        id.getName(),
                        id.getType().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        id.getTags().stream()
                                .map(Tag::getKey)
                                .map(key -> "`" + key + "`")
                                .collect(Collectors.joining(", ")),
                        Optional.ofNullable(id.getBaseUnit()).orElse(""),
                        id.getDescription());
    }

    private static String values(Enum<?>... constants) {
        return List.of(constants).stream()
                .map(constant -> "`" + constant.name().toLowerCase(Locale.ROOT).replace('_', '-') + "`")
                .collect(Collectors.joining(", "));
    }
}
