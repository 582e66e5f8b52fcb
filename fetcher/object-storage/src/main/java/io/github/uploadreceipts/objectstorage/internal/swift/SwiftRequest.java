package io.github.uploadreceipts.objectstorage.internal.swift;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request, which can be sent any number of times.
 *
 * @param what its object or its purpose, for messages
 * @param limit the time that it may take in all
 */
record SwiftRequest(
        String method,
        URI uri,
        String what,
        Map<String, String> fields,
        @Nullable ByteBuffer body,
        Duration limit) {

    private static final Duration LIMIT = Duration.ofMinutes(1);

    /** What a body takes at 64 KiB a second comes on top. */
    private static final int SLOWEST = 64 * 1024;

    static SwiftRequest of(String method, URI uri, String what) {
        return new SwiftRequest(method, uri, what, Map.of(), null, LIMIT);
    }

    SwiftRequest with(String field, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(field, value);
        return new SwiftRequest(method, uri, what, more, body, limit);
    }

    SwiftRequest body(ByteBuffer bytes) {
        return new SwiftRequest(method, uri, what, fields, bytes, limit.plusSeconds(bytes.remaining() / SLOWEST));
    }

    SwiftRequest within(Duration time) {
        return new SwiftRequest(method, uri, what, fields, body, time);
    }

    /** Neither the query nor a field, which may be secret. */
    @Override
    public String toString() {
        return method + " " + what;
    }
}
