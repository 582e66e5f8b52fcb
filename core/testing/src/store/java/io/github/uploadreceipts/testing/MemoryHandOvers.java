package io.github.uploadreceipts.testing;

import io.github.uploadreceipts.internal.handover.HandOverStore;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is known of the hand-overs of a store in memory. */
final class MemoryHandOvers implements HandOverStore {

    /** The records, which outlive a store. The monitor of the store's content guards them. */
    static final class Records {
        private final Map<UploadId, Kept> open = new HashMap<>();
        private final Map<UploadId, String> verdicts = new HashMap<>();

        /** Forgets what is known of an upload that is gone. */
        void forget(UploadId id) {
            open.remove(id);
            verdicts.remove(id);
        }
    }

    private record Kept(ExpiryHour hour, String record, MemoryHandOvers owner) {}

    private final Object monitor;
    private final Records records;
    private final BiPredicate<UploadId, ExpiryHour> isStored;
    private volatile boolean closed;

    MemoryHandOvers(Object monitor, Records records, BiPredicate<UploadId, ExpiryHour> isStored) {
        this.monitor = monitor;
        this.records = records;
        this.isStored = isStored;
    }

    /** Leaves the open hand-overs to another store. */
    void close() {
        closed = true;
    }

    @Override
    public boolean begin(UploadId id, ExpiryHour hour, String record) {
        synchronized (monitor) {
            if (isStored.test(id, hour)) {
                return false;
            }
            records.forget(id);
            records.open.put(id, new Kept(hour, record, this));
            return true;
        }
    }

    @Override
    public void abandon(UploadId id, ExpiryHour hour, String record) {
        synchronized (monitor) {
            Kept kept = find(id, hour);
            if (kept != null && kept.record().equals(record) && !isStored.test(id, hour)) {
                records.open.remove(id);
            }
        }
    }

    private @Nullable Kept find(UploadId id, ExpiryHour hour) {
        Kept kept = records.open.get(id);
        return kept != null && kept.hour().equals(hour) ? kept : null;
    }

    @Override
    public Optional<String> open(UploadId id, ExpiryHour hour) {
        synchronized (monitor) {
            return Optional.ofNullable(find(id, hour)).map(Kept::record);
        }
    }

    @Override
    public boolean replace(UploadId id, ExpiryHour hour, String known, String record) throws StoreException {
        synchronized (monitor) {
            Kept kept = find(id, hour);
            if (kept == null) {
                throw new StoreException.Gone(id.toString(), null);
            }
            if (!kept.record().equals(known)) {
                return false;
            }
            records.open.put(id, new Kept(hour, record, this));
            return true;
        }
    }

    @Override
    public boolean decide(UploadId id, ExpiryHour hour, String known, String verdict) throws StoreException {
        synchronized (monitor) {
            Kept kept = find(id, hour);
            boolean handedOver = kept != null || records.verdicts.containsKey(id);
            if (!handedOver || !isStored.test(id, hour)) {
                throw new StoreException.Gone(id.toString(), null);
            }
            if (kept != null && !kept.record().equals(known)) {
                return false;
            }
            records.open.remove(id);
            return records.verdicts.putIfAbsent(id, verdict) == null;
        }
    }

    @Override
    public Optional<String> verdict(UploadId id, ExpiryHour hour) {
        synchronized (monitor) {
            return Optional.ofNullable(records.verdicts.get(id)).filter(verdict -> isStored.test(id, hour));
        }
    }

    @Override
    public void adopt(Consumer<Open> found) {
        Map<UploadId, Kept> left = new HashMap<>();
        synchronized (monitor) {
            records.open.forEach((id, kept) -> {
                if (kept.owner().closed) {
                    left.put(id, kept);
                }
            });
            left.forEach((id, kept) -> records.open.put(id, new Kept(kept.hour(), kept.record(), this)));
        }
        left.forEach((id, kept) -> found.accept(new Open(id, kept.hour(), kept.record())));
    }
}
