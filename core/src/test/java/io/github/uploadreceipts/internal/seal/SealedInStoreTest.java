package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seals into a store and opens from it, as resumable uploads will. */
class SealedInStoreTest {

    private static final String MARKER = "0123456789 these are the plain bytes ";
    private static final byte[] PLAIN = MARKER.repeat(5000).getBytes(StandardCharsets.US_ASCII);
    private static final SealKey KEY = SealKey.random();

    @TempDir
    private Path directory;

    private StoredUpload store(UploadStore store) throws IOException {
        UploadId id = UploadId.random();
        ExpiryHour hour = ExpiryHour.of(Instant.now().plusSeconds(7200));
        try (UploadStore.Incoming incoming = store.create(id, hour)) {
            Sealer sealer = Sealer.begin(KEY);
            sealer.expect(PLAIN.length);
            for (int done = 0; done < PLAIN.length; done += 10_000) {
                sealer.write(ByteBuffer.wrap(PLAIN, done, Math.min(10_000, PLAIN.length - done)), incoming::write);
            }
            sealer.finish(incoming::write);
            incoming.force();
            incoming.publish(hour);
        }
        return store.find(id, hour).orElseThrow();
    }

    private static byte[] open(StoredUpload stored, long first, long length) throws IOException {
        SealedFile file = SealedFile.of(KEY, PLAIN.length, stored.size());
        StoredRange range = file.stored(first, length);
        try (InputStream in = file.open(first, length, stored.open(range.first(), range.length()))) {
            return in.readAllBytes();
        }
    }

    @Test
    void open_fromStore_givesThePlainBytes() throws IOException {
        try (UploadStore store = LocalUploadStore.at(directory)) {
            StoredUpload stored = store(store);
            assertThat(open(stored, 0, PLAIN.length)).isEqualTo(PLAIN);
            assertThat(open(stored, 70_000, MARKER.length()))
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo(
                            MARKER.repeat(2).substring(70_000 % MARKER.length()).substring(0, MARKER.length()));
        }
    }

    @Test
    void store_plainBytes_areNowhereOnTheDisk() throws IOException {
        try (UploadStore store = LocalUploadStore.at(directory)) {
            StoredUpload stored = store(store);
            List<Path> files;
            try (Stream<Path> all = Files.walk(directory)) {
                files = all.filter(Files::isRegularFile).toList();
            }
            assertThat(files).contains(stored.file().orElseThrow());
            for (Path file : files) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .doesNotContain(MARKER.substring(0, 8), MARKER.substring(20, 28));
            }
        }
    }

    @Test
    void open_fileOnTheDiskChanged_refused() throws IOException {
        try (UploadStore store = LocalUploadStore.at(directory)) {
            StoredUpload stored = store(store);
            Path file = stored.file().orElseThrow();
            byte[] bytes = Files.readAllBytes(file);
            bytes[70_000] ^= 1;
            Files.write(file, bytes);
            assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> open(stored, 70_000, 1));
            assertThat(open(stored, 0, 65_536)).hasSize(65_536);
        }
    }
}
