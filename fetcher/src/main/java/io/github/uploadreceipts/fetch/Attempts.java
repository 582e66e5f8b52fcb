package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.fetch.PeerException.Remedy;
import io.github.uploadreceipts.store.Location;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How often something is tried, and where: a few times at a location if that may help, a little later each time, and then
 * at the next.
 *
 * @param perLocation how often at one location; at least 1
 */
record Attempts(int perLocation) {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

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
                if (e.remedy() == Remedy.NONE || e.remedy() == Remedy.CALLED_OFF) {
                    break;
                }
            }
        }
        throw PeerException.of(failures);
    }

    private <T> T at(Location location, Deadline deadline, Attempt<T> attempt) throws PeerException {
        Duration pause = FIRST_PAUSE;
        for (int tries = 1; ; tries++) {
            try {
                return attempt.at(location);
            } catch (PeerException e) {
                if (e.remedy() != Remedy.RETRY || tries >= perLocation) {
                    throw e;
                }
                pause(pause, deadline, e);
                pause = pause.multipliedBy(2);
            }
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
