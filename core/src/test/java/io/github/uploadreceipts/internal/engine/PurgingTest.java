package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRules;
import io.github.uploadreceipts.internal.peer.Peers;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore.Step;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PurgingTest {

    private static final Instant START = Instant.parse("2026-11-21T09:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration TWO_DAYS = Duration.ofDays(2);

    private final InMemoryUploadStore store = InMemoryUploadStore.create();
    private final List<Integer> purged = new ArrayList<>();
    private final List<HostThreads> started = new ArrayList<>();
    private Instant time = START;
    private long nanos = -5; // a nanoTime may have any value
    private Optional<Instant> peersTime = Optional.empty();
    private Executor executor = Runnable::run;

    private final Clock clock = new Clock() {
        @Override
        public Instant instant() {
            return time;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    };

    @BeforeEach
    void publishWhatHasExpired() throws IOException {
        UploadId id = UploadId.random();
        ExpiryHour hour = ExpiryHour.of(START.minusSeconds(7200));
        try (UploadStore.Incoming incoming = store.create(id, hour)) {
            incoming.write(ByteBuffer.wrap(new byte[1]));
            incoming.publish(hour);
        }
    }

    @AfterEach
    void stop() {
        started.forEach(HostThreads::close);
    }

    private Purging purging() {
        HostThreads threads = new HostThreads(Optional.of(task -> executor.execute(task)));
        started.add(threads);
        Peers peers = new Peers(
                TestRings.photos(),
                clock,
                OwnUrls.of(URI.create("http://192.0.2.7:8080")),
                List.of(URI.create("http://192.0.2.8:8080")),
                new PeerRules(Optional.empty(), Set.of()));
        peers.attach(new PeerRelay() {
            @Override
            public CompletableFuture<Response> send(Request request) {
                return peersTime
                        .map(date -> CompletableFuture.completedFuture(new Response(
                                204,
                                Map.of(
                                        "date",
                                        DateTimeFormatter.RFC_1123_DATE_TIME.format(date.atOffset(ZoneOffset.UTC))),
                                ByteBuffer.allocate(0))))
                        .orElseGet(() -> CompletableFuture.failedFuture(new IOException("no connection")));
            }

            @Override
            public void pull(List<UploadReceipt> receipts, Sink sink) {
                throw new AssertionError("nothing is pulled");
            }
        });
        return new Purging(
                store,
                clock,
                new PeerClocks(peers, clock, new Vitals(store, threads)),
                threads,
                purged::add,
                () -> nanos);
    }

    private void pass(Duration duration) {
        time = time.plus(duration);
        nanos += duration.toNanos();
    }

    @Test
    void run_anHourAfterTheStart() {
        Purging purging = purging();
        purging.run();
        pass(HOUR.minusNanos(1));
        purging.run();
        assertThat(store.purges()).isEmpty();
        pass(Duration.ofNanos(1));
        purging.run();
        assertThat(store.purges()).containsExactly(time);
        assertThat(purged).containsExactly(1);
    }

    /** The host may have been off, or its clock may be wrong: after an hour, nothing says that it is. */
    @Test
    void run_startedTwoDaysLater_afterTheHour() {
        time = START.plus(TWO_DAYS);
        Purging purging = purging();
        pass(HOUR);
        purging.run();
        assertThat(purged).containsExactly(1);
    }

    @Test
    void run_clockJumped_anotherHourLater() {
        for (Duration jump : List.of(TWO_DAYS, TWO_DAYS.negated(), HOUR.plusNanos(1))) {
            Purging purging = purging();
            int before = store.purges().size();
            pass(HOUR);
            time = time.plus(jump);
            purging.run();
            pass(HOUR.minusNanos(1));
            purging.run();
            assertThat(store.purges()).as(jump.toString()).hasSize(before);
            pass(Duration.ofNanos(1));
            purging.run();
            assertThat(store.purges()).as(jump.toString()).hasSize(before + 1);
        }
        Purging purging = purging();
        pass(HOUR);
        time = time.plus(HOUR);
        int before = store.purges().size();
        purging.run();
        assertThat(store.purges()).as("no jump: summer time, or a slow clock").hasSize(before + 1);
    }

    @Test
    void run_whileTheDiskHasAnotherTime_not() {
        for (Duration off : List.of(TWO_DAYS, TWO_DAYS.negated())) {
            Purging purging = purging();
            pass(HOUR);
            store.time(time.plus(off));
            int before = store.purges().size();
            purging.run();
            assertThat(store.purges()).hasSize(before);
            assertThat(purging.clockFault().orElseThrow())
                    .isEqualTo("this host's clock says " + time + ", and the disk of its store says " + time.plus(off)
                            + "; let both keep the right time, because until then expired uploads are kept");
            store.time(time.minus(HOUR));
            purging.run();
            assertThat(store.purges()).hasSize(before + 1);
            assertThat(purging.clockFault()).isEmpty();
        }
    }

    @Test
    void run_whileThePeersHaveAnotherTime_not() {
        Purging purging = purging();
        pass(HOUR);
        peersTime = Optional.of(time.minus(TWO_DAYS));
        purging.run();
        assertThat(store.purges()).isEmpty();
        peersTime = Optional.of(time.plusSeconds(3600));
        purging.run();
        assertThat(store.purges()).hasSize(1);
    }

    @Test
    void start_afterEveryKindOfFailure_staysScheduled() {
        Purging purging = purging();
        pass(HOUR);
        store.fail(Step.PURGE, new StoreException.Failed("Input/output error", null));
        purging.run();
        store.mend();
        purging.run();
        assertThat(purged).containsExactly(1);

        executor = task -> {
            throw new RejectedExecutionException("full");
        };
        HostThreads threads = started.get(0);
        purging.start();
        ScheduledThreadPoolExecutor timer = (ScheduledThreadPoolExecutor) threads.timer();
        while (timer.getCompletedTaskCount() == 0 || timer.getActiveCount() > 0) {
            Thread.onSpinWait();
        }
        assertThat(timer.getQueue()).as("the next purge").hasSize(1);
    }
}
