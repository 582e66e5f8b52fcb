package io.github.uploadreceipts.fetch.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.ScriptedPeer;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AttemptsTest {

    private final PeerException unconnected = new PeerException(Kind.UNREACHABLE, Remedy.RECONNECT, "no connection");
    private final PeerException broken = new PeerException(Kind.UNREACHABLE, Remedy.RETRY, "broken");

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final SilentPeers silentPeers = new SilentPeers();
    private final Attempts attempts = new Attempts(2, Duration.ofSeconds(4), silentPeers);
    private final List<Location> tried = new ArrayList<>();
    private final Location first = upload("http://10.0.0.1");
    private final Location second = upload("http://10.0.0.1");
    private final Location replica = upload("http://10.0.0.2");
    private Deadline deadline;

    private static Location upload(String base) {
        return ScriptedPeer.receipt(UploadId.random(), new byte[1], base).owner();
    }

    @BeforeEach
    void start() {
        deadline = new Deadline(timer, Duration.ofSeconds(20), ended -> {});
    }

    @AfterEach
    void stop() {
        deadline.close();
        timer.shutdown();
    }

    private PeerException failure(Location location, PeerException... inTurn) {
        List<PeerException> left = new ArrayList<>(List.of(inTurn));
        return catchThrowableOfType(
                PeerException.class,
                () -> attempts.atFirstOf(List.of(location), deadline, (at, silence) -> {
                    tried.add(at);
                    throw left.remove(0);
                }));
    }

    @Test
    void atFirstOf_neverConnected_nextUploadFailsAtOnceWithTheSameKindOrGoesToItsReplica() throws Exception {
        failure(first, unconnected, unconnected);
        PeerException again = failure(second);
        Location found = attempts.atFirstOf(List.of(second, replica), deadline, (at, silence) -> at);

        assertThat(again.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(again.text()).isEqualTo("10.0.0.1: no connection, as for another upload");
        assertThat(found).isEqualTo(replica);
        assertThat(tried).containsExactly(first, first);
    }

    @Test
    void atFirstOf_connectedOnce_nextUploadIsTried() {
        failure(first, broken, unconnected);
        failure(second, unconnected, broken);
        failure(first, broken, broken);

        assertThat(tried).containsExactly(first, first, second, second, first, first);
    }
}
