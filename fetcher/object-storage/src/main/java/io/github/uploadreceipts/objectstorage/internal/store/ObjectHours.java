package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectContainer;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;

/** Objects below a prefix, and there below their expiry hours. */
record ObjectHours(ObjectContainer container, String prefix) {

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
        for (ExpiryHour hour : over) {
            delete(prefix + hour + "/", senders);
        }
        return over;
    }

    private void delete(String directory, Senders senders) throws StoreException {
        String after = "";
        for (List<Listed> some = container.list(directory, after);
                !some.isEmpty();
                some = container.list(directory, after)) {
            senders.all(some.stream()
                    .<Callable<Boolean>>map(object -> () -> container.delete(object.name()))
                    .toList());
            after = some.get(some.size() - 1).name();
        }
    }
}
