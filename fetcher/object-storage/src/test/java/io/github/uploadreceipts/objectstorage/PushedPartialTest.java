package io.github.uploadreceipts.objectstorage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PushedPartialTest {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2100-01-01T00");
    private static final ExpiryHour LATER = ExpiryHour.of(HOUR.end());
    private static final byte[] BYTES = "hello ".repeat(3_000_000).getBytes(UTF_8); // two parts and a bit

    private final MemoryClient client = new MemoryClient(true);
    private final UploadId id = UploadId.random();

    @TempDir
    private Path directory;

    private ObjectUploadStore open() throws IOException {
        return ObjectUploadStore.builder(client).partials(directory).build();
    }

    private static PartialStore partials(ObjectUploadStore store) {
        return PartialStores.of(store).orElseThrow();
    }

    private void arrive(ObjectUploadStore store) throws IOException {
        partials(store).create(id, HOUR, "state");
        try (Partial partial = partials(store).open(id, HOUR).orElseThrow()) {
            partial.write(ByteBuffer.wrap(BYTES));
            partial.acknowledge(BYTES.length);
            partial.replaceState("complete");
        }
    }

    private void publish(ObjectUploadStore store) throws IOException {
        try (Partial partial = partials(store).open(id, HOUR).orElseThrow()) {
            partial.publish(LATER);
        }
    }

    private void assertPublishedOnce(ObjectUploadStore store) throws IOException {
        StoredUpload upload = store.find(id, LATER).orElseThrow();
        try (var in = upload.open(0, upload.size())) {
            assertThat(in.readAllBytes()).isEqualTo(BYTES);
        }
        assertThat(partials(store).find(id, HOUR)).isPresent();
        assertThatExceptionOfType(StoreException.Gone.class)
                .isThrownBy(() -> partials(store).open(id, HOUR));
        assertThat(client.objects.keySet())
                .filteredOn(name -> name.startsWith("uploads/"))
                .hasSize(1);
        assertThat(store.isTaken(id, LATER)).isTrue();
        assertThat(store.isTaken(id, HOUR)).isTrue();
    }

    private List<Path> localFiles() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().equals(id.toString()))
                    .toList();
        }
    }

    @Test
    void publish_pushesTheBytes_andEndsTheLocalFile() throws IOException {
        try (ObjectUploadStore store = open()) {
            arrive(store);
            assertThat(store.isTaken(id, HOUR)).isTrue();
            assertThat(store.latestHour()).contains(HOUR);
            assertThat(client.objects).isEmpty();
            publish(store);
            assertPublishedOnce(store);
            assertThat(localFiles()).isEmpty();
            assertThat(store.latestHour()).contains(LATER);
            assertThat(store.discard(id, LATER)).isTrue();
            assertThat(store.purge(LATER.end().plusSeconds(3600))).isPositive();
            assertThat(client.objects).isEmpty();
            assertThat(partials(store).find(id, HOUR)).isEmpty();
        }
    }

    /** The host stands still before or after a request. What is on its disk and in the store then is all that is left. */
    @ParameterizedTest
    @CsvSource({
        "POST data/, false",
        "PART data/, false",
        "PART data/, true",
        "COMPLETE data/, false",
        "COMPLETE data/, true",
        "PUT uploads/, false",
        "PUT uploads/, true",
        "GET uploads/, false"
    })
    void publish_killedAtAnyRequest_publishesOnceAfterwards(String step, boolean afterwards) throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        ObjectUploadStore killed = open();
        arrive(killed);
        client.failsAfterwards = afterwards;
        client.failing = standStill(step, reached, over);
        Thread publishing = new Thread(() -> {
            try {
                publish(killed);
            } catch (IOException e) {
                // it was killed
            }
        });
        publishing.start();
        reached.await();
        Path left = directory.resolveSibling(directory.getFileName() + "-left");
        copy(directory, left);
        MemoryClient rest = new MemoryClient(true);
        rest.objects.putAll(client.objects);
        over.countDown();
        publishing.join();
        killed.close();

        client.failing = request -> false;
        client.objects.clear();
        client.objects.putAll(rest.objects);
        delete(directory);
        Files.move(left, directory);
        try (ObjectUploadStore store = open()) {
            publish(store);
            assertPublishedOnce(store);
            assertThat(localFiles()).isEmpty();
        }
    }

    /** The memory client asks before a request, or after it, whether to fail. */
    private static Predicate<String> standStill(String step, CountDownLatch reached, CountDownLatch over) {
        return request -> {
            if (request.startsWith(step)) {
                reached.countDown();
                try {
                    over.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return true;
            }
            return false;
        };
    }

    @Test
    void publish_killedBeforeTheLocalFileIsForgotten_uploadIsThereOnce() throws IOException {
        try (ObjectUploadStore store = open()) {
            arrive(store);
            publish(store);
        }
        try (LocalUploadStore local = LocalUploadStore.at(directory);
                var incoming = local.create(id, LATER)) {
            incoming.write(ByteBuffer.wrap(BYTES));
            incoming.publish(LATER);
        }
        try (ObjectUploadStore store = open()) {
            assertPublishedOnce(store);
            assertThat(localFiles()).hasSize(1);
            assertThat(store.discard(id, LATER)).isTrue();
            assertThat(localFiles()).isEmpty();
        }
    }

    @Test
    void publish_storeDown_uploadStays_andIsPublishedLater() throws IOException {
        try (ObjectUploadStore store = open()) {
            arrive(store);
            client.failing = request -> true;
            assertThatExceptionOfType(StoreException.Unavailable.class).isThrownBy(() -> publish(store));
            client.failing = request -> false;
            publish(store);
            assertPublishedOnce(store);
        }
    }

    @Test
    void publish_idOfAnotherUpload_isTaken_andTheOtherStays() throws IOException {
        try (ObjectUploadStore store = open()) {
            arrive(store);
            try (var incoming = store.create(id, LATER)) {
                incoming.write(ByteBuffer.wrap("other".getBytes(UTF_8)));
                incoming.publish(LATER);
            }
            assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> publish(store));
            assertThat(store.find(id, LATER).orElseThrow().size()).isEqualTo(5);
        }
    }

    @Test
    void withoutADirectory_noResumableUploads() throws IOException {
        try (ObjectUploadStore store = ObjectUploadStore.builder(client).build()) {
            assertThat(PartialStores.of(store)).isEmpty();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
