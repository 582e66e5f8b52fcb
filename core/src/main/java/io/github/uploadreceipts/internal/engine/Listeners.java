package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.internal.Loggers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The listeners of a host: the application's, Flight Recorder's, and those of metrics. Safe for use by several threads. */
final class Listeners {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private final List<UploadListener> listeners = new CopyOnWriteArrayList<>();

    Listeners(UploadListener first) {
        add(first);
        FlightRecording.listener().ifPresent(this::add);
    }

    void add(UploadListener listener) {
        listeners.add(listener);
    }

    /** Tells each listener what happened. Whatever one throws is logged: the request must end all the same. */
    void tell(UploadEvent event) {
        for (UploadListener listener : listeners) {
            try {
                listener.on(event);
            } catch (RuntimeException | Error e) {
                LOG.log(Level.WARNING, "the upload listener failed", e);
            }
        }
    }
}
