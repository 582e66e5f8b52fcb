package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a store promises about the records of hand-overs. */
class HandOverStoreTest {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2026-11-22T09");

    @TempDir
    Path directory;

    private UploadId id = UploadId.random();
    private final List<UploadStore> opened = new ArrayList<>();
    private UploadStore store;
    private HandOverStore records;

    enum Kind {
        DISK,
        MEMORY
    }

    private UploadStore another(Kind kind) throws IOException {
        UploadStore other = kind == Kind.DISK
                ? LocalUploadStore.builder(directory.resolve("store"))
                        .durability(Durability.BUFFERED)
                        .open()
                : opened.isEmpty() ? InMemoryUploadStore.create() : ((InMemoryUploadStore) opened.get(0)).reopened();
        opened.add(other);
        return other;
    }

    private void open(Kind kind) throws IOException {
        store = another(kind);
        records = HandOverStores.of(store).orElseThrow();
    }

    @AfterEach
    void close() throws IOException {
        for (UploadStore each : opened) {
            each.close();
        }
    }

    private void publish() throws StoreException {
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(ByteBuffer.allocate(3));
            incoming.publish(HOUR);
        }
    }

    private void handedOver(Kind kind) throws IOException {
        open(kind);
        records.begin(id, HOUR, "one");
        publish();
    }

    private static List<String> adopted(UploadStore by) throws StoreException {
        List<String> found = new ArrayList<>();
        HandOverStores.of(by).orElseThrow().adopt(open -> found.add(open.hour() + " " + open.record()));
        return found;
    }

    private static void assertGone(ThrowingCallable call) {
        assertThatExceptionOfType(StoreException.Gone.class).isThrownBy(call);
    }

    @ParameterizedTest
    @EnumSource
    void begin_replacesWhatACrashHasLeft_butNothingOfAPublishedUpload(Kind kind) throws Exception {
        open(kind);
        assertThat(records.open(id, HOUR)).isEmpty();
        assertThat(records.begin(id, HOUR, "one")).isTrue();
        assertThat(records.begin(id, HOUR, "two")).isTrue();
        publish();
        assertThat(records.begin(id, HOUR, "three")).isFalse();
        assertThat(records.open(id, HOUR)).contains("two");
        assertThat(records.open(id, ExpiryHour.parse("2026-11-22T10"))).isEmpty();
        records.decide(id, HOUR, "two", "done");
        assertThat(records.begin(id, HOUR, "three")).isFalse();
        assertThat(records.open(id, HOUR)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void abandon_onlyThisRecord_onlyWithoutUpload(Kind kind) throws Exception {
        open(kind);
        records.begin(id, HOUR, "one");
        records.abandon(id, HOUR, "another");
        assertThat(records.open(id, HOUR)).isPresent();
        records.abandon(id, HOUR, "one");
        assertThat(records.open(id, HOUR)).isEmpty();
        records.abandon(id, HOUR, "one");
        records.begin(id, HOUR, "one");
        publish();
        records.abandon(id, HOUR, "one");
        assertThat(records.open(id, HOUR)).contains("one");
    }

    @ParameterizedTest
    @EnumSource
    void replace_onlyAnOpenOne(Kind kind) throws Exception {
        handedOver(kind);
        assertThat(records.replace(id, HOUR, "one", "two\nlines")).isTrue();
        assertThat(records.open(id, HOUR)).contains("two\nlines");
        records.decide(id, HOUR, "two\nlines", "done");
        assertGone(() -> records.replace(id, HOUR, "two\nlines", "three"));
        assertGone(() -> records.replace(UploadId.random(), HOUR, "one", "three"));
    }

    @ParameterizedTest
    @EnumSource
    void replace_anotherStoreHasReplacedIt_staysSo(Kind kind) throws Exception {
        handedOver(kind);
        HandOverStore others = HandOverStores.of(another(kind)).orElseThrow();
        assertThat(others.replace(id, HOUR, "one", "two")).isTrue();
        assertThat(records.replace(id, HOUR, "one", "three")).isFalse();
        assertThat(records.open(id, HOUR)).contains("two");
    }

    /** Each adds to a number as often as the others, and no addition is lost. */
    @ParameterizedTest
    @EnumSource
    void replace_byManyOfTwoStores_eachKnowsWhatItReplaces(Kind kind) throws Exception {
        handedOver(kind);
        assertThat(records.replace(id, HOUR, "one", "0")).isTrue();
        HandOverStore others = HandOverStores.of(another(kind)).orElseThrow();
        List<CompletableFuture<Void>> all = IntStream.range(0, 6)
                .mapToObj(i -> CompletableFuture.runAsync(() -> addTwenty(i % 2 == 0 ? records : others)))
                .toList();
        all.forEach(CompletableFuture::join);
        assertThat(records.open(id, HOUR)).contains("120");
    }

    private void addTwenty(HandOverStore to) {
        try {
            for (int added = 0; added < 20; ) {
                String known = to.open(id, HOUR).orElseThrow();
                added += to.replace(id, HOUR, known, Integer.toString(Integer.parseInt(known) + 1)) ? 1 : 0;
            }
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void decide_firstVerdictStays(Kind kind) throws Exception {
        handedOver(kind);
        assertThat(records.verdict(id, HOUR)).isEmpty();
        assertThat(records.decide(id, HOUR, "one", "done")).isTrue();
        assertThat(records.decide(id, HOUR, "one", "refused")).isFalse();
        assertThat(records.verdict(id, HOUR)).contains("done");
        assertThat(records.open(id, HOUR)).isEmpty();
        assertGone(() -> records.decide(UploadId.random(), HOUR, "one", "done"));
    }

    @ParameterizedTest
    @EnumSource
    void decide_anotherStoreHasReplacedIt_staysOpen(Kind kind) throws Exception {
        handedOver(kind);
        HandOverStore others = HandOverStores.of(another(kind)).orElseThrow();
        assertThat(others.replace(id, HOUR, "one", "two")).isTrue();
        assertThat(records.decide(id, HOUR, "one", "refused")).isFalse();
        assertThat(records.open(id, HOUR)).contains("two");
        assertThat(records.verdict(id, HOUR)).isEmpty();
    }

    /** Of one that decides and one that replaces, one alone does what it wants. */
    @ParameterizedTest
    @EnumSource
    void decide_whileAnotherStoreReplaces_oneOfThemOnly(Kind kind) throws Exception {
        open(kind);
        HandOverStore others = HandOverStores.of(another(kind)).orElseThrow();
        for (int i = 0; i < 50; i++) {
            id = UploadId.random();
            records.begin(id, HOUR, "one");
            publish();
            CompletableFuture<Boolean> replaced = CompletableFuture.supplyAsync(() -> isReplaced(others));
            boolean decided = records.decide(id, HOUR, "one", "refused");
            assertThat(replaced.join()).isNotEqualTo(decided);
            assertThat(records.open(id, HOUR).isEmpty()).isEqualTo(decided);
        }
    }

    private boolean isReplaced(HandOverStore by) {
        try {
            return by.replace(id, HOUR, "one", "two");
        } catch (StoreException.Gone e) {
            return false;
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void replaceAndDecide_aCrashCameBeforeTheEnd_endIt() throws Exception {
        handedOver(Kind.DISK);
        Path hour = directory.resolve("store/uploads/" + HOUR);
        Path open = hour.resolve(id + "-handover");
        byte[] one = Files.readAllBytes(open);
        records.decide(id, HOUR, "one", "done");
        Files.write(open, one);
        assertGone(() -> records.replace(id, HOUR, "one", "two"));
        assertThat(open).doesNotExist();
        Files.write(open, one);
        assertThat(records.decide(id, HOUR, "one", "refused")).isFalse();
        assertThat(open).doesNotExist();
        assertThat(records.verdict(id, HOUR)).contains("done");
    }

    @ParameterizedTest
    @EnumSource
    void decide_byMany_oneIsFirst(Kind kind) throws Exception {
        handedOver(kind);
        List<CompletableFuture<Boolean>> all = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return records.decide(id, HOUR, "one", "verdict " + i);
                    } catch (StoreException e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        assertThat(all.stream().filter(CompletableFuture::join).count()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void discardAndWithdraw_deleteBoth(Kind kind) throws Exception {
        handedOver(kind);
        store.withdraw(id, HOUR);
        assertThat(records.open(id, HOUR)).isEmpty();
        assertGone(() -> records.replace(id, HOUR, "one", "two"));
        assertGone(() -> records.decide(id, HOUR, "one", "done"));
        records.begin(id, HOUR, "two");
        publish();
        records.decide(id, HOUR, "two", "done");
        store.discard(id, HOUR);
        assertThat(records.verdict(id, HOUR)).isEmpty();
        assertThat(store.latestHour()).isEmpty();
    }

    /** A verdict on an upload that was withdrawn says nothing about the next one in its slot. */
    @ParameterizedTest
    @EnumSource
    void begin_afterWithdrawing_anew(Kind kind) throws Exception {
        handedOver(kind);
        records.decide(id, HOUR, "one", "refused");
        store.withdraw(id, HOUR);
        records.begin(id, HOUR, "two");
        publish();
        assertThat(records.open(id, HOUR)).contains("two");
        assertThat(records.verdict(id, HOUR)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void purge_takesThemAlong(Kind kind) throws Exception {
        handedOver(kind);
        store.purge(HOUR.end().plusSeconds(3600));
        assertThat(records.open(id, HOUR)).isEmpty();
        assertThat(store.latestHour()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void adopt_ofAStoreThatIsClosed_once_notOfALivingOne(Kind kind) throws Exception {
        handedOver(kind);
        assertThat(adopted(store)).as("its own").isEmpty();
        UploadStore second = another(kind);
        UploadStore third = another(kind);
        assertThat(adopted(second)).as("those of a living one").isEmpty();
        assertThat(adopted(third)).isEmpty();
        store.close();
        assertThat(adopted(second)).containsExactly("2026-11-22T09 one");
        assertThat(adopted(second)).isEmpty();
        assertThat(adopted(third))
                .as("those of another one that has adopted them")
                .isEmpty();
        second.close();
        assertThat(adopted(third)).containsExactly("2026-11-22T09 one");
        third.close();
        assertThat(adopted(another(kind))).containsExactly("2026-11-22T09 one");
    }

    @Test
    void withdraw_uploadCannotBeDeleted_staysHandedOver() throws Exception {
        handedOver(Kind.DISK);
        Path upload = directory.resolve("store/uploads/" + HOUR + "/" + id);
        Files.delete(upload);
        Files.createDirectories(upload.resolve("which cannot be deleted"));
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> store.withdraw(id, HOUR));
        assertThat(records.open(id, HOUR)).contains("one");
    }

    @Test
    void open_diskDoesNotSay_fails() throws Exception {
        handedOver(Kind.DISK);
        Path hour = directory.resolve("store/uploads/" + HOUR);
        Files.move(hour, hour.resolveSibling("away"));
        Files.createSymbolicLink(hour, hour); // which leads nowhere, but not to a file that is missing
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> records.open(id, HOUR));
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> records.verdict(id, HOUR));
    }

    @Test
    void adopt_oneCannotBeRead_othersAreFound_andItOnceItCan() throws Exception {
        handedOver(Kind.DISK);
        UploadStore second = another(Kind.DISK);
        UploadId other = UploadId.random();
        Path hour = directory.resolve("store/uploads/" + HOUR);
        Path bad = hour.resolve(other + "-handover");
        byte[] good = Files.readAllBytes(hour.resolve(id + "-handover"));
        Files.createDirectory(bad);
        store.close();
        assertThat(adopted(second)).containsExactly("2026-11-22T09 one");
        assertThat(adopted(second)).isEmpty();
        Files.delete(bad);
        Files.write(bad, good);
        assertThat(adopted(second)).containsExactly("2026-11-22T09 one");
        assertThat(adopted(second)).isEmpty();
    }
}
