package io.github.uploadreceipts.objectstorage.internal.http;

import io.github.uploadreceipts.store.StoreException;

/** What a store speaks. */
public interface Protocol {

    /** Returns the name, for messages. */
    String name();

    /** Returns why a request failed, by the response to it. */
    StoreException failure(Response response);
}
