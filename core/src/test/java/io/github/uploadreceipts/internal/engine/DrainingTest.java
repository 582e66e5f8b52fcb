package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.RecordedLog;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DrainingTest {

    private static final Instant NOW = Instant.parse("2026-11-22T09:30:00Z");
    private static final ExpiryHour HOUR = ExpiryHour.of(Instant.parse("2026-11-22T11:10:00Z"));

    private final InMemoryUploadStore store = InMemoryUploadStore.create();
    private final HostThreads threads = new HostThreads(Optional.of(Runnable::run));
    private final Vitals vitals = new Vitals(store, threads);
    private final Draining draining =
            new Draining(store, Clock.fixed(NOW, ZoneOffset.UTC), vitals, Duration.ofHours(24));
    private final RecordedLog log = RecordedLog.of(Loggers.HOST);

    @AfterEach
    void stop() {
        log.close();
        threads.close();
    }

    private UploadId published(ExpiryHour hour) throws IOException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, hour)) {
            incoming.publish(hour);
        }
        return id;
    }

    @Test
    void isOn_byCallOrByStore() {
        assertThatCode(draining::requireOff).doesNotThrowAnyException();
        draining.set(true);
        assertThat(draining.isOn()).isTrue();
        assertThatThrownBy(draining::requireOff)
                .isInstanceOf(UploadRefusedException.class)
                .hasMessageContaining("being drained");
        draining.set(false);
        assertThat(draining.isOn()).isFalse();
        store.draining(true);
        assertThat(draining.isOn()).isTrue();
    }

    @Test
    void keepsUntil_theEndOfTheLastHourThatIsNotOver() throws IOException {
        assertThat(draining.keepsUntil()).isEmpty();
        UploadId upload = published(HOUR);
        assertThat(draining.keepsUntil()).contains(Instant.parse("2026-11-22T12:00:00Z"));
        store.discard(upload, HOUR);
        published(ExpiryHour.of(Instant.parse("2026-11-22T08:59:00Z")));
        assertThat(draining.keepsUntil()).as("expired, but not purged").isEmpty();
    }

    @Test
    void keepsUntil_whatIsBeingReceived() throws IOException {
        vitals.began();
        assertThat(draining.keepsUntil()).contains(Instant.parse("2026-11-23T10:00:00Z"));
        vitals.ended();
        assertThat(draining.keepsUntil()).isEmpty();
    }

    @Test
    void tell_eachChangeOnce_whileDrained() throws IOException {
        UploadId upload = published(HOUR);
        draining.tell();
        assertThat(log.messages()).isEmpty();
        draining.set(true);
        draining.tell();
        draining.tell();
        assertThat(log.messages())
                .containsExactly("this host is being drained; the last of its uploads expires by 2026-11-22T12:00:00Z");
        store.discard(upload, HOUR);
        draining.tell();
        draining.tell();
        assertThat(log.messages())
                .hasSize(2)
                .endsWith("this host is drained: it keeps no upload that has not expired, and can be taken away");
    }
}
