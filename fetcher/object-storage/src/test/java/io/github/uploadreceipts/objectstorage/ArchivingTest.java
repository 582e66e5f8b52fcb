package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.internal.handover.HandOverStore;
import io.github.uploadreceipts.internal.handover.HandOverStores;
import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.internal.share.LinkStore;
import io.github.uploadreceipts.internal.share.LinkStores;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to uploads, and to their objects, while they are archived. */
class ArchivingTest {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2100-01-01T00");
    private static final ExpiryHour LATER = ExpiryHour.parse("2100-01-02T00");

    private final MemoryClient client = new MemoryClient(false);
    private final AtomicReference<Duration> keepLocal = new AtomicReference<>(Duration.ZERO);

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // before each test
    private LocalUploadStore local;

    @SuppressWarnings("NullAway.Init") // before each test
    private ArchivingUploadStore store;

    @BeforeEach
    void open() throws IOException {
        local = LocalUploadStore.at(directory.resolve("store"));
        store = ArchivingUploadStore.builder(local, client)
                .keepLocal(keepLocal.get())
                .look(Duration.ofMillis(50))
                .pauses(Duration.ofMillis(10), Duration.ofMillis(200))
                .build();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private void reopen(Duration keep) throws IOException {
        store.close();
        keepLocal.set(keep);
        open();
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private UploadId upload(int size) throws StoreException {
        UploadId id = UploadId.random();
        upload(id, size);
        return id;
    }

    private void upload(UploadId id, int size) throws StoreException {
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(ByteBuffer.wrap(bytes(size)));
            incoming.publish(HOUR);
        }
    }

    private byte[] read(UploadId id, ExpiryHour hour) throws IOException {
        StoredUpload upload = store.find(id, hour).orElseThrow();
        try (InputStream in = upload.open(0, upload.size())) {
            return in.readAllBytes();
        }
    }

    private static void await(Await.Condition condition) throws Exception {
        Await.until("such state", condition);
    }

    private void awaitMove(UploadId id, ExpiryHour hour) throws Exception {
        await(() -> !ArchivingContract.isLocal(local, id, hour));
    }

    private void awaitPush(UploadId id) throws Exception {
        ArchivingContract.awaitPush(local, id, HOUR);
    }

    private List<String> objects() {
        return List.copyOf(client.objects.keySet());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 300_000, 8 << 20, 20_000_000})
    void upload_readBeforeWhileAndAfter(int size) throws Exception {
        reopen(Duration.ofDays(1));
        UploadId id = upload(size);
        Instant stored = store.find(id, HOUR).orElseThrow().lastModified();
        assertThat(read(id, HOUR)).isEqualTo(bytes(size));
        awaitPush(id);
        StoredUpload found = store.find(id, HOUR).orElseThrow();
        assertThat(ArchivingContract.isLocal(local, id, HOUR)).isTrue();
        assertThat(read(id, HOUR)).isEqualTo(bytes(size));
        reopen(Duration.ZERO);
        awaitMove(id, HOUR);
        try (InputStream in = found.open(0, size)) { // it was found while it was here
            assertThat(in.readAllBytes()).isEqualTo(bytes(size));
        }
        assertThat(read(id, HOUR)).isEqualTo(bytes(size));
        assertThat(store.find(id, HOUR).orElseThrow().lastModified()).isEqualTo(stored);
        assertThat(store.find(id, HOUR).orElseThrow().file()).isEmpty();
        assertThat(store.isTaken(id, HOUR)).isTrue();
        assertThat(store.latestHour()).contains(HOUR);
        assertThat(objects()).singleElement().asString().startsWith("archive/" + HOUR + "/" + id + "-");
        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> upload(id, 5));
        assertThat(read(id, HOUR)).isEqualTo(bytes(size));
    }

    /** As many attempts as an hour has in practice: a pause grows to minutes there. */
    @Test
    void objectStoreDown_uploadsAreAccepted_andArchivedOnceItIsBack() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        client.failing = request -> {
            refused.incrementAndGet();
            return true;
        };
        List<UploadId> ids = List.of(upload(3), upload(4), upload(9_000_000));
        await(() -> refused.get() > 40);
        assertThat(store.outage().orElseThrow()).contains("503");
        assertThat(store.waiting()).isEqualTo(3);
        store.requireWritable();
        for (UploadId id : ids) {
            assertThat(ArchivingContract.isLocal(local, id, HOUR)).isTrue();
            assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        }
        client.failing = request -> false;
        for (UploadId id : ids) {
            awaitMove(id, HOUR);
        }
        await(() -> store.waiting() == 0);
        assertThat(objects()).hasSize(3);
        assertThat(store.outage()).isEmpty();
        assertThat(read(ids.get(2), HOUR)).isEqualTo(bytes(9_000_000));
        assertThat(store.claim(ids.get(2), HOUR, Claim.of("order-8"))).isFalse();
    }

    /** Returns how many requests are made for fifty uploads, all in vain, when there were so many at least. */
    private int attemptsWhileManyWait(int least) throws Exception {
        store.close();
        local = LocalUploadStore.at(directory.resolve("store"));
        AtomicInteger refused = new AtomicInteger();
        client.failing = request -> {
            refused.incrementAndGet();
            return true;
        };
        store = ArchivingUploadStore.builder(local, client)
                .senders(2)
                .pauses(Duration.ofHours(1), Duration.ofHours(1))
                .build();
        await(() -> {
            upload(1);
            return store.waiting() > 50;
        });
        await(() -> refused.get() >= least);
        Thread.sleep(300); // nothing shows that no other one comes
        return refused.get();
    }

    /** A pause is for all uploads together: otherwise a thousand that wait are a thousand attempts. */
    @Test
    void objectStoreDown_attemptsAreRare_howeverManyWait() throws Exception {
        assertThat(attemptsWhileManyWait(1)).isLessThan(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "POST", "PART", "COMPLETE", "HEAD"})
    void requestFails_orItsResponseIsLost_archivedOnceInTheEnd(String request) throws Exception {
        for (boolean afterwards : new boolean[] {false, true}) {
            client.failsAfterwards = afterwards;
            AtomicInteger left = new AtomicInteger(3);
            client.failing = sent -> sent.startsWith(request + " archive/") && left.getAndDecrement() > 0;
            UploadId id = upload(request.equals("PUT") ? 7 : 20_000_000);
            byte[] before = read(id, HOUR);
            awaitMove(id, HOUR);
            assertThat(left).hasNonPositiveValue();
            assertThat(read(id, HOUR)).isEqualTo(before);
            assertThat(objects()).hasSize(1);
            store.discard(id, HOUR);
            await(() -> client.objects.isEmpty());
        }
    }

    @Test
    void objectIsNotWhatWasPushed_localBytesStay_andArePushedAgain() throws Exception {
        reopen(Duration.ofDays(1));
        UploadId id = upload(100);
        awaitPush(id);
        String first = objects().get(0);
        client.put(first, ByteBuffer.wrap(bytes(100)), Optional.empty()); // another ETag
        reopen(Duration.ZERO);
        awaitMove(id, HOUR);
        await(() -> objects().size() == 1);
        assertThat(objects()).doesNotContain(first);
        assertThat(read(id, HOUR)).isEqualTo(bytes(100));
    }

    @Test
    void objectVanishesBeforeTheLocalBytesGo_isPushedAgain() throws Exception {
        reopen(Duration.ofDays(1));
        UploadId id = upload(100);
        awaitPush(id);
        client.objects.clear();
        reopen(Duration.ZERO);
        awaitMove(id, HOUR);
        assertThat(read(id, HOUR)).isEqualTo(bytes(100));
    }

    /** A peer gives up on what is gone, and asks again for what is not there now. */
    @Test
    void objectVanishesAfterTheLocalBytesHaveGone_uploadIsUnavailable_notGone() throws Exception {
        UploadId id = upload(100);
        awaitMove(id, HOUR);
        client.objects.clear();
        StoredUpload found = store.find(id, HOUR).orElseThrow();
        assertThatExceptionOfType(StoreException.Unavailable.class)
                .isThrownBy(() -> found.open(0, 100))
                .withMessageContaining(id.toString());
        store.discard(id, HOUR);
        assertThatExceptionOfType(StoreException.Gone.class).isThrownBy(() -> found.open(0, 100));
    }

    /** nginx opens a file some time after it was told its name. */
    @Test
    void frontServer_isToldTheFile_untilTheLastMinute() throws Exception {
        for (Duration keep : List.of(Duration.ofSeconds(59), Duration.ofMinutes(1), Duration.ofDays(1))) {
            reopen(keep);
            CountDownLatch asked = new CountDownLatch(1);
            client.failing = request -> {
                waitFor(asked);
                return false;
            };
            UploadId id = upload(10);
            assertThat(store.find(id, HOUR).orElseThrow().file().isPresent()).isEqualTo(keep.toMinutes() > 0);
            asked.countDown();
            awaitPush(id);
            assertThat(store.find(id, HOUR).orElseThrow().file().isPresent()).isEqualTo(keep.toHours() > 0);
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(2, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The host sends it, so nginx needs nothing of the object store. */
    @Test
    void pushedButStillHere_objectStoreIsDown_isReadFromTheDisk() throws Exception {
        store.close();
        local = LocalUploadStore.at(directory.resolve("store"));
        store = ArchivingUploadStore.builder(local, client).sentByNginx().build();
        UploadId id = upload(10);
        awaitPush(id);
        client.failing = request -> true;
        StoredUpload found = store.find(id, HOUR).orElseThrow();
        assertThat(found.file()).isEmpty();
        assertThat(found.url()).isEmpty();
        assertThat(read(id, HOUR)).isEqualTo(bytes(10));
    }

    @Test
    void objectStoreDown_onlyDeletionsWait_isAnOutageUntilItIsBack() throws Exception {
        reopen(Duration.ofMillis(1));
        client.failing = request -> request.startsWith("DELETE");
        UploadId id = upload(10);
        awaitMove(id, HOUR);
        store.discard(id, HOUR);
        await(() -> store.outage().isPresent());
        for (int i = 0; i < 50; i++) {
            Thread.sleep(10);
            assertThat(store.outage()).isPresent();
        }
        client.failing = request -> false;
        await(() -> store.outage().isEmpty() && client.objects.isEmpty());
    }

    @Test
    void secondArchiveOfOneStore_isRefused_untilTheFirstIsClosed() throws Exception {
        assertThatIllegalStateException()
                .isThrownBy(() -> ArchivingUploadStore.builder(local, client).build());
        awaitMove(upload(10), HOUR);
        reopen(Duration.ZERO);
        awaitMove(upload(10), HOUR);
    }

    @Test
    void objectVanishes_extendIsUnavailable_notGone() throws Exception {
        UploadId id = upload(100);
        awaitMove(id, HOUR);
        client.objects.clear();
        assertThatExceptionOfType(StoreException.Unavailable.class)
                .isThrownBy(() -> store.extend(id, HOUR, UploadId.random(), LATER));
        assertThat(objects()).isEmpty();
    }

    /** The store takes few parts, so they are large, and there is memory for one such upload at a time. */
    @Test
    void largeUploads_arePushedOneByOne_andSmallOnesMeanwhile() throws Exception {
        client.maxParts = 2;
        CountDownLatch small = new CountDownLatch(1);
        Set<String> large = ConcurrentHashMap.newKeySet();
        client.failing = request -> {
            if (request.startsWith("PART")) {
                large.add(request.substring(0, request.lastIndexOf('-')));
                waitFor(small);
            }
            return false;
        };
        List<UploadId> ids = List.of(upload(18_000_000), upload(19_000_000), upload(20_000_000));
        await(() -> !large.isEmpty());
        awaitMove(upload(5), HOUR);
        assertThat(large).hasSize(1);
        small.countDown();
        for (UploadId id : ids) {
            awaitMove(id, HOUR);
        }
        assertThat(read(ids.get(2), HOUR)).isEqualTo(bytes(20_000_000));
    }

    @Test
    void attemptEndsInAnError_isAnOutage_andIsTriedAgain() throws Exception {
        client.failing = request -> {
            throw new OutOfMemoryError("no memory for it");
        };
        UploadId id = upload(10);
        await(() -> store.outage().isPresent());
        assertThat(store.outage().orElseThrow()).contains("no memory for it");
        client.failing = request -> false;
        awaitMove(id, HOUR);
        await(() -> store.outage().isEmpty());
    }

    @Test
    void uploadThatFailsIsDiscarded_outageEnds() throws Exception {
        client.failing = request -> request.startsWith("PUT");
        UploadId id = upload(10);
        await(() -> store.outage().isPresent());
        store.discard(id, HOUR);
        await(() -> store.outage().isEmpty());
    }

    /** Its key was revoked, or its bucket was deleted: nothing can be pushed, though the store responds. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void objectStoreRefuses_isAnOutage_withFewAttempts(boolean gone) throws Exception {
        client.failure =
                request -> gone ? new StoreException.Gone("404", null) : new StoreException.Failed("403", null);
        assertThat(attemptsWhileManyWait(2)).isLessThan(6);
        assertThat(store.outage().orElseThrow()).contains(gone ? "404" : "403");
        assertThat(ArchivingContract.isLocal(local, upload(1), HOUR)).isTrue();
    }

    @Test
    void oneUploadFails_othersAreArchived() throws Exception {
        UploadId bad = UploadId.random();
        client.failure = request -> new StoreException.Failed("400", null);
        client.failing = request -> request.contains(bad.toString());
        upload(bad, 10);
        for (int i = 0; i < 20; i++) {
            awaitMove(upload(i), HOUR);
        }
        assertThat(ArchivingContract.isLocal(local, bad, HOUR)).isTrue();
        assertThat(store.waiting()).isEqualTo(1);
        client.failing = request -> false;
        awaitMove(bad, HOUR);
        await(() -> store.outage().isEmpty());
    }

    @Test
    void diskCannotBeSearched_isSaid_untilItCan() throws Exception {
        Path uploads = directory.resolve("store/uploads");
        Path away = directory.resolve("away");
        Files.move(uploads, away);
        await(() -> store.outage().isPresent());
        assertThat(store.outage().orElseThrow()).contains("uploads");
        Files.move(away, uploads);
        await(() -> store.outage().isEmpty());
        awaitMove(upload(10), HOUR);
    }

    @Test
    void hostsClockIsWrong_objectsOfAllHostsStay() throws Exception {
        UploadId id = upload(10);
        awaitMove(id, HOUR);
        store.purge(HOUR.end().plusSeconds(7200));
        assertThat(objects()).hasSize(1);
        purge();
        assertThat(objects()).isEmpty();
    }

    @Test
    void archivedUpload_extendedByManyAtOnce_isCopiedOnce() throws Exception {
        UploadId id = upload(1000);
        UploadId kept = UploadId.random();
        awaitMove(id, HOUR);
        store.claim(id, HOUR, Claim.of("order-7"));
        client.millis = 5;
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> calls = Collections.nCopies(8, () -> {
                store.extend(id, HOUR, kept, LATER);
                return store.claim(kept, LATER, Claim.of("order-8"));
            });
            for (Future<Boolean> claimed : threads.invokeAll(calls)) {
                assertThat(claimed.get()).isFalse();
            }
        } finally {
            threads.shutdown();
        }
        assertThat(read(kept, LATER)).isEqualTo(bytes(1000));
        await(() -> objects().size() == 2);
        UploadId other = upload(1000);
        awaitMove(other, HOUR);
        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> store.extend(other, HOUR, kept, LATER));
        await(() -> objects().size() == 3);
    }

    /** The second upload comes when the first has been pushed, but not recorded. */
    @ParameterizedTest
    @ValueSource(ints = {50, 20_000_000})
    void idIsUsedAgainWhilePushed_bytesOfTheSecondStay_untilTheyArePushed(int size) throws Exception {
        UploadId id = UploadId.random();
        Path file = directory.resolve("store/uploads").resolve(HOUR.toString()).resolve(id.toString());
        byte[] second = new byte[size];
        whilePushed(
                "HEAD",
                () -> {
                    store.withdraw(id, HOUR);
                    try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
                        incoming.write(ByteBuffer.wrap(second));
                        incoming.publish(HOUR);
                    }
                    return Files.size(file);
                },
                id);
        awaitMove(id, HOUR);
        assertThat(read(id, HOUR)).isEqualTo(second);
        await(() -> objects().size() == 1);
        assertThat(read(id, HOUR)).isEqualTo(second);
    }

    private int purge() throws StoreException {
        Instant later = HOUR.end().plusSeconds(7200);
        client.time = Optional.of(later);
        return store.purge(later);
    }

    /** What is done with an upload in the middle of its push. */
    private UploadId whilePushed(String request, Callable<?> step, UploadId id) throws Exception {
        AtomicInteger times = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(1);
        client.failing = sent -> {
            if (sent.startsWith(request + " archive/") && times.incrementAndGet() == 1) {
                try {
                    step.call();
                    done.countDown();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
            return false;
        };
        upload(id, 20_000_000);
        assertThat(done.await(1, TimeUnit.MINUTES)).isTrue();
        return id;
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PART", "COMPLETE", "HEAD"})
    void discardedWhilePushed_objectGoes(String request) throws Exception {
        UploadId id = UploadId.random();
        whilePushed(request, () -> store.discard(id, HOUR), id);
        await(() -> store.waiting() == 0 && client.objects.isEmpty() && client.unfinished.get() == 0);
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.isTaken(id, HOUR)).isTrue();
        assertThat(store.latestHour()).isEmpty();
    }

    @Test
    void withdrawnWhilePushed_anotherUploadCanHaveTheId() throws Exception {
        UploadId id = UploadId.random();
        whilePushed(
                "HEAD",
                () -> {
                    store.withdraw(id, HOUR);
                    return id;
                },
                id);
        await(() -> store.waiting() == 0 && client.objects.isEmpty());
        assertThat(store.isTaken(id, HOUR)).isFalse();
        upload(id, 50);
        awaitMove(id, HOUR);
        assertThat(read(id, HOUR)).isEqualTo(bytes(50));
    }

    @Test
    void purgedWhilePushed_nothingIsLeft() throws Exception {
        UploadId id = UploadId.random();
        whilePushed("COMPLETE", this::purge, id);
        await(() -> store.waiting() == 0 && client.objects.isEmpty());
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.latestHour()).isEmpty();
    }

    @Test
    void claimedAndExtendedWhilePushed_bothAreArchived() throws Exception {
        UploadId id = UploadId.random();
        UploadId kept = UploadId.random();
        whilePushed(
                "COMPLETE",
                () -> {
                    store.claim(id, HOUR, Claim.of("order-7"));
                    store.extend(id, HOUR, kept, LATER);
                    return id;
                },
                id);
        awaitMove(id, HOUR);
        awaitMove(kept, LATER);
        store.extend(id, HOUR, kept, LATER);
        assertThat(read(kept, LATER)).isEqualTo(bytes(20_000_000));
        assertThat(store.claim(kept, LATER, Claim.of("order-8"))).isFalse();
        assertThat(objects()).hasSize(2);
        purge();
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(read(kept, LATER)).isEqualTo(bytes(20_000_000));
        assertThat(objects()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 24})
    void discardedWhileTheObjectStoreIsDown_objectGoesLater_alsoAfterARestart(int keptHours) throws Exception {
        UploadId id = upload(10);
        awaitMove(id, HOUR);
        client.failing = request -> true;
        assertThat(store.discard(id, HOUR)).isTrue();
        assertThat(store.discard(id, HOUR)).isFalse();
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.latestHour()).isEmpty();
        assertThatExceptionOfType(StoreException.Gone.class)
                .isThrownBy(() -> store.claim(id, HOUR, Claim.of("order-7")));
        reopen(Duration.ofHours(keptHours));
        assertThat(objects()).hasSize(1);
        client.failing = request -> false;
        Path record =
                directory.resolve("store/uploads").resolve(HOUR.toString()).resolve(id + "-archive");
        await(() -> client.objects.isEmpty() && !Files.exists(record));
        assertThat(store.isTaken(id, HOUR)).isTrue();
    }

    /** A hundred uploads, each discarded by one thread at any moment of its push. */
    @Test
    void discardedAtAnyMoment_neitherUploadNorObjectIsLeft() throws Exception {
        Random random = new Random();
        for (int i = 0; i < 100; i++) {
            UploadId id = upload(100);
            LockSupport.parkNanos(random.nextInt(20_000_000));
            assertThat(store.discard(id, HOUR)).isTrue();
            assertThat(store.find(id, HOUR)).isEmpty();
        }
        await(() -> store.waiting() == 0 && client.objects.isEmpty());
        assertThat(store.latestHour()).isEmpty();
    }

    @Test
    void closedWhilePushed_isArchivedOnceAfterwards() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        client.millis = 600_000;
        client.begun = begun;
        UploadId id = upload(20_000_000);
        UploadId other = upload(10);
        waitFor(begun);
        client.millis = 0;
        reopen(Duration.ZERO);
        awaitMove(id, HOUR);
        awaitMove(other, HOUR);
        assertThat(read(id, HOUR)).isEqualTo(bytes(20_000_000));
        await(() -> objects().size() == 2);
    }

    @Test
    void twoStoresOnOneDirectory_onePushes_untilItIsClosed() throws Exception {
        awaitMove(upload(3), HOUR); // by now it has the lock
        LocalUploadStore sameDirectory = LocalUploadStore.at(directory.resolve("store"));
        MemoryClient others = new MemoryClient(false);
        try (ArchivingUploadStore sibling = ArchivingUploadStore.builder(sameDirectory, others)
                .keepLocal(Duration.ZERO)
                .look(Duration.ofMillis(50))
                .build()) {
            UploadId id = UploadId.random();
            try (UploadStore.Incoming incoming = sibling.create(id, HOUR)) {
                incoming.write(ByteBuffer.wrap(bytes(4)));
                incoming.publish(HOUR);
            }
            awaitMove(id, HOUR);
            assertThat(others.objects).isEmpty();
            store.close();
            UploadId next = UploadId.random();
            try (UploadStore.Incoming incoming = sibling.create(next, HOUR)) {
                incoming.write(ByteBuffer.wrap(bytes(5)));
                incoming.publish(HOUR);
            }
            await(() -> !ArchivingContract.isLocal(sameDirectory, next, HOUR));
            assertThat(others.objects).hasSize(1);
        }
    }

    /** A host that was killed in the middle of completing it has left both names of its bytes. */
    @Test
    void resumableUpload_isArchived_butItsBytesStayUntilItHasEnded() throws Exception {
        PartialStore partials = PartialStores.of(store).orElseThrow();
        UploadId id = UploadId.random();
        partials.create(id, LATER, "state");
        Path root = directory.resolve("store");
        Path published = root.resolve("uploads").resolve(HOUR.toString()).resolve(id.toString());
        try (PartialStore.Partial partial = partials.open(id, LATER).orElseThrow()) {
            partial.write(ByteBuffer.wrap(bytes(9)));
            partial.force();
            Files.createDirectories(published.getParent());
            Files.createLink(
                    published, root.resolve("partial").resolve(LATER.toString()).resolve(id.toString()));
        }
        await(() -> store.waiting() == 0 && client.objects.size() == 1);
        Thread.sleep(300);
        assertThat(ArchivingContract.isLocal(local, id, HOUR)).isTrue();
        try (PartialStore.Partial partial = partials.open(id, LATER).orElseThrow()) {
            partial.publish(HOUR);
        }
        awaitMove(id, HOUR);
        assertThat(read(id, HOUR)).isEqualTo(bytes(9));
        assertThat(objects()).hasSize(1);
    }

    @Test
    void linksAndHandOvers_areKeptBesideAnArchivedUpload() throws Exception {
        LinkStore links = LinkStores.of(store).orElseThrow();
        HandOverStore handOvers = HandOverStores.of(store).orElseThrow();
        UploadId id = UploadId.random();
        assertThat(handOvers.begin(id, HOUR, "party")).isTrue();
        upload(id, 10);
        links.create(id, HOUR, "first", bytes(3));
        awaitMove(id, HOUR);
        links.create(id, HOUR, "second", bytes(4));
        assertThat(links.find(id, HOUR, "first"))
                .hasValueSatisfying(link -> assertThat(link).isEqualTo(bytes(3)));
        assertThat(handOvers.begin(id, HOUR, "again")).isFalse();
        assertThat(handOvers.replace(id, HOUR, "party", "other")).isTrue();
        assertThat(handOvers.decide(id, HOUR, "other", "done")).isTrue();
        assertThat(handOvers.verdict(id, HOUR)).contains("done");
        store.discard(id, HOUR);
        assertThat(links.find(id, HOUR, "second")).isEmpty();
        assertThat(handOvers.verdict(id, HOUR)).isEmpty();
        assertThatExceptionOfType(StoreException.Gone.class)
                .isThrownBy(() -> links.create(id, HOUR, "third", bytes(3)));
    }

    /** The id of an archived upload stays taken where the local store is used without its archive. */
    @Test
    void localStoreAlone_archivedUploadIsTaken_andIsNotOverwritten() throws Exception {
        UploadId id = upload(10);
        awaitMove(id, HOUR);
        store.close();
        try (LocalUploadStore alone = LocalUploadStore.at(directory.resolve("store"))) {
            assertThat(alone.isTaken(id, HOUR)).isTrue();
            assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> {
                try (UploadStore.Incoming incoming = alone.create(id, HOUR)) {
                    incoming.publish(HOUR);
                }
            });
            assertThatExceptionOfType(StoreException.Unavailable.class).isThrownBy(() -> alone.find(id, HOUR));
            assertThat(alone.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        }
        open();
        assertThat(read(id, HOUR)).isEqualTo(bytes(10));
        assertThat(store.claimOf(id, HOUR)).contains(Claim.of("order-7"));
    }
}
