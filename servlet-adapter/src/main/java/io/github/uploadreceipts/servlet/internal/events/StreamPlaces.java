package io.github.uploadreceipts.servlet.internal.events;

import io.github.uploadreceipts.internal.engine.ClientNetwork;
import io.github.uploadreceipts.store.UploadId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** The streams that are open at this host, counted by upload and by client. */
final class StreamPlaces {

    /** Some users look at an upload from several tabs and devices. */
    static final int MOST_PER_UPLOAD = 16;

    /** Behind one address there may be an office, or a front server that does not tell its clients' addresses. */
    static final int MOST_PER_CLIENT = 1_000;

    private final Map<String, Integer> taken = new ConcurrentHashMap<>();

    /** Takes a place for one stream. Returns what gives it back; empty if the upload or the client has too many. */
    Optional<Runnable> enter(UploadId id, String address) {
        String upload = "upload " + id;
        String client = "client " + ClientNetwork.of(address);
        if (!take(upload, MOST_PER_UPLOAD)) {
            return Optional.empty();
        }
        if (!take(client, MOST_PER_CLIENT)) {
            giveBack(upload);
            return Optional.empty();
        }
        AtomicBoolean left = new AtomicBoolean();
        return Optional.of(() -> {
            if (!left.getAndSet(true)) {
                giveBack(upload);
                giveBack(client);
            }
        });
    }

    private boolean take(String key, int most) {
        if (taken.merge(key, 1, Integer::sum) <= most) {
            return true;
        }
        giveBack(key);
        return false;
    }

    private void giveBack(String key) {
        taken.computeIfPresent(key, (any, count) -> count == 1 ? null : count - 1);
    }
}
