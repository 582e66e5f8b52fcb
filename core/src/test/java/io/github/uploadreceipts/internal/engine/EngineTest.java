package io.github.uploadreceipts.internal.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore.Step;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class EngineTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final ExpiryHour HOUR = ExpiryHour.parse("2026-11-22T09");
    private static final URI HERE = URI.create("http://192.0.2.7:8080");
    private static final UploadId ID = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");
    private static final Location LOCATION = new Location(HERE, HOUR, ID);

    private final InMemoryUploadStore store = InMemoryUploadStore.create();
    private final List<UploadEvent> told = new CopyOnWriteArrayList<>();
    private final UploadListener listener = told::add;

    private UploadHost.Builder builder() {
        return UploadHost.builder(TestRings.photos(), store)
                .internalUrl(HERE.toString())
                .clock(Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private interface Action {
        void with(Engine engine) throws Exception;
    }

    private void withEngine(Action action) throws Exception {
        try (UploadHost host = builder().listener(listener).build()) {
            action.with(HostAccess.engine(host));
        }
    }

    private void publish(ExpiryHour hour, String content) throws StoreException {
        try (UploadStore.Incoming incoming = store.create(ID, hour)) {
            incoming.write(ByteBuffer.wrap(content.getBytes(UTF_8)));
            incoming.publish(hour);
        }
    }

    private void publishThatExpired(int hours) throws StoreException {
        for (int i = 1; i <= hours; i++) {
            publish(ExpiryHour.of(NOW.minusSeconds(3600L * (i + 1))), "expired");
        }
    }

    private static ProblemType refusal(ThrowingCallable call) {
        UploadRefusedException refusal = catchThrowableOfType(UploadRefusedException.class, call);
        assertThat(refusal).isNotNull();
        return refusal.problem().type();
    }

    /** Whatever sets the clock of a machine that has just started may not have done so yet. */
    @Test
    void purge_notAtOnce_scheduledUntilClosed() throws Exception {
        publishThatExpired(1);
        UploadHost host = builder().executor(Runnable::run).build();
        ScheduledThreadPoolExecutor timer =
                (ScheduledThreadPoolExecutor) HostAccess.engine(host).timer();
        while (timer.getCompletedTaskCount() == 0 || timer.getActiveCount() > 0) {
            Thread.onSpinWait();
        }
        assertThat(store.purges()).isEmpty();
        Await.until(
                "next purge, and looks for draining and for hand-overs that are due, and that are left",
                () -> timer.getQueue().size() == 4);
        host.close();
        assertThat(timer.isShutdown()).isTrue();
    }

    @Test
    void tell_listenerThrows_isHarmless() throws Exception {
        withFailing(event -> {
            throw new IllegalStateException("the listener's own trouble");
        });
    }

    @Test
    void tell_listenerFailsWithAnError_isHarmless() throws Exception {
        withFailing(event -> {
            throw new NoClassDefFoundError("the listener's own trouble");
        });
    }

    private void withFailing(UploadListener failing) throws Exception {
        withEngine(engine -> {
            engine.listen(failing);
            engine.listen(listener);
            UploadEvent event = new UploadEvent.Purged(1);
            assertThatCode(() -> engine.tell(event)).doesNotThrowAnyException();
            assertThat(told).as("the other listeners").containsExactly(event, event);
        });
    }

    @Test
    void open_bytesOfThisUpload_notOfAnotherInItsPlace() throws Exception {
        publish(HOUR, "hello");
        withEngine(engine -> {
            StoredView view = engine.uploads(false).openStored(LOCATION, 5);
            assertThat(view.size()).isEqualTo(5);
            assertThat(view.open()).hasContent("hello");
            assertThat(view.open(1, 3)).hasContent("ell");
            assertThatExceptionOfType(WrongSizeException.class)
                    .isThrownBy(() -> engine.uploads(false).openStored(LOCATION, 4))
                    .withMessage("the stored upload has 5 bytes, not 4");
            assertThat(engine.discard(LOCATION)).isTrue();
            assertThatExceptionOfType(StoreException.Gone.class)
                    .isThrownBy(() -> engine.uploads(false).openStored(LOCATION, 5));
            assertThatExceptionOfType(StoreException.Gone.class).isThrownBy(view::open);
        });
    }

    @Test
    void isStored_untilDiscarded() throws Exception {
        withEngine(engine -> {
            assertThat(engine.isStored(LOCATION)).isFalse();
            publish(HOUR, "hello");
            assertThat(engine.isStored(LOCATION)).isTrue();
            engine.discard(LOCATION);
            assertThat(engine.isStored(LOCATION)).isFalse();
        });
    }

    @Test
    void claimAndDiscard_listenerToldOfWhatHappened_notOfWhatDidNot() throws Exception {
        publish(HOUR, "hello");
        Claim claim = Claim.of("order-7");
        withEngine(engine -> {
            assertThat(engine.uploads(false).claim(LOCATION, claim)).isTrue();
            assertThat(engine.uploads(false).claim(LOCATION, Claim.of("order-8")))
                    .isFalse();
            assertThat(told).containsExactly(new UploadEvent.Claimed(ID, claim));
            assertThat(engine.discard(LOCATION)).isTrue();
            assertThat(engine.discard(LOCATION)).isFalse();
            assertThatExceptionOfType(StoreException.Gone.class)
                    .isThrownBy(() -> engine.uploads(false).claim(LOCATION, claim));
            assertThat(told).containsExactly(new UploadEvent.Claimed(ID, claim), new UploadEvent.Discarded(ID));
        });
    }

    @Test
    void withdraw_asIfItHadNeverBeen_andIfItFailsItStays() throws Exception {
        publish(HOUR, "hello");
        withEngine(engine -> {
            store.fail(Step.WITHDRAW, new StoreException.Failed("Input/output error", null));
            assertThatExceptionOfType(StoreException.Failed.class).isThrownBy(() -> engine.withdraw(LOCATION));
            assertThat(engine.isStored(LOCATION)).isTrue();
            store.mend();
            engine.withdraw(LOCATION);
            assertThat(engine.isStored(LOCATION)).isFalse();
            assertThat(store.isTaken(ID, HOUR)).isFalse();
            assertThat(told).isEmpty();
        });
    }

    @Test
    void reaches_itsOwnLocations_andWhatTheStoreHasOfOthers() throws Exception {
        Location elsewhere = Location.parse("http://app2.lan" + LOCATION.path());
        withEngine(engine -> {
            assertThat(engine.reaches(LOCATION)).isTrue();
            assertThat(engine.reaches(elsewhere)).isFalse();
            store.reach("http://app2.lan");
            assertThat(engine.reaches(elsewhere)).isTrue();
        });
    }

    @Test
    void requireOpen_roomAndNoDrain() throws Exception {
        UploadLimits limits = UploadLimits.builder().freeSpaceFloor(100).build();
        withEngine(engine -> {
            store.freeSpace(100);
            assertThatCode(() -> engine.requireOpen(limits, 0)).doesNotThrowAnyException();
            store.freeSpace(99);
            assertThat(refusal(() -> engine.requireOpen(limits, 0))).isEqualTo(ProblemType.NO_SPACE);
            store.draining(true);
            assertThat(refusal(() -> engine.requireOpen(limits, 0))).isEqualTo(ProblemType.UNAVAILABLE);
        });
    }

    /** The message of a failure may name paths. It is for the log, so the refusal must not repeat it. */
    @Test
    void refusal_ofEachFailure_saysNoMoreThanItsKind() throws Exception {
        String secret = "/srv/x: Input/output error";
        withEngine(engine -> {
            for (var failure : List.of(
                    new StoreException.Taken(secret, null),
                    new StoreException.Gone(secret, null),
                    new StoreException.Full(secret, null),
                    new StoreException.Unavailable(secret, null),
                    new StoreException.Failed(secret, null))) {
                UploadRefusedException refusal = StoreFailures.refusal(ID, failure);
                assertThat(refusal.problem().toJson()).doesNotContain("/srv", "error");
                assertThat(refusal.problem().type())
                        .isEqualTo(
                                failure instanceof StoreException.Taken
                                        ? ProblemType.SLOT_TAKEN
                                        : failure instanceof StoreException.Gone
                                                ? ProblemType.UPLOAD_GONE
                                                : failure instanceof StoreException.Full
                                                        ? ProblemType.NO_SPACE
                                                        : failure instanceof StoreException.Unavailable
                                                                ? ProblemType.UNAVAILABLE
                                                                : ProblemType.STORAGE_FAILED);
            }
        });
    }

    @Test
    void close_storeStaysOpen() throws IOException {
        try (UploadHost host = builder().build()) {
            HostAccess.engine(host).close();
            assertThat(store.isClosed()).isFalse();
        }
        assertThat(store.isClosed()).isTrue();
    }
}
