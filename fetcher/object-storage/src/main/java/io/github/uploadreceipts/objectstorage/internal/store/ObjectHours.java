package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectContainer;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;

/** Objects below a prefix, and there below their expiry hours. */
record ObjectHours(ObjectContainer container, String prefix) {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    /** Returns the hours of which there are objects. */
    NavigableSet<ExpiryHour> all() throws StoreException {
        NavigableSet<ExpiryHour> hours = new TreeSet<>();
        for (String directory : container.directories(prefix)) {
            ObjectNames.hourOf(directory).ifPresent(hours::add);
        }
        return hours;
    }

    /** Deletes all objects of the hours that are over, and returns these hours. Other hosts may do so, too. */
    NavigableSet<ExpiryHour> purge(Instant now, Senders senders) throws StoreException {
        NavigableSet<ExpiryHour> over = all();
        over.removeIf(hour -> !hour.isOver(now));
        delete(over, senders);
        return over;
    }

    void delete(NavigableSet<ExpiryHour> hours, Senders senders) throws StoreException {
        Optional<StoreException> failure = Optional.empty();
        for (ExpiryHour hour : hours) {
            try {
                deleteAll(container, prefix + hour + "/", senders);
            } catch (StoreException.Failed e) { // one object that cannot be deleted must not keep the later hours
                failure = Optional.of(e);
            }
        }
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    /** Deletes all objects whose names begin so. */
    static void deleteAll(ObjectContainer container, String prefix, Senders senders) throws StoreException {
        String after = "";
        for (List<Listed> some = container.list(prefix, after); !some.isEmpty(); some = container.list(prefix, after)) {
            senders.all(some.stream()
                    .<Callable<Boolean>>map(object -> () -> deleteIfPossible(container, object.name()))
                    .toList());
            after = some.get(some.size() - 1).name();
        }
    }

    /** Clients may give an object a name by which a store does not delete it. That must not keep all others. */
    private static boolean deleteIfPossible(ObjectContainer container, String name) throws StoreException {
        try {
            return container.delete(name);
        } catch (StoreException.Failed e) {
            if (container instanceof ObjectClient) { // hosts name the objects there
                throw e;
            }
            LOG.log(Level.WARNING, "an object cannot be deleted, and stays: " + e.getMessage());
            return false;
        }
    }
}
