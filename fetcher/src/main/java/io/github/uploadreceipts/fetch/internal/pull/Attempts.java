package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tries a request at one location after the other. If a retry at the same location may help, it is tried there a few
 * times, with growing pauses. If no attempt for one upload got a connection to a peer, that peer is not tried for other
 * uploads.
 *
 * <p>Safe for use by several threads.
 */
final class Attempts {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private final int perLocation;
    private final Map<URI, PeerException> dead = new ConcurrentHashMap<>();

    /** @param perLocation the maximum number of attempts at one location; at least 1 */
    Attempts(int perLocation) {
        this.perLocation = perLocation;
    }

    /** What is tried at a location. */
    interface Attempt<T> {
        T at(Location location) throws PeerException;
    }

    /** Tries one location after the other until it succeeds at one. */
    <T> T atFirstOf(List<Location> locations, Deadline deadline, Attempt<T> attempt) throws PeerException {
        List<PeerException> failures = new ArrayList<>();
        for (Location location : locations) {
            try {
                return at(location, deadline, attempt);
            } catch (PeerException e) {
                failures.add(e.at(location));
                if (e.remedy() == Remedy.NONE || e.remedy() == Remedy.CANCELLED) {
                    break;
                }
            }
        }
        throw PeerException.of(failures);
    }

    private <T> T at(Location location, Deadline deadline, Attempt<T> attempt) throws PeerException {
        Duration pause = FIRST_PAUSE;
        boolean connected = false;
        for (int tries = 1; ; tries++) {
            requireAlive(location);
            try {
                return attempt.at(location);
            } catch (PeerException e) {
                connected |= e.remedy() != Remedy.RECONNECT;
                if (!e.remedy().isHere() || tries >= perLocation) {
                    if (!connected) {
                        dead.put(location.base(), e);
                    }
                    throw e;
                }
                pause(pause, deadline, e);
                pause = pause.multipliedBy(2);
            }
        }
    }

    private void requireAlive(Location location) throws PeerException {
        PeerException before = dead.get(location.base());
        if (before != null) {
            throw new PeerException(before.kind(), Remedy.ELSEWHERE, before.text() + ", as for another upload");
        }
    }

    private static void pause(Duration pause, Deadline deadline, PeerException before) throws PeerException {
        try {
            deadline.pause(pause);
        } catch (PeerException tooLate) {
            throw tooLate.after(before);
        }
    }
}
