package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host whose clock is 90 s ahead of the others'. */
class ClocksIT {

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path directory;

    @Test
    void hostAhead_logNamesBothClocks_probeSaysSo() throws Exception {
        try (RelayFleet fleet = new RelayFleet(PeerContainer.JETTY, directory, 3)) {
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
}
