package io.github.uploadreceipts.objectstorage.internal.client;

import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.util.List;
import java.util.function.Supplier;

/** What an operator does with a container or bucket before hosts use it. */
public interface Operations extends Closeable {

    /** What the name of the container or bucket has at its end into which browsers write. */
    String INCOMING = "-incoming";

    /** How good a finding is. */
    enum Grade {
        /** As the library needs it. */
        GOOD,
        /** Something is refused, and the rest works. */
        LESS,
        /** Nothing works before this is mended. */
        BAD
    }

    /**
     * What was found.
     *
     * @param text what the store does, and what that means
     */
    record Finding(Grade grade, String text) {}

    /** Finds out, by trying, what the store does. What was written is deleted again. */
    List<Finding> check();

    /**
     * Creates what is missing.
     *
     * @return what was done, a line each
     */
    List<String> prepare() throws StoreException;

    /**
     * Creates what is missing for uploads straight from browsers, in a container or bucket apart from that of the
     * hosts.
     *
     * @param key the key by which their URLs are signed, asked for where the store needs one of its own
     * @param origins of the pages, such as {@code https://www.example.org}
     * @return what was done, a line each
     */
    List<String> prepareIncoming(Supplier<String> key, List<String> origins) throws StoreException;
}
