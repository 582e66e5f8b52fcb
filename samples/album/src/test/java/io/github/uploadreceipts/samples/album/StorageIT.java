package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.samples.album.Client.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program, with OpenStack Swift as its store. */
class StorageIT {

    private static final byte[] SMALL = Bytes.random(20_000, 1);
    private static final byte[] LARGE = Bytes.random(20 << 20, 2);

    @TempDir
    private Path directory;

    private final Client client = new Client();

    @Test
    void hostStopped_albumOfItsPhotos_fromAnotherHost() throws Exception {
        try (SwiftServer swift = SwiftServer.start(Files.createDirectory(directory.resolve("swift")))) {
            StoredAlbum.operate(swift, "prepare");
            assertThat(StoredAlbum.operate(swift, "check").lines()).anyMatch(line -> line.startsWith("ok "));
            try (StoredAlbum fleet = StoredAlbum.start(swift, directory)) {
                List<String> receipts = List.of(
                        client.upload(fleet.url(2), "large.bin", "application/octet-stream", LARGE),
                        client.upload(fleet.url(1), "small.bin", "application/octet-stream", SMALL));
                assertThat(client.post(fleet.url(1) + "/fleet/hosts/2/stop", "").status())
                        .isEqualTo(200);

                Response album = client.submit(fleet.url(3), receipts, "order-1");
                assertThat(album.status()).as(album.text()).isEqualTo(200);
                assertThat(Client.each(album.json(), "name")).containsExactly("large.bin", "small.bin");

                assertThat(fleet.uploads())
                        .as("uploads are discarded after use")
                        .isEmpty();
                Response another = client.submit(fleet.url(3), receipts, "order-2");
                assertThat(another.status()).isGreaterThanOrEqualTo(400);
            }
        }
    }
}
