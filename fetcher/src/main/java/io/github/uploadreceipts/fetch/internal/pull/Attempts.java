package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.fetch.internal.connect.Silence;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tries the requests of one fetch at one location after the other. If a retry at the same location may help, it is
 * tried there a few times, with growing pauses. Peers that keep silent are given up together, at the end of the
 * patience that all locations of an upload share. If no attempt for one upload got a connection to a peer, that peer is
 * not tried for other uploads.
 *
 * <p>Safe for use by several threads.
 */
final class Attempts {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private final int perLocation;
    private final Duration patience;
    private final SilentPeers silentPeers;
    private final Map<URI, Optional<PeerException>> givenUp = new ConcurrentHashMap<>();
    private final Map<URI, Long> silentSince = new ConcurrentHashMap<>();

    /**
     * @param perLocation the maximum number of attempts at one location; at least 1
     * @param patience how long the locations of an upload may give no sign, all together
     * @param silentPeers the peers that kept silent lately, also in other fetches
     */
    Attempts(int perLocation, Duration patience, SilentPeers silentPeers) {
        this.perLocation = perLocation;
        this.patience = patience;
        this.silentPeers = silentPeers;
    }

    /** What is tried at a location. */
    interface Attempt<T> {
        T at(Location location, Silence silence) throws PeerException;
    }

    /** Tries one location after the other until it succeeds at one. */
    <T> T atFirstOf(List<Location> locations, Deadline deadline, Attempt<T> attempt) throws PeerException {
        List<PeerException> failures = new ArrayList<>();
        for (Location location : locations) {
            try {
                return at(location, patience.dividedBy(locations.size()), deadline, attempt);
            } catch (PeerException e) {
                failures.add(e.at(location));
                if (e.remedy() == Remedy.NONE || e.remedy() == Remedy.CANCELLED) {
                    break;
                }
            }
        }
        throw PeerException.of(failures);
    }

    private <T> T at(Location location, Duration limit, Deadline deadline, Attempt<T> attempt) throws PeerException {
        URI peer = location.base();
        Duration pause = FIRST_PAUSE;
        boolean connected = false;
        Silence silence = silence(peer, limit);
        for (int tries = 1; ; tries++) {
            requireHope(peer);
            try {
                return attempt.at(location, silence);
            } catch (PeerException e) {
                connected |= e.remedy() != Remedy.RECONNECT && e.remedy() != Remedy.SILENCE;
                if (!e.remedy().isHere() || tries >= perLocation || isTooLong(silence)) {
                    report(peer, e, connected);
                    throw e;
                }
                silence = silence.isBroken() ? silence(peer, limit) : silence;
                pause(shorter(pause, silence.left()), deadline, e);
                pause = pause.multipliedBy(2);
            }
        }
    }

    /** Returns the silence of a peer, which began when this fetch asked it for the first time since its last sign. */
    private Silence silence(URI peer, Duration limit) {
        return new Silence(limit, silentSince.computeIfAbsent(peer, asked -> System.nanoTime()), () -> answered(peer));
    }

    private static boolean isTooLong(Silence silence) {
        return !silence.isBroken() && silence.left().isZero();
    }

    private void answered(URI peer) {
        silentSince.remove(peer);
        silentPeers.answered(peer);
    }

    private void report(URI peer, PeerException e, boolean connected) {
        if (e.remedy() == Remedy.SILENCE) {
            silentPeers.keptSilent(peer, e.text());
        } else if (e.remedy() != Remedy.NONE && e.remedy() != Remedy.CANCELLED) {
            answered(peer);
        }
        if (!connected || e.remedy() == Remedy.SILENCE) {
            givenUp.put(
                    peer,
                    Optional.of(new PeerException(e.kind(), Remedy.ELSEWHERE, e.text() + ", as for another upload")));
        }
    }

    private void requireHope(URI peer) throws PeerException {
        Optional<PeerException> reason = givenUp.computeIfAbsent(peer, this::ask);
        if (reason.isPresent()) {
            throw new PeerException(
                    reason.get().kind(), Remedy.ELSEWHERE, reason.get().text());
        }
    }

    /** Asks once for the whole fetch. If this fetch is the one that tries a silent peer, all its uploads are tried. */
    private Optional<PeerException> ask(URI peer) {
        try {
            silentPeers.requireHope(peer);
            return Optional.empty();
        } catch (UnreachableException e) {
            return Optional.of(new PeerException(Kind.UNREACHABLE, Remedy.ELSEWHERE, String.valueOf(e.getMessage())));
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static void pause(Duration pause, Deadline deadline, PeerException before) throws PeerException {
        try {
            deadline.pause(pause);
        } catch (PeerException tooLate) {
            throw tooLate.after(before);
        }
    }
}
