package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.store.StoreException;
import java.time.Instant;

/** Decides which of several hosts was the first, where the object store cannot. */
@FunctionalInterface
public interface FirstWriter {

    /** Records a value under a key unless one stands there, and returns the value that stands there now. */
    String putIfAbsent(String key, String value, Instant until) throws StoreException;
}
