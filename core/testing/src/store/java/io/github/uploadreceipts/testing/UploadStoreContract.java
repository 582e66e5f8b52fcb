package io.github.uploadreceipts.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The contract of every store, as tests. An author of a store extends it, and adds tests of what is the store's own:
 *
 * <pre>{@code
 * class BucketStoreTest extends UploadStoreContract {
 *     @Override
 *     protected UploadStore open() {
 *         return BucketStore.at(bucket);
 *     }
 * }
 * }</pre>
 */
public abstract class UploadStoreContract {

    /** An hour in which uploads of these tests expire. */
    protected static final ExpiryHour HOUR = ExpiryHour.parse("2026-11-22T09");

    /** The hour after that. */
    protected static final ExpiryHour LATER = ExpiryHour.parse("2026-11-22T10");

    @SuppressWarnings("NullAway.Init") // before each test
    private UploadStore store;

    /** Is called by subclasses. */
    protected UploadStoreContract() {}

    /**
     * Opens the store. Each test begins with an empty store of its own: its first call opens that, and later calls open
     * the same one again, after it was closed.
     */
    protected abstract UploadStore open() throws IOException;

    @BeforeEach
    void openStore() throws IOException {
        store = open();
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
    }

    private void reopen() throws IOException {
        store.close();
        store = open();
    }

    /** Returns the text in UTF-8. */
    protected static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    /** Stores a text as an upload. */
    protected static void publish(UploadStore store, UploadId id, ExpiryHour hour, String text) throws StoreException {
        try (UploadStore.Incoming incoming = store.create(id, hour)) {
            incoming.write(bytes(text));
            incoming.publish(hour);
        }
    }

    private UploadId published(ExpiryHour hour) throws StoreException {
        UploadId id = UploadId.random();
        publish(store, id, hour, "hello");
        return id;
    }

    private StoredUpload found(UploadId id, ExpiryHour hour) throws StoreException {
        return store.find(id, hour).orElseThrow();
    }

    /** Reads a range of an upload. */
    protected static byte[] read(StoredUpload upload, long first, long length) throws IOException {
        try (InputStream in = upload.open(first, length)) {
            return in.readAllBytes();
        }
    }

    /** Reads an upload as a text. */
    protected static String read(StoredUpload upload) throws IOException {
        return new String(read(upload, 0, upload.size()), UTF_8);
    }

    /** Checks that {@code call} fails because an id is taken. */
    protected static void assertTaken(Callable<?> call) {
        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(call::call);
    }

    /** Checks that {@code call} fails because an upload is gone. */
    protected static void assertGone(Callable<?> call) {
        assertThatExceptionOfType(StoreException.Gone.class).isThrownBy(call::call);
    }

    /** Runs the tasks at the same moment and returns their results. */
    protected static <T> List<T> together(List<? extends Callable<T>> tasks) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(tasks.size());
        try {
            CyclicBarrier start = new CyclicBarrier(tasks.size());
            List<Future<T>> futures = new ArrayList<>();
            for (Callable<T> task : tasks) {
                futures.add(pool.submit(() -> {
                    start.await();
                    return task.call();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void publish_visibleOnlyThen() throws IOException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(bytes("hel"));
            incoming.write(bytes("lo"));
            incoming.force();
            assertThat(store.find(id, HOUR)).isEmpty();
            assertThat(store.isTaken(id, HOUR)).isFalse();
            assertGone(() -> store.claim(id, HOUR, Claim.of("a")));
            assertThat(store.discard(id, HOUR)).isFalse();
            incoming.publish(HOUR);
        }
        StoredUpload upload = found(id, HOUR);
        assertThat(upload.size()).isEqualTo(5);
        assertThat(read(upload)).isEqualTo("hello");
        assertThat(upload.lastModified())
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
        assertThat(store.find(id, LATER)).isEmpty();
        assertThat(store.find(UploadId.random(), HOUR)).isEmpty();
    }

    @Test
    void publish_noBytes() throws IOException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.publish(HOUR);
        }
        assertThat(found(id, HOUR).size()).isZero();
        assertThat(read(found(id, HOUR))).isEmpty();
    }

    @Test
    void publish_thenReopened_everythingIsThere() throws IOException {
        UploadId id = published(HOUR);
        UploadId discarded = published(HOUR);
        store.claim(id, HOUR, Claim.of("order-7"));
        store.discard(discarded, HOUR);
        reopen();
        assertThat(read(found(id, HOUR))).isEqualTo("hello");
        assertThat(store.claim(id, HOUR, Claim.of("order-8"))).isFalse();
        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        assertThat(store.find(discarded, HOUR)).isEmpty();
        assertThat(store.isTaken(discarded, HOUR)).isTrue();
    }

    @Test
    void publish_laterThanItsCreationSaid_whereTheStoreAllows() throws IOException {
        ExpiryHour hour = store.publishesLater() ? LATER : HOUR;
        ExpiryHour other = store.publishesLater() ? HOUR : LATER;
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(bytes("hello"));
            incoming.publish(hour);
        }
        assertThat(store.find(id, other)).isEmpty();
        assertThat(store.isTaken(id, other)).isFalse();
        assertThat(read(found(id, hour))).isEqualTo("hello");
        assertThat(store.isTaken(id, hour)).isTrue();
    }

    @Test
    void write_manyRandomChunks_sameBytes() throws IOException {
        Random random = new Random(42);
        byte[] all = new byte[1 << 20];
        random.nextBytes(all);
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            for (int at = 0; at < all.length; ) {
                int length = Math.min(all.length - at, random.nextInt(50_000));
                ByteBuffer chunk = ByteBuffer.wrap(all, at, length);
                incoming.write(chunk);
                assertThat(chunk.hasRemaining()).isFalse();
                at += length;
            }
            incoming.publish(HOUR);
        }
        assertThat(read(found(id, HOUR), 0, all.length)).isEqualTo(all);
    }

    @Test
    void close_unpublished_leavesNothing() throws IOException {
        UploadId id = UploadId.random();
        UploadStore.Incoming incoming = store.create(id, HOUR);
        incoming.write(bytes("hello"));
        incoming.close();
        incoming.close();
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> incoming.write(bytes("more")));
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> incoming.publish(HOUR));
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.isTaken(id, HOUR)).isFalse();
        publish(store, id, HOUR, "other");
        assertThat(read(found(id, HOUR))).isEqualTo("other");
    }

    @Test
    void closeOfTheStore_whileReceiving_leavesNothing() throws IOException {
        UploadId id = UploadId.random();
        UploadStore.Incoming incoming = store.create(id, HOUR);
        incoming.write(bytes("hello"));
        reopen();
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> incoming.publish(HOUR));
        incoming.close();
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThatCode(() -> publish(store, id, HOUR, "other")).doesNotThrowAnyException();
    }

    @Test
    void create_sameIdTwice() throws IOException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            assertTaken(() -> store.create(id, HOUR));
            assertTaken(() -> store.create(id, LATER));
            incoming.publish(HOUR);
        }
        assertThat(store.find(id, HOUR)).isPresent();
    }

    @Test
    void publish_sameIdTwice_isRefused_andTheFirstStays() throws IOException {
        UploadId id = published(HOUR);
        assertThat(store.isTaken(id, HOUR)).isTrue();
        assertThat(store.isTaken(id, LATER)).isFalse();
        assertThat(store.isTaken(UploadId.random(), HOUR)).isFalse();
        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> publish(store, id, HOUR, "other"));
        assertThat(read(found(id, HOUR))).isEqualTo("hello");
        publish(store, id, LATER, "other");
        assertThat(read(found(id, LATER))).isEqualTo("other");
        assertThat(read(found(id, HOUR))).isEqualTo("hello");
    }

    @Test
    void publish_afterADiscard_isRefused() throws IOException {
        UploadId id = published(HOUR);
        assertThat(store.discard(id, HOUR)).isTrue();
        assertThat(store.isTaken(id, HOUR)).isTrue();
        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> publish(store, id, HOUR, "other"));
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.discard(id, HOUR)).isFalse();
        assertThat(store.isTaken(id, HOUR)).isTrue();
    }

    @Test
    void publish_refused_nothingButClosingIsPossible() throws IOException {
        UploadId id = published(HOUR);
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(bytes("other"));
            assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> incoming.publish(HOUR));
            store.withdraw(id, HOUR);
            assertThatExceptionOfType(StoreException.Failed.class).isThrownBy(() -> incoming.write(bytes("x")));
            assertThatExceptionOfType(StoreException.Failed.class).isThrownBy(incoming::force);
            assertThatExceptionOfType(StoreException.Failed.class).isThrownBy(() -> incoming.publish(HOUR));
        }
        assertThat(store.find(id, HOUR)).isEmpty();
    }

    @Test
    void withdraw_asIfItHadNeverBeen() throws IOException {
        UploadId id = published(HOUR);
        StoredUpload upload = found(id, HOUR);
        store.withdraw(id, HOUR);
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.isTaken(id, HOUR)).isFalse();
        assertGone(() -> upload.open(0, 5));
        publish(store, id, HOUR, "other");
        assertThat(read(found(id, HOUR))).isEqualTo("other");
        assertThatCode(() -> store.withdraw(UploadId.random(), HOUR)).doesNotThrowAnyException();
    }

    @Test
    void open_everyRange() throws IOException {
        StoredUpload upload = found(published(HOUR), HOUR);
        byte[] all = "hello".getBytes(UTF_8);
        for (int first = 0; first <= all.length; first++) {
            for (int length = 0; first + length <= all.length; length++) {
                assertThat(read(upload, first, length))
                        .as("%d bytes from %d", length, first)
                        .isEqualTo(Arrays.copyOfRange(all, first, first + length));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 300000", "1, 299999", "131072, 131072", "299999, 1", "300000, 0", "70000, 100001"})
    void open_rangeOfALargeUpload_howeverItIsRead(int first, int length) throws IOException {
        byte[] all = new byte[300_000];
        new Random(7).nextBytes(all);
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(ByteBuffer.wrap(all));
            incoming.publish(HOUR);
        }
        byte[] expected = Arrays.copyOfRange(all, first, first + length);
        StoredUpload upload = found(id, HOUR);
        assertThat(read(upload, first, length)).isEqualTo(expected);
        Random random = new Random(8);
        try (InputStream in = upload.open(first, length)) {
            for (int at = 0; at < length; ) {
                byte[] buffer = new byte[1 + random.nextInt(50_000)];
                int count = at % 3 == 0 ? readOne(in, buffer) : in.read(buffer);
                assertThat(count).isBetween(1, Math.min(buffer.length, length - at));
                assertThat(Arrays.copyOf(buffer, count)).isEqualTo(Arrays.copyOfRange(expected, at, at + count));
                at += count;
            }
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read(new byte[10])).isEqualTo(-1);
        }
    }

    private static int readOne(InputStream in, byte[] buffer) throws IOException {
        int one = in.read();
        assertThat(one).isBetween(0, 255);
        buffer[0] = (byte) one;
        return 1;
    }

    @Test
    void open_twoReadersAtOnce_eachItsOwn() throws IOException {
        StoredUpload upload = found(published(HOUR), HOUR);
        try (InputStream one = upload.open(0, 5);
                InputStream other = upload.open(0, 5)) {
            assertThat(one.read()).isEqualTo('h');
            assertThat(other.readAllBytes()).isEqualTo("hello".getBytes(UTF_8));
            assertThat(one.readAllBytes()).isEqualTo("ello".getBytes(UTF_8));
        }
    }

    /** Front servers send this file as it is. */
    @Test
    void file_ifThereIsOne_hasTheStoredBytes() throws IOException {
        StoredUpload upload = found(published(HOUR), HOUR);
        if (upload.file().isPresent()) {
            Path file = upload.file().get();
            assertThat(file).isRegularFile().hasSize(upload.size()).hasContent("hello");
            assertThat(Files.isSymbolicLink(file)).isFalse();
        }
    }

    @Test
    void claim_sameIdAgain_anotherNot() throws IOException {
        UploadId id = published(HOUR);
        UploadId other = published(HOUR);
        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        assertThat(store.claim(id, HOUR, Claim.of("order-8"))).isFalse();
        assertThat(store.claim(id, HOUR, Claim.of("order-"))).isFalse();
        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        assertThat(store.claimOf(id, HOUR)).contains(Claim.of("order-7"));
        assertThat(store.claimOf(other, HOUR)).isEmpty();
        assertThat(store.claimOf(id, LATER)).isEmpty();
        assertThat(store.claim(other, HOUR, Claim.of("order-8"))).isTrue();
        assertThat(read(found(id, HOUR))).isEqualTo("hello");
        assertGone(() -> store.claim(id, LATER, Claim.of("order-7")));
        assertGone(() -> store.claim(UploadId.random(), HOUR, Claim.of("order-7")));
    }

    @Test
    void claim_manyThreads_exactlyOneClaimWins() throws Exception {
        for (int round = 0; round < 50; round++) {
            UploadId id = published(HOUR);
            List<Boolean> results = together(IntStream.range(0, 16)
                    .<Callable<Boolean>>mapToObj(i -> () -> store.claim(id, HOUR, Claim.of("order-" + i % 2)))
                    .toList());
            boolean even = results.get(0);
            assertThat(results)
                    .isEqualTo(IntStream.range(0, 16)
                            .mapToObj(i -> even == (i % 2 == 0))
                            .toList());
            assertThat(store.claim(id, HOUR, Claim.of("order-" + (even ? 0 : 1))))
                    .isTrue();
        }
    }

    @Test
    void publish_sameIdByManyThreads_exactlyOneIsStored() throws Exception {
        for (int round = 0; round < 50; round++) {
            UploadId id = UploadId.random();
            List<Boolean> results = together(IntStream.range(0, 8)
                    .<Callable<Boolean>>mapToObj(i -> () -> isPublished(id, "upload-" + i))
                    .toList());
            assertThat(results).containsOnlyOnce(true);
            assertThat(read(found(id, HOUR))).isEqualTo("upload-" + results.indexOf(true));
        }
    }

    private boolean isPublished(UploadId id, String text) throws StoreException {
        try {
            publish(store, id, HOUR, text);
            return true;
        } catch (StoreException.Taken e) {
            return false;
        }
    }

    @Test
    void extend_laterUploadWithTheSameBytes() throws IOException {
        UploadId id = published(HOUR);
        UploadId kept = UploadId.random();
        store.extend(id, HOUR, kept, LATER);
        store.extend(id, HOUR, kept, LATER);
        reopen();
        assertThat(read(found(id, HOUR))).isEqualTo("hello");
        assertThat(read(found(kept, LATER))).isEqualTo("hello");
        assertThat(store.isTaken(kept, LATER)).isTrue();
        assertThat(store.find(kept, HOUR)).isEmpty();
        assertThat(store.claimOf(kept, LATER)).isEmpty();

        assertThat(store.purge(HOUR.start().plusSeconds(7200))).isEqualTo(1);
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(read(found(kept, LATER))).isEqualTo("hello");
    }

    /** Otherwise an order could use an upload that another one has used. */
    @Test
    void extend_claimGoesWithIt() throws IOException {
        UploadId id = published(HOUR);
        UploadId kept = UploadId.random();
        store.claim(id, HOUR, Claim.of("order-7"));
        store.extend(id, HOUR, kept, LATER);
        reopen();
        assertThat(store.claim(kept, LATER, Claim.of("order-8"))).isFalse();
        assertThat(store.claim(kept, LATER, Claim.of("order-7"))).isTrue();
        store.extend(id, HOUR, kept, LATER);
        assertThat(store.claimOf(kept, LATER)).contains(Claim.of("order-7"));
    }

    @Test
    void extend_claimedSinceByAnother_keepsThatClaim() throws IOException {
        UploadId id = published(HOUR);
        UploadId kept = UploadId.random();
        store.extend(id, HOUR, kept, LATER);
        store.claim(kept, LATER, Claim.of("order-8"));
        store.claim(id, HOUR, Claim.of("order-7"));
        store.extend(id, HOUR, kept, LATER);
        assertThat(store.claimOf(kept, LATER)).contains(Claim.of("order-8"));
    }

    @Test
    void extend_notThere_orNotFree() throws IOException {
        UploadId id = published(HOUR);
        assertGone(() -> extended(UploadId.random(), UploadId.random()));
        UploadId other = published(LATER);
        assertTaken(() -> extended(id, other));
        UploadId kept = UploadId.random();
        store.extend(id, HOUR, kept, LATER);
        store.discard(kept, LATER);
        assertTaken(() -> extended(id, kept));
        assertThat(store.find(kept, LATER)).isEmpty();
        store.discard(id, HOUR);
        assertGone(() -> extended(id, UploadId.random()));
    }

    private UploadId extended(UploadId id, UploadId kept) throws StoreException {
        store.extend(id, HOUR, kept, LATER);
        return kept;
    }

    @Test
    void discard_uploadButNotItsClaim_norUnderAReader() throws IOException {
        UploadId id = published(HOUR);
        UploadId other = published(HOUR);
        store.claim(id, HOUR, Claim.of("order-7"));
        StoredUpload upload = found(id, HOUR);
        try (InputStream reading = upload.open(0, 5)) {
            assertThat(store.discard(id, HOUR)).isTrue();
            assertThat(store.discard(id, HOUR)).isFalse();
            assertThat(reading.read(new byte[10])).isEqualTo(5);
        }
        assertGone(() -> upload.open(0, 5));
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.find(other, HOUR)).isPresent();
        assertGone(() -> store.claim(id, HOUR, Claim.of("order-7")));
        assertThat(store.claim(id, HOUR, Claim.of("order-8"))).isFalse();
    }

    @Test
    void discard_neverClaimed_isGoneForEveryClaim() throws IOException {
        UploadId id = published(HOUR);
        store.discard(id, HOUR);
        assertGone(() -> store.claim(id, HOUR, Claim.of("order-7")));
        assertThat(store.discard(UploadId.random(), HOUR)).isFalse();
    }

    @Test
    void latestHour_ofWhatIsKept() throws IOException {
        assertThat(store.latestHour()).isEmpty();
        UploadId first = published(HOUR);
        UploadId second = published(LATER);
        store.claim(second, LATER, Claim.of("a"));
        assertThat(store.latestHour()).contains(LATER);
        store.discard(second, LATER);
        assertThat(store.latestHour()).contains(HOUR);
        store.withdraw(first, HOUR);
        assertThat(store.latestHour()).isEmpty();
    }

    @Test
    void purge_wholeHours_anHourAfterTheyEnded() throws IOException {
        UploadId first = published(HOUR);
        store.claim(first, HOUR, Claim.of("a"));
        UploadId discarded = published(HOUR);
        store.discard(discarded, HOUR);
        UploadId second = published(LATER);

        assertThat(store.purge(Instant.EPOCH)).isZero();
        assertThat(store.purge(Instant.parse("2026-11-22T10:59:59Z"))).isZero();
        assertThat(store.find(first, HOUR)).isPresent();
        StoredUpload upload = found(first, HOUR);
        assertThat(store.purge(Instant.parse("2026-11-22T11:00:00Z"))).isEqualTo(1);
        assertThat(store.find(first, HOUR)).isEmpty();
        assertGone(() -> upload.open(0, 5));
        assertGone(() -> store.claim(first, HOUR, Claim.of("a")));
        assertGone(() -> store.claim(first, HOUR, Claim.of("b")));
        assertThat(store.isTaken(discarded, HOUR)).isFalse();
        assertThat(read(found(second, LATER))).isEqualTo("hello");
        assertThat(store.purge(Instant.parse("2026-11-22T12:00:00Z"))).isEqualTo(1);
        assertThat(store.find(published(LATER), LATER))
                .as("publishing into a purged hour")
                .isPresent();
    }

    @Test
    void freeSpace_someIsLeft() throws IOException {
        assertThat(store.freeSpace()).isPositive();
        assertThat(store.isDraining()).isFalse();
    }
}
