package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.samples.album.Client.Response;
import io.github.uploadreceipts.samples.album.StoredAlbum.Place;
import io.github.uploadreceipts.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program, with an object store as its store. */
class StorageIT {

    private static final byte[] SMALL = Bytes.random(20_000, 1);
    private static final byte[] LARGE = Bytes.random(20 << 20, 2);

    @TempDir
    private Path directory;

    private final Client client = new Client();

    @Test
    void swift_hostStopped_albumOfItsPhotos_fromAnotherHost() throws Exception {
        try (SwiftServer swift = SwiftServer.start(Files.createDirectory(directory.resolve("swift")))) {
            makeAlbumOfStoppedHost(Place.of(swift));
            assertThat(swift.request("GET", "/album?prefix=data/").body())
                    .as("uploads are discarded after use")
                    .isEmpty();
        }
    }

    @Test
    void s3_hostStopped_albumOfItsPhotos_fromAnotherHost() throws Exception {
        try (S3Proxy store = S3Proxy.start(Files.createDirectory(directory.resolve("s3")))) {
            makeAlbumOfStoppedHost(Place.of(store));
        }
    }

    @Test
    void archive_uploadsArePushed_andGoWhenTheAlbumIsMade() throws Exception {
        try (SwiftServer swift = SwiftServer.start(Files.createDirectory(directory.resolve("swift")))) {
            Place place = Place.of(swift);
            StoredAlbum.operate(place, "prepare");
            try (StoredAlbum fleet = StoredAlbum.startArchiving(place, directory)) {
                List<String> receipts = List.of(
                        client.upload(fleet.url(2), "large.bin", "application/octet-stream", LARGE),
                        client.upload(fleet.url(1), "small.bin", "application/octet-stream", SMALL));
                awaitArchived(swift, 2);
                Response album = client.submit(fleet.url(3), receipts, "order-1");
                assertThat(album.status()).as(album.text()).isEqualTo(200);
                assertThat(Client.each(album.json(), "name")).containsExactly("large.bin", "small.bin");
                awaitArchived(swift, 0);
            }
        }
    }

    private static void awaitArchived(SwiftServer swift, long wanted) throws Exception {
        Await.until(wanted + " archived", () -> archived(swift) == wanted);
    }

    private static long archived(SwiftServer swift) throws Exception {
        return swift.request("GET", "/album?prefix=archive/").body().lines().count();
    }

    private void makeAlbumOfStoppedHost(Place place) throws Exception {
        StoredAlbum.operate(place, "prepare");
        assertThat(StoredAlbum.operate(place, "check").lines()).anyMatch(line -> line.startsWith("ok "));
        try (StoredAlbum fleet = StoredAlbum.start(place, directory)) {
            List<String> receipts = List.of(
                    client.upload(fleet.url(2), "large.bin", "application/octet-stream", LARGE),
                    client.upload(fleet.url(1), "small.bin", "application/octet-stream", SMALL));
            assertThat(client.post(fleet.url(1) + "/fleet/hosts/2/stop", "").status())
                    .isEqualTo(200);

            Response album = client.submit(fleet.url(3), receipts, "order-1");
            assertThat(album.status()).as(album.text()).isEqualTo(200);
            assertThat(Client.each(album.json(), "name")).containsExactly("large.bin", "small.bin");

            Response another = client.submit(fleet.url(3), receipts, "order-2");
            assertThat(another.status()).isGreaterThanOrEqualTo(400);
        }
    }
}
