package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what a host tells. */
final class RecordingListener implements UploadListener {

    final List<String> events = new CopyOnWriteArrayList<>();

    @Override
    public void stored(UploadReceipt receipt) {
        events.add("stored " + receipt.name());
    }

    @Override
    public void refused(Problem problem) {
        events.add("refused " + problem.type());
    }

    @Override
    public void abandoned() {
        events.add("abandoned");
    }

    @Override
    public void delivered(UploadId id) {
        events.add("delivered " + id);
    }

    @Override
    public void claimed(UploadId id, Claim claim) {
        events.add("claimed " + id + " " + claim.id());
    }

    @Override
    public void discarded(UploadId id) {
        events.add("discarded " + id);
    }
}
