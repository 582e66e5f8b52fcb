package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.engine.ClientNetwork;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The resumable uploads that were created here and are neither complete nor gone, counted by subject, by client address
 * and in all. Those that were created before this process started are not among them: their state does not say from
 * where they came.
 *
 * <p>Safe for use by several threads.
 */
final class UnfinishedUploads {

    private static final String ALL = "all";

    private final Clock clock;
    private final TreeMap<ExpiryHour, Map<UploadId, Unfinished>> byHour = new TreeMap<>();
    private final Map<String, Integer> counts = new HashMap<>();

    /** @param since the {@link System#nanoTime} when it was created */
    private record Unfinished(List<String> keys, long since) {}

    UnfinishedUploads(Clock clock) {
        this.clock = clock;
    }

    /**
     * Counts an upload that is about to be created. Returns false if it is counted already: its id is that of a
     * ticket's slot, and used.
     *
     * @param client the client's address, if it is known
     * @throws UploadRefusedException if there are too many already
     */
    synchronized boolean enter(
            UploadResource resource, Optional<String> subject, Optional<String> client, UploadLimits limits)
            throws UploadRefusedException {
        forgetPurged();
        Map<UploadId, Unfinished> ofHour = byHour.computeIfAbsent(resource.hour(), hour -> new HashMap<>());
        if (ofHour.containsKey(resource.id())) {
            return false;
        }
        List<String> keys = new ArrayList<>();
        add(keys, ALL, limits.maxUnfinished(), "on this host");
        if (client.isPresent()) {
            add(
                    keys,
                    "address " + ClientNetwork.of(client.get()),
                    limits.maxUnfinishedPerAddress(),
                    "from one address");
        }
        if (subject.isPresent()) {
            add(keys, "subject " + subject.get(), limits.maxUnfinishedPerSubject(), "for one user");
        }
        keys.forEach(key -> counts.merge(key, 1, Integer::sum));
        ofHour.put(resource.id(), new Unfinished(keys, System.nanoTime()));
        return true;
    }

    private void add(List<String> keys, String key, int limit, String whose) throws UploadRefusedException {
        if (counts.getOrDefault(key, 0) >= limit) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.TOO_MANY_UPLOADS,
                    "Too many uploads have begun " + whose + "; complete or terminate some of them."));
        }
        keys.add(key);
    }

    /** The store deletes these without a word. */
    private void forgetPurged() {
        while (!byHour.isEmpty() && byHour.firstKey().isOver(clock.instant())) {
            byHour.pollFirstEntry().getValue().values().forEach(this::uncount);
        }
    }

    /** Stops counting an upload, if it was counted. */
    synchronized void leave(UploadResource resource) {
        Map<UploadId, Unfinished> ofHour = byHour.getOrDefault(resource.hour(), Map.of());
        if (ofHour.containsKey(resource.id())) {
            uncount(ofHour.remove(resource.id()));
        }
    }

    /** Returns how long ago an upload was created, if it is counted. */
    synchronized Optional<Duration> age(UploadResource resource) {
        return Optional.ofNullable(
                        byHour.getOrDefault(resource.hour(), Map.of()).get(resource.id()))
                .map(upload -> Duration.ofNanos(System.nanoTime() - upload.since()));
    }

    private void uncount(Unfinished upload) {
        upload.keys().forEach(key -> counts.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1));
    }
}
