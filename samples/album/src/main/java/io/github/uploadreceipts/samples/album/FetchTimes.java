package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** How long a host took to get each upload of the album that it makes. */
final class FetchTimes implements UploadListener {

    private final Map<UploadId, Duration> times = new ConcurrentHashMap<>();

    @Override
    public void on(UploadEvent event) {
        if (event instanceof UploadEvent.Fetched fetched) {
            times.put(fetched.receipt().id(), fetched.duration());
        }
    }

    /** Returns the milliseconds of an upload, and removes them. */
    long take(UploadReceipt receipt) {
        return Optional.ofNullable(times.remove(receipt.id()))
                .orElse(Duration.ZERO)
                .toMillis();
    }

    /** Removes times that were not taken because an album failed. */
    void forget(List<UploadReceipt> receipts) {
        receipts.forEach(receipt -> times.remove(receipt.id()));
    }
}
