package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts in containers, each with a disk, whose uploads are archived in one container of Swift. */
class ArchivingFleetIT {

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    private final KeyRing ring = KeyRing.generate("photos");

    @TempDir
    private Path directory;

    @BeforeAll
    static void startSwift(@TempDir Path directory) throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stopSwift() {
        swift.close();
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private LocalUploadStore local(int number, boolean sealed) throws IOException {
        LocalUploadStore.Builder builder = LocalUploadStore.builder(directory.resolve("host" + number));
        return (sealed ? builder.sealed() : builder).open();
    }

    private FleetMember member(
            LocalUploadStore local, ObjectStorage storage, Container kind, boolean sealed, int... ports)
            throws Exception {
        ArchivingUploadStore store = ArchivingUploadStore.builder(local, storage)
                .keepLocal(Duration.ofMillis(100))
                .look(Duration.ofMillis(200))
                .build();
        return new FleetMember(ring, store, kind, directory.resolve("work" + ports[0]), sealed, ports);
    }

    @Test
    void uploadedAtOneHost_archived_fetchedAtTheOtherInOrder_once() throws Exception {
        assertFleet(Container.TOMCAT_11, false);
    }

    @Test
    void uploadedAtOneHost_archivedSealed_fetchedAtTheOtherInOrder_once() throws Exception {
        assertFleet(Container.UNDERTOW, true);
    }

    private void assertFleet(Container kind, boolean sealed) throws Exception {
        List<byte[]> files = List.of(bytes(7), bytes(20_000_000), bytes(300_000), bytes(9_000_000));
        try (SwiftStorage storage = SwiftStores.newStorage(swift, swift.accountUrl())) {
            int port = Ports.free();
            int other = Ports.free();
            LocalUploadStore disk = local(1, sealed);
            LocalUploadStore otherDisk = local(2, sealed);
            try (FleetMember one = member(disk, storage, kind, sealed, port, other);
                    FleetMember two = member(otherDisk, storage, kind, sealed, other, port)) {
                List<UploadReceipt> receipts = new ArrayList<>();
                receipts.add(two.host.receipts().verify(one.upload(files.get(0))));
                receipts.add(two.host.receipts().verify(two.upload(files.get(1))));
                receipts.add(two.host.receipts().verify(one.resume(files.get(2))));
                receipts.add(two.host.receipts().verify(one.resume(files.get(3))));
                assertThat(fetched(two, receipts)).as("while they are archived").containsExactlyElementsOf(files);
                for (UploadReceipt receipt : receipts) {
                    Location location = receipt.owner();
                    boolean first = location.base().getPort() == one.port;
                    ArchivingContract.awaitMove(first ? disk : otherDisk, location.id(), location.hour());
                }
                assertThat(fetched(one, receipts)).containsExactlyElementsOf(files);
                try (FetchedUploads uploads = two.fetcher.fetch(receipts, Claim.of("order-7"))) {
                    assertThat(ObjectFleetIT.read(uploads)).containsExactlyElementsOf(files);
                    assertThatExceptionOfType(FetchException.class)
                            .isThrownBy(() -> one.fetcher.fetch(receipts, Claim.of("order-8")));
                    int number = 0;
                    for (FetchedUpload upload : uploads) {
                        try (InputStream bytes = upload.open()) {
                            storage.put(
                                    "orders/7/" + number++,
                                    bytes,
                                    upload.receipt().size());
                        }
                    }
                    uploads.discard();
                }
                assertThatExceptionOfType(FetchException.class).isThrownBy(() -> one.fetcher.fetch(receipts));
                List<String> kept = List.of("orders/7/0", "orders/7/1", "orders/7/2", "orders/7/3");
                Await.until("end of deletions", () -> others(storage).size() <= kept.size());
                assertThat(others(storage)).containsExactlyElementsOf(kept);
                for (int i = 0; i < kept.size(); i++) {
                    Head head = storage.client().head(kept.get(i)).orElseThrow();
                    try (InputStream bytes = storage.client().open(kept.get(i), 0, head.size(), head.etag())) {
                        assertThat(bytes.readAllBytes()).isEqualTo(files.get(i));
                    }
                }
            }
        }
    }

    /** Returns the names of all objects but the parts of those that the application keeps. */
    private static List<String> others(ObjectStorage storage) throws IOException {
        return SwiftStores.names(storage).stream()
                .filter(name -> !name.startsWith("segments/orders/"))
                .toList();
    }

    private static List<byte[]> fetched(FleetMember host, List<UploadReceipt> receipts) throws Exception {
        try (FetchedUploads uploads = host.fetcher.fetch(receipts)) {
            return ObjectFleetIT.read(uploads);
        }
    }
}
