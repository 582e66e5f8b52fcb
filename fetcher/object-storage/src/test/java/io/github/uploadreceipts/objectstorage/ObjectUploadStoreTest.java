package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ObjectUploadStoreTest {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2100-01-01T00");
    private static final Instant OVER = HOUR.end().plus(Duration.ofHours(2));

    private final MemoryClient client = new MemoryClient(true);
    private final List<ObjectUploadStore> stores = new ArrayList<>();

    @AfterEach
    void closeStores() throws IOException {
        client.failing = request -> false;
        for (ObjectUploadStore store : stores) {
            store.close();
        }
    }

    private ObjectUploadStore open(ObjectUploadStore.Builder builder) throws IOException {
        ObjectUploadStore store = builder.build();
        stores.add(store);
        return store;
    }

    private ObjectUploadStore open() throws IOException {
        return open(ObjectUploadStore.builder(client).patience(Duration.ofMillis(500)));
    }

    private static UploadId publish(UploadStore store, byte[] bytes) throws StoreException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(ByteBuffer.wrap(bytes));
            incoming.force();
            incoming.publish(HOUR);
        }
        return id;
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(StoredUpload upload) throws IOException {
        try (var in = upload.open(0, upload.size())) {
            return in.readAllBytes();
        }
    }

    private static void assertUnavailable(ThrowingCallable call, String message) {
        assertThatExceptionOfType(StoreException.Unavailable.class)
                .isThrownBy(call)
                .withMessageContaining(message);
    }

    private void awaitCleaned(String prefix) throws InterruptedException {
        for (int i = 0; i < 500 && !isClean(prefix); i++) {
            Thread.sleep(20);
        }
        assertThat(client.objects.keySet()).noneMatch(name -> name.startsWith(prefix));
        assertThat(client.unfinished).hasValue(0);
    }

    private boolean isClean(String prefix) {
        return client.unfinished.get() == 0
                && client.objects.keySet().stream().noneMatch(name -> name.startsWith(prefix));
    }

    @Test
    void upload_ofOnePart_isOnePutAndARecord_andNoNameTheClientKnows() throws IOException {
        UploadId id = publish(open(), random(5_000_000));
        assertThat(client.objects.keySet())
                .hasSize(2)
                .anyMatch(name -> name.matches("data/" + HOUR + "/" + id + "-[0-9A-Za-z_-]{22}"))
                .contains("uploads/" + HOUR + "/" + id);
        assertThat(client.puts).hasValue(1);
        assertThat(client.unfinished).hasValue(0);
    }

    @Test
    void upload_ofManyParts_sameBytes() throws IOException {
        ObjectUploadStore store = open();
        byte[] bytes = random(40_000_001);
        UploadId id = publish(store, bytes);
        assertThat(read(store.find(id, HOUR).orElseThrow())).isEqualTo(bytes);
        assertThat(client.puts).hasValue(0);
    }

    @Test
    void upload_twoBuffersAtMost_andAllAreGivenBack() throws IOException {
        ObjectUploadStore store = open(ObjectUploadStore.builder(client).buffers(32 << 20));
        byte[] bytes = random(30_000_000);
        for (int i = 0; i < 5; i++) { // more than the buffers, if one were kept
            assertThat(read(store.find(publish(store, bytes), HOUR).orElseThrow()))
                    .isEqualTo(bytes);
        }
    }

    @Test
    void buffersInUse_newUploadsAreRefused_andThoseThatArriveGoOn() throws IOException {
        ObjectUploadStore store =
                open(ObjectUploadStore.builder(client).buffers(32 << 20).patience(Duration.ofSeconds(5)));
        List<UploadStore.Incoming> arriving = new ArrayList<>();
        assertUnavailable(
                () -> {
                    for (int i = 0; i < 10; i++) {
                        UploadStore.Incoming incoming = store.create(UploadId.random(), HOUR);
                        arriving.add(incoming);
                        incoming.write(ByteBuffer.wrap(random(7_000_000)));
                    }
                },
                "ObjectUploadStore.Builder.buffers");
        assertThat(arriving).hasSizeBetween(2, 4);
        for (UploadStore.Incoming incoming : arriving) {
            incoming.write(ByteBuffer.wrap(random(7_000_000)));
            incoming.publish(HOUR);
            incoming.close();
        }
        assertThat(store.create(UploadId.random(), HOUR)).isNotNull();
    }

    @Test
    void slowStore_uploadIsRefusedInTime_andNothingIsLeft() throws Exception {
        ObjectUploadStore store = open();
        client.millis = 2_000;
        UploadStore.Incoming incoming = store.create(UploadId.random(), HOUR);
        assertUnavailable(() -> incoming.write(ByteBuffer.wrap(random(30_000_000))), "whether it is slow");
        client.millis = 0;
        incoming.close();
        awaitCleaned("data/");
    }

    /** An upload whose beginning has no response has no id by which it could be aborted: the store's lifecycle ends it. */
    @Test
    void storeDown_atAnyStep_noUpload_andNothingIsLeftOnceItIsBack() throws Exception {
        for (String step : List.of("POST data/", "PART data/", "COMPLETE data/", "PUT uploads/")) {
            for (boolean afterwards : step.startsWith("POST") ? new boolean[] {false} : new boolean[] {false, true}) {
                ObjectUploadStore store = open();
                client.failsAfterwards = afterwards;
                client.failing = request -> request.startsWith(step);
                UploadId id = UploadId.random();
                try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
                    assertUnavailable(
                            () -> {
                                incoming.write(ByteBuffer.wrap(random(20_000_000)));
                                incoming.publish(HOUR);
                            },
                            step);
                }
                client.failing = request -> false;
                awaitCleaned("");
                assertThat(store.find(id, HOUR)).as(step).isEmpty();
            }
        }
    }

    @Test
    void storeDownForLong_whatIsLeftIsPurgedWithItsHour() throws Exception {
        ObjectUploadStore store = open();
        client.failing = request -> request.startsWith("PUT uploads/") || request.startsWith("DELETE");
        try (UploadStore.Incoming incoming = store.create(UploadId.random(), HOUR)) {
            incoming.write(ByteBuffer.wrap(random(1000)));
            assertUnavailable(() -> incoming.publish(HOUR), "503");
        }
        store.close(); // which gives up what it cannot delete
        assertThat(client.objects).hasSize(1);
        client.failing = request -> false;
        ObjectUploadStore other = open();
        assertThat(other.latestHour()).isEmpty();
        assertThat(other.purge(OVER)).isEqualTo(1);
        assertThat(client.objects).isEmpty();
    }

    @Test
    void recordWrittenButResponseLost_sameWriterIsNotTaken() throws IOException {
        ObjectUploadStore store = open();
        AtomicInteger attempts = new AtomicInteger();
        client.failsAfterwards = true;
        client.failing = request -> request.startsWith("PUT uploads/") && attempts.incrementAndGet() == 1;
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            assertUnavailable(() -> incoming.publish(HOUR), "cut");
        }
        try (UploadStore.Incoming incoming = open().create(id, HOUR)) { // after the first was withdrawn, or it is taken
            Thread.sleep(200);
            incoming.publish(HOUR);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void discard_crashBeforeTheBytesWereDeleted_laterDiscardDeletesThem() throws Exception {
        ObjectUploadStore store = open();
        UploadId id = publish(store, random(10));
        client.failing = request -> request.startsWith("DELETE");
        assertThat(store.discard(id, HOUR)).isTrue();
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.latestHour()).isEmpty();
        client.failing = request -> false;
        assertThat(open().discard(id, HOUR)).isFalse();
        assertThat(client.objects.keySet()).containsExactly("uploads/" + HOUR + "/" + id);
    }

    @Test
    void noAtomicPut_andNoClaims_areRefusedWithWhatToSet() throws IOException {
        ObjectUploadStore store = open(ObjectUploadStore.builder(new MemoryClient(false)));
        UploadId id = publish(store, random(10));
        assertThat(read(store.find(id, HOUR).orElseThrow())).hasSize(10);
        assertUnavailable(() -> store.claim(id, HOUR, Claim.of("a")), "ObjectUploadStore.Builder.claims");
        assertUnavailable(() -> store.isTaken(id, HOUR), "ObjectUploadStore.Builder.claims");
        assertThat(store.claimOf(id, HOUR)).isEmpty();
    }

    @Test
    void claimsFail_claimIsRefused() throws IOException {
        ObjectUploadStore store =
                open(ObjectUploadStore.builder(new MemoryClient(false)).claims((key, value, until) -> {
                    if (key.endsWith("claim") || key.contains("-claim-")) {
                        throw new IOException("no connection");
                    }
                    return value;
                }));
        UploadId id = publish(store, random(10));
        assertUnavailable(() -> store.claim(id, HOUR, Claim.of("a")), "no connection");
        assertThat(store.claimOf(id, HOUR)).isEmpty();
    }

    @Test
    void requireWritable_asksOnceInAWhile_andSaysWhy() throws IOException {
        ObjectUploadStore store = open();
        for (int i = 0; i < 10; i++) {
            store.requireWritable();
        }
        assertThat(client.puts).hasValue(1);
        client.failing = request -> true;
        ObjectUploadStore other = open();
        assertUnavailable(other::requireWritable, "PUT health: 503");
        assertThat(other.time()).isEmpty();
    }

    @Test
    void record_ofAnotherKind_isAFailure_notAnAbsence() throws IOException {
        ObjectUploadStore store = open();
        UploadId id = publish(store, random(10));
        var unused = client.put(
                "uploads/" + HOUR + "/" + id,
                ByteBuffer.wrap("{\"data\":7}".getBytes(StandardCharsets.UTF_8)),
                java.util.Optional.empty());
        assertThatExceptionOfType(StoreException.Failed.class)
                .isThrownBy(() -> store.find(id, HOUR))
                .withMessageContaining("is damaged");
    }

    @Test
    void extend_twoHostsAtOnce_oneCopyStays() throws Exception {
        ObjectUploadStore store = open();
        UploadId id = publish(store, random(10));
        UploadId kept = UploadId.random();
        ExpiryHour later = ExpiryHour.of(HOUR.end());
        Thread other = new Thread(() -> extend(store, id, kept, later));
        other.start();
        extend(store, id, kept, later);
        other.join();
        for (int i = 0; i < 100 && copies(later) > 1; i++) {
            Thread.sleep(20);
        }
        assertThat(copies(later)).isEqualTo(1);
        assertThat(read(store.find(kept, later).orElseThrow())).isEqualTo(random(10));
    }

    private long copies(ExpiryHour hour) {
        return client.objects.keySet().stream()
                .filter(name -> name.startsWith("data/" + hour))
                .count();
    }

    private static void extend(UploadStore store, UploadId id, UploadId kept, ExpiryHour until) {
        try {
            store.extend(id, HOUR, kept, until);
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void reaches_everyHost() throws IOException {
        ObjectUploadStore store = open(ObjectUploadStore.builder(client).sealed());
        assertThat(store.reaches(new Location(URI.create("http://other:8080"), HOUR, UploadId.random())))
                .isTrue();
        assertThat(store.isSealed()).isTrue();
        assertThat(store.freeSpace()).isEqualTo(Long.MAX_VALUE);
    }
}
