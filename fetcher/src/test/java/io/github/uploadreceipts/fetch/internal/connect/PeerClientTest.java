package io.github.uploadreceipts.fetch.internal.connect;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.fetch.Fleet;
import io.github.uploadreceipts.fetch.ScriptedPeer;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerClientTest {

    @TempDir
    private Path directory;

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);

    /** The HTTP client does not expect to be aborted between some of its steps. */
    @Test
    void send_silenceEndsAtAnyStepOfTheClient_isSilence() throws Exception {
        try (Fleet fleet = new Fleet(directory);
                ServerSocket hung = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
                PeerClient client = client(fleet, hung.getLocalPort())) {
            UploadReceipt receipt =
                    ScriptedPeer.receipt(UploadId.random(), new byte[10], "http://127.0.0.1:" + hung.getLocalPort());
            PeerRequest request =
                    new PeerRequest("GET", receipt.owner(), 10, receipt.digest(), receipt.type(), Optional.empty());
            for (int i = 0; i < 6_000; i++) {
                Duration limit = Duration.ofNanos(i % 200 * 1000L);
                assertThatExceptionOfType(PeerException.class)
                        .isThrownBy(() -> send(client, request, limit))
                        .matches(failure -> failure.remedy() == Remedy.SILENCE);
            }
        } finally {
            timer.shutdownNow();
        }
    }

    private void send(PeerClient client, PeerRequest request, Duration limit) throws PeerException {
        try (Deadline deadline = new Deadline(timer, Duration.ofSeconds(10), ended -> {})) {
            Silence silence = new Silence(limit, System.nanoTime(), () -> {});
            var unused = client.send(request, 0, deadline, silence, response -> true);
        }
    }

    private static PeerClient client(Fleet fleet, int port) throws Exception {
        AllowedPeers allowed =
                new AllowedPeers(AddressRanges.loopback(), Set.of(port), List.of(), fleet.engine.own(), true);
        return new PeerClient(
                allowed,
                new PeerTokens(fleet.ring, fleet.engine.clock()),
                new HttpTransport(
                        new CheckedResolver(allowed, SystemDefaultDnsResolver.INSTANCE),
                        SSLContext.getDefault(),
                        16,
                        new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1))));
    }
}
