package io.github.uploadreceipts.objectstorage.internal.client;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.util.List;

/** What is asked of every container or bucket. Failures are those of {@link ObjectClient}. */
public interface ObjectContainer extends Closeable {

    /** Deletes an object with all its parts, and returns whether it was there, as far as the store says. */
    boolean delete(String name) throws StoreException;

    /** Lists names that begin with a prefix, in order, up to 1,000, those after {@code after}. */
    List<Listed> list(String prefix, String after) throws StoreException;

    /** Lists what stands between a prefix and the next {@code /}, in order, whole. */
    List<String> directories(String prefix) throws StoreException;
}
