package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.problem.ReceiptsRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host whose clock is ahead of the others', or behind. */
class ClocksIT {

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path directory;

    @Test
    void hostAhead_logNamesBothClocks_probeSaysSo() throws Exception {
        try (RelayFleet fleet = new RelayFleet(Container.JETTY_EE10, directory, 3)) {
            fleet.clock = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(90));
            RelayFleet.Member ahead =
                    fleet.restart(0, fleet.members.get(0).host.internalUrl().toString());
            RelayFleet.Member right = fleet.members.get(1);
            String path = RelayFleet.create(right, 5);

            List<String> logged = ClientLog.during(() -> {
                HttpResponse<String> relayed = RelayFleet.patch(ahead, path, 0, HELLO);
                assertThat(relayed.statusCode()).as(relayed.body()).isEqualTo(503);
            });
            assertThat(logged)
                    .anyMatch(line -> line.matches(
                            ".*: its issuer's clock said 20[0-9T:-]+Z, and this host's clock says 20[0-9T:-]+Z.*"));

            String begun = RelayFleet.create(ahead, 5);
            HttpResponse<String> later = RelayFleet.tus(right, "HEAD", begun, new byte[0]);
            assertThat(later.statusCode()).isEqualTo(503);
            assertThat(RelayFleet.header(later, "Retry-After")).isEqualTo("5");
            assertThat(RelayFleet.patch(ahead, begun, 0, HELLO).statusCode()).isEqualTo(204);

            right.fetcher.probe();
            assertThatExceptionOfType(FetchException.class)
                    .isThrownBy(ahead.fetcher::probe)
                    .withMessageContaining("; let all hosts keep the same time");
        }
    }

    /** A machine starts with a clock that is two days ahead, when by that clock everything has expired. */
    @Test
    void startTwoDaysAhead_nothingIsPurged_probeSaysSo_thenRight() throws Exception {
        try (RelayFleet fleet = new RelayFleet(Container.JETTY_EE10, directory, 2)) {
            RelayFleet.Member right = fleet.members.get(1);
            String url = fleet.members.get(0).host.internalUrl().toString();
            UploadReceipt stored = fleet.receiptInBody(post(fleet.members.get(0)));
            String begun = RelayFleet.create(fleet.members.get(0), 5);

            fleet.clock = Clock.offset(Clock.systemUTC(), Duration.ofDays(2));
            RelayFleet.Member ahead = fleet.restart(0, url);
            assertThatIOException()
                    .isThrownBy(ahead.fetcher::probe)
                    .withMessageMatching(
                            "this host's clock says 20[0-9T:-]+Z, and the disk of its store says"
                                    + " 20[0-9T:-]+Z; let both keep the right time, because until then expired uploads are kept");

            fleet.clock = Clock.systemUTC();
            RelayFleet.Member mended = fleet.restart(0, url);
            mended.fetcher.probe();
            assertThat(RelayFleet.fetch(right, List.of(stored))).containsExactly(HELLO);
            assertThat(RelayFleet.patch(right, begun, 0, HELLO).statusCode()).isEqualTo(204);
        }
    }

    /** A clock that is set back makes receipts and URLs that are older look as if they came from the future. */
    @Test
    void twoDaysBehind_nothingIsGone_thenRight() throws Exception {
        try (RelayFleet fleet = new RelayFleet(Container.JETTY_EE10, directory, 2)) {
            RelayFleet.Member right = fleet.members.get(1);
            String url = fleet.members.get(0).host.internalUrl().toString();
            HttpResponse<String> posted = post(fleet.members.get(0));
            UploadReceipt stored = fleet.receiptInBody(posted);
            String token = RelayFleet.tokenInBody(posted);
            String begun = RelayFleet.create(fleet.members.get(0), 5);

            fleet.clock = Clock.offset(Clock.systemUTC(), Duration.ofDays(-2));
            RelayFleet.Member behind = fleet.restart(0, url);
            for (RelayFleet.Member asked : fleet.members) {
                for (String method : List.of("HEAD", "DELETE")) {
                    assertUnavailable(RelayFleet.tus(asked, method, begun, new byte[0]));
                }
                assertUnavailable(RelayFleet.patch(asked, begun, 0, HELLO));
            }
            for (Optional<Claim> claim : List.of(Optional.<Claim>empty(), Optional.of(Claim.of("order-7")))) {
                assertThatExceptionOfType(FetchException.class)
                        .isThrownBy(() -> fetch(right, stored, claim))
                        .satisfies(failure ->
                                assertThat(failure.problem().status()).isEqualTo(503));
            }
            assertThatExceptionOfType(ReceiptsRefusedException.class)
                    .isThrownBy(() -> behind.host.receipts().verifyAll(List.of(token)))
                    .satisfies(refusal -> assertThat(refusal.problem().status()).isEqualTo(503));
            fetch(behind, stored, Optional.of(Claim.of("order-8")));

            fleet.clock = Clock.systemUTC();
            fleet.restart(0, url);
            assertThat(RelayFleet.patch(right, begun, 0, HELLO).statusCode()).isEqualTo(204);
            fetch(right, stored, Optional.of(Claim.of("order-8")));
        }
    }

    private static void fetch(RelayFleet.Member at, UploadReceipt receipt, Optional<Claim> claim) throws IOException {
        List<UploadReceipt> receipts = List.of(receipt);
        try (FetchedUploads files =
                claim.isPresent() ? at.fetcher.fetch(receipts, claim.get()) : at.fetcher.fetch(receipts)) {
            assertThat(files.iterator().next().open()).hasBinaryContent(HELLO);
        }
    }

    private static HttpResponse<String> post(RelayFleet.Member member) throws Exception {
        return RelayFleet.send(
                member, "POST", "/uploads", BodyPublishers.ofByteArray(HELLO), "Content-Type", "text/plain");
    }

    private static void assertUnavailable(HttpResponse<String> response) {
        assertThat(response.statusCode())
                .as(response.request() + " " + response.body())
                .isEqualTo(503);
        assertThat(RelayFleet.header(response, "Retry-After")).isEqualTo("5");
    }
}
