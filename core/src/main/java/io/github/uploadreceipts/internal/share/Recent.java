package io.github.uploadreceipts.internal.share;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that forgets the entry that was used longest ago when it has too many. Used by one thread at a time. */
final class Recent<K, V> extends LinkedHashMap<K, V> {

    private static final long serialVersionUID = 1;
    private static final int MAX_ENTRIES = 10_000;

    Recent() {
        super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MAX_ENTRIES;
    }
}
