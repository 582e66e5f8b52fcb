package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.handover.HandOverRecord.State;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that another process on the same store changes after this one has read them, as in a rolling deployment. */
class LedgerTest {

    private static final Callable<?> NOTHING = () -> null;

    @TempDir
    Path directory;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-29T09:00:00Z"));
    private final Instant end = clock.now.plus(Duration.ofDays(1));
    private final AtomicReference<Callable<?>> meanwhile = new AtomicReference<>(NOTHING);
    private final Location location =
            new Location(URI.create("http://192.0.2.7:8080"), ExpiryHour.of(end), UploadId.random());
    private final HandOverRecord told = new HandOverRecord(
            "token",
            Optional.empty(),
            List.of("scanner", "index"),
            0,
            State.TELL,
            0,
            clock.now,
            clock.now,
            end,
            false,
            Optional.empty());
    private UploadStore store;
    private UploadStore other;
    private Ledger ledger;
    private Ledger sibling;

    @BeforeEach
    void begin() throws IOException {
        store = open();
        other = open();
        ledger = new Ledger(interrupted(HandOverStores.of(store).orElseThrow()), clock);
        sibling = new Ledger(HandOverStores.of(other).orElseThrow(), clock);
        assertThat(ledger.begin(location, told)).isTrue();
        try (UploadStore.Incoming incoming = store.create(location.id(), location.hour())) {
            incoming.publish(location.hour());
        }
    }

    private UploadStore open() throws IOException {
        return LocalUploadStore.builder(directory.resolve("store"))
                .durability(Durability.BUFFERED)
                .open();
    }

    /** Returns a store that lets {@link #meanwhile} happen after it has read a record, once. */
    private HandOverStore interrupted(HandOverStore records) {
        return (HandOverStore) Proxy.newProxyInstance(
                HandOverStore.class.getClassLoader(), new Class<?>[] {HandOverStore.class}, (proxy, method, values) -> {
                    try {
                        Object result = method.invoke(records, values);
                        if (method.getName().equals("open")) {
                            meanwhile.getAndSet(NOTHING).call();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        other.close();
    }

    /** A power cut may bring the record back that was deleted when there was a verdict. */
    @Test
    void known_deletedRecordIsBack_verdictStays() throws Exception {
        Path record = directory.resolve("store/uploads/" + location.hour() + "/" + location.id() + "-handover");
        byte[] content = Files.readAllBytes(record);
        ledger.said(location, "scanner", Verdict.refused("a virus"));
        assertThat(record).doesNotExist();
        Files.write(record, content);
        assertThat(ledger.verdict(location)).isEqualTo(Verdict.refused("a virus"));
        assertThat(record).doesNotExist();
    }

    @Test
    void said_waiting_partyWasFinishedMeanwhile_staysFinished() throws Exception {
        meanwhile.set(() -> sibling.said(location, "scanner", Verdict.done("{}")));
        Ledger.Change change = ledger.said(location, "scanner", Verdict.waiting());
        assertThat(change.news()).isFalse();
        assertThat(change.open().orElseThrow().party()).isEqualTo("index");
        assertThat(ledger.open(location).orElseThrow().data()).contains("{}");
    }

    @Test
    void said_refused_partyWasFinishedMeanwhile_doesNotCount() throws Exception {
        meanwhile.set(() -> sibling.said(location, "scanner", Verdict.done()));
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> ledger.said(location, "scanner", Verdict.refused("a virus")));
        assertThat(ledger.open(location).orElseThrow().party()).isEqualTo("index");
        assertThat(sibling.verdict(location)).isEqualTo(Verdict.waiting());
    }

    @Test
    void said_refused_partyFailedMeanwhile_counts() throws Exception {
        meanwhile.set(() -> sibling.failed(location, told, end));
        assertThat(ledger.said(location, "scanner", Verdict.refused("a virus")).news())
                .isTrue();
        assertThat(sibling.verdict(location).status()).isEqualTo(Verdict.Status.REFUSED);
    }

    @Test
    void said_done_partyFailedMeanwhile_counts() throws Exception {
        meanwhile.set(() -> sibling.failed(location, told, end));
        assertThat(ledger.said(location, "scanner", Verdict.done()).news()).isTrue();
        assertThat(sibling.open(location).orElseThrow().party()).isEqualTo("index");
    }

    @Test
    void failed_partyWasFinishedMeanwhile_staysFinished() throws Exception {
        meanwhile.set(() -> sibling.said(location, "scanner", Verdict.done()));
        assertThat(ledger.failed(location, told, end)).isEmpty();
        assertThat(ledger.open(location).orElseThrow().party()).isEqualTo("index");
    }
}
