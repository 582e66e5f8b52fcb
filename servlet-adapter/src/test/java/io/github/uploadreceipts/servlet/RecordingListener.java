package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records the events of a host. */
final class RecordingListener implements UploadListener {

    final List<String> events = new CopyOnWriteArrayList<>();

    volatile boolean failing;

    private void add(String event) {
        events.add(event);
        if (failing) {
            throw new AssertionError("injected into the listener");
        }
    }

    /** Returns the names of the uploads that were reported as stored. */
    List<String> stored() {
        return events.stream()
                .filter(event -> event.startsWith("stored "))
                .map(event -> event.substring("stored ".length()))
                .toList();
    }

    @Override
    public void stored(UploadEvent.Stored event) {
        add("stored " + event.receipt().name());
    }

    @Override
    public void refused(UploadEvent.Refused event) {
        add("refused " + event.problem().type());
    }

    @Override
    public void abandoned(UploadEvent.Abandoned event) {
        add("abandoned");
    }

    @Override
    public void delivered(UploadEvent.Delivered event) {
        add("delivered " + event.id());
    }

    @Override
    public void claimed(UploadEvent.Claimed event) {
        add("claimed " + event.id() + " " + event.claim().id());
    }

    @Override
    public void discarded(UploadEvent.Discarded event) {
        add("discarded " + event.id());
    }
}
