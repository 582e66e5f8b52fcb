package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.testing.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts in containers whose uploads are in one container of Swift. */
class ObjectFleetIT {

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    private final KeyRing ring = KeyRing.generate("photos");
    private final ObjectClaims claims = ObjectClaimsTest.jdbc(ObjectClaimsTest.database());

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

    private FleetMember member(ObjectStorage storage, Container kind, int number, boolean sealed) throws Exception {
        ObjectUploadStore.Builder store = ObjectUploadStore.builder(storage)
                .partials(directory.resolve("host" + number))
                .claims(claims);
        return new FleetMember(
                ring,
                (sealed ? store.sealed() : store).build(),
                kind,
                directory.resolve("work" + number),
                sealed,
                Ports.free());
    }

    static List<byte[]> read(FetchedUploads uploads) throws IOException {
        List<byte[]> all = new ArrayList<>();
        for (FetchedUpload upload : uploads) {
            try (InputStream in = upload.open()) {
                all.add(in.readAllBytes());
            }
        }
        return all;
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void hostStopped_theOtherServesInOrder_once() throws Exception {
        assertFleet(Container.TOMCAT_11, false);
    }

    @Test
    void hostStopped_sealed_theOtherServesInOrder_once() throws Exception {
        assertFleet(Container.UNDERTOW, true);
    }

    private void assertFleet(Container kind, boolean sealed) throws Exception {
        List<byte[]> files = List.of(bytes(7), bytes(20_000_000), bytes(300_000), bytes(9_000_000));
        try (SwiftStorage storage = SwiftStores.newStorage(swift, swift.accountUrl());
                FleetMember two = member(storage, kind, 2, sealed)) {
            List<String> tokens = new ArrayList<>();
            try (FleetMember one = member(storage, kind, 1, sealed)) {
                tokens.add(one.upload(files.get(0)));
                tokens.add(one.upload(files.get(1)));
                tokens.add(one.resume(files.get(2)));
                tokens.add(one.resume(files.get(3)));
            }
            List<UploadReceipt> receipts = new ArrayList<>();
            for (String token : tokens) {
                receipts.add(two.host.receipts().verify(token));
            }
            try (FetchedUploads uploads = two.fetcher.fetch(receipts, Claim.of("order-7"))) {
                assertThat(read(uploads)).containsExactlyElementsOf(files);
                assertThatExceptionOfType(FetchException.class)
                        .isThrownBy(() -> two.fetcher.fetch(receipts, Claim.of("order-8")));
                uploads.discard();
            }
            assertThatExceptionOfType(FetchException.class).isThrownBy(() -> two.fetcher.fetch(receipts));
            assertThat(SwiftStores.names(storage)).noneMatch(name -> name.startsWith("data/"));
        }
    }
}
