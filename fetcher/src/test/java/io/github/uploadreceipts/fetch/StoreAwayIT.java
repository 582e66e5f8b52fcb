package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.StoreException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host of a fleet whose stored uploads were moved away. An empty directory is in their place, as below a mount. */
class StoreAwayIT {

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path directory;

    @Test
    void uploadsAway_nothingIsGone_newUploadsGoToPeers_probeSaysWhatToDo_thenBack() throws Exception {
        try (RelayFleet fleet = new RelayFleet(Container.JETTY_EE10, directory, 2)) {
            RelayFleet.Member away = fleet.members.get(0);
            RelayFleet.Member other = fleet.members.get(1);
            UploadReceipt stored = fleet.receiptInBody(post(away));
            away.fetcher.probe();
            Path uploads = away.root.resolve("uploads");
            Path elsewhere = Files.move(uploads, away.root.resolve("elsewhere"));
            Files.createDirectory(uploads);

            assertFails(away, stored, Kind.STORAGE);
            assertFails(other, stored, Kind.UNREACHABLE);
            UploadReceipt relayed = fleet.receiptInBody(post(away));
            assertThat(relayed.owner().base()).isEqualTo(other.host.internalUrl());
            assertThatExceptionOfType(StoreException.Unavailable.class)
                    .isThrownBy(away.fetcher::probe)
                    .withMessageStartingWith(uploads.toRealPath() + " is not the directory that this host has opened")
                    .withMessageContaining("Mount its disk, or move the directory back");
            assertThat(uploads).isEmptyDirectory();

            Files.delete(uploads);
            Files.move(elsewhere, uploads);
            away.fetcher.probe();
            for (RelayFleet.Member member : fleet.members) {
                assertThat(RelayFleet.fetch(member, List.of(stored, relayed))).containsExactly(HELLO, HELLO);
                member.fetcher.fetch(List.of(stored), Claim.of("order-7")).close();
            }
        }
    }

    private static HttpResponse<String> post(RelayFleet.Member member) throws Exception {
        return RelayFleet.send(
                member, "POST", "/uploads", BodyPublishers.ofByteArray(HELLO), "Content-Type", "text/plain");
    }

    private static void assertFails(RelayFleet.Member at, UploadReceipt receipt, Kind kind) {
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> at.fetcher.fetch(List.of(receipt)))
                .satisfies(failure ->
                        assertThat(failure.has(kind)).as(failure.getMessage()).isTrue())
                .extracting(FetchException::problem)
                .extracting(Problem::status)
                .isEqualTo(503);
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> at.fetcher.fetch(List.of(receipt), Claim.of("order-7")))
                .satisfies(failure ->
                        assertThat(failure.has(kind)).as(failure.getMessage()).isTrue());
    }
}
