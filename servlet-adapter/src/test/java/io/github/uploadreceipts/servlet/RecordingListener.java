package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records the events of a host. */
final class RecordingListener implements UploadListener {

    final List<String> events = new CopyOnWriteArrayList<>();

    /** Returns the names of the uploads that were reported as stored. */
    List<String> stored() {
        return events.stream()
                .filter(event -> event.startsWith("stored "))
                .map(event -> event.substring("stored ".length()))
                .toList();
    }

    @Override
    public void stored(UploadEvent.Stored event) {
        events.add("stored " + event.receipt().name());
    }

    @Override
    public void refused(UploadEvent.Refused event) {
        events.add("refused " + event.problem().type());
    }

    @Override
    public void abandoned(UploadEvent.Abandoned event) {
        events.add("abandoned");
    }

    @Override
    public void delivered(UploadEvent.Delivered event) {
        events.add("delivered " + event.id());
    }

    @Override
    public void claimed(UploadEvent.Claimed event) {
        events.add("claimed " + event.id() + " " + event.claim().id());
    }

    @Override
    public void discarded(UploadEvent.Discarded event) {
        events.add("discarded " + event.id());
    }
}
