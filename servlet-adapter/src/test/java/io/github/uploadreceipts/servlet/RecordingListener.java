package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records the events of a host. */
final class RecordingListener implements UploadListener {

    final List<UploadEvent> told = new CopyOnWriteArrayList<>();

    /** How uploads and requests ended, as short texts. */
    final List<String> events = new CopyOnWriteArrayList<>();

    volatile boolean failing;

    @Override
    public void on(UploadEvent event) {
        told.add(event);
        text(event).ifPresent(events::add);
        if (failing) {
            throw new AssertionError("injected into the listener");
        }
    }

    private static Optional<String> text(UploadEvent event) {
        if (event instanceof UploadEvent.Stored stored) {
            return Optional.of("stored " + stored.receipt().name());
        } else if (event instanceof UploadEvent.Refused refused) {
            return Optional.of("refused " + refused.problem().type());
        } else if (event instanceof UploadEvent.Abandoned) {
            return Optional.of("abandoned");
        } else if (event instanceof UploadEvent.Claimed claimed) {
            return Optional.of("claimed " + claimed.id() + " " + claimed.claim().id());
        } else if (event instanceof UploadEvent.Delivered delivered) {
            return Optional.of("delivered " + delivered.id());
        } else if (event instanceof UploadEvent.Discarded discarded) {
            return Optional.of("discarded " + discarded.id());
        }
        return Optional.empty();
    }

    /** Returns the events of one kind. */
    <T extends UploadEvent> List<T> told(Class<T> kind) {
        return told.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Returns the names of the uploads that were reported as stored. */
    List<String> stored() {
        return events.stream()
                .filter(event -> event.startsWith("stored "))
                .map(event -> event.substring("stored ".length()))
                .toList();
    }
}
