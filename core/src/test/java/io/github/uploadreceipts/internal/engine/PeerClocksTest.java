package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerClocksTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final String SAME = "Sat, 21 Nov 2026 09:00:59 GMT";
    private static final String AHEAD = "Sat, 21 Nov 2026 09:01:30 GMT";
    private static final String BEHIND = "Sat, 21 Nov 2026 08:58:30 GMT";

    @TempDir
    Path root;

    private final Map<String, String> dates = new HashMap<>();
    private UploadHost host;
    private PeerClocks clocks;

    @BeforeEach
    void start() throws Exception {
        host = UploadHost.builder(KeyRing.generate("photos"), LocalUploadStore.at(root))
                .internalUrl("http://127.0.0.1:1")
                .peers("http://127.0.0.1:2", "http://127.0.0.1:3", "http://127.0.0.1:4")
                .clock(Clock.fixed(NOW, ZoneOffset.UTC))
                .developmentMode()
                .build();
        Engine engine = HostAccess.engine(host);
        engine.peers().attach(new PeerRelay() {
            @Override
            public CompletableFuture<Response> send(Request request) {
                return respond(request.peer());
            }

            @Override
            public void pull(List<UploadReceipt> receipts, Sink sink) {
                throw new AssertionError("nothing is pulled");
            }
        });
        clocks = new PeerClocks(engine.peers(), engine.clock(), engine.vitals());
    }

    @AfterEach
    void stop() throws Exception {
        host.close();
    }

    /** Two of the responses are no peer's: that does not matter. Without a date nothing is known. */
    private CompletableFuture<PeerRelay.Response> respond(URI peer) {
        String date = dates.get(peer.getAuthority());
        return date == null
                ? CompletableFuture.failedFuture(new IOException("no connection"))
                : CompletableFuture.completedFuture(new PeerRelay.Response(
                        401, date.isEmpty() ? Map.of() : Map.of("date", date), ByteBuffer.allocate(0)));
    }

    private void say(String second, String third, String fourth) {
        dates.put("127.0.0.1:2", second);
        dates.put("127.0.0.1:3", third);
        dates.put("127.0.0.1:4", fourth);
    }

    @Test
    void fault_ofTheHostThatMostDifferFrom() {
        say(SAME, SAME, SAME);
        assertThat(clocks.fault()).isEmpty();
        say(SAME, AHEAD, SAME);
        assertThat(clocks.fault()).as("the peer's").isEmpty();
        say(AHEAD, SAME, AHEAD);
        assertThat(clocks.fault())
                .contains("the clock of 127.0.0.1:2 says 2026-11-21T09:01:30Z, and this host's clock says"
                        + " 2026-11-21T09:00:00Z; let all hosts keep the same time");
        say(SAME, BEHIND, BEHIND);
        assertThat(clocks.fault()).isPresent();
    }

    @Test
    void faultBeyond_onlyWhatDiffersByMore() {
        say(AHEAD, AHEAD, BEHIND);
        assertThat(clocks.faultBeyond(Duration.ofHours(1))).isCompletedWithValue(Optional.empty());
        say(SAME, "Sat, 21 Nov 2026 07:59:59 GMT", "Thu, 19 Nov 2026 09:00:00 GMT");
        assertThat(clocks.faultBeyond(Duration.ofHours(1)).join().orElseThrow())
                .startsWith("the clock of 127.0.0.1:3 says 2026-11-21T07:59:59Z");
        assertThat(clocks.faultBeyond(Duration.ofDays(1))).isCompletedWithValue(Optional.empty());
    }

    @Test
    void fault_ofNobodyWhoIsSilent() {
        assertThat(clocks.fault()).isEmpty();
        say("", "", "yesterday");
        assertThat(clocks.fault()).isEmpty();
        dates.put("127.0.0.1:3", AHEAD);
        assertThat(clocks.fault()).isPresent();
    }
}
