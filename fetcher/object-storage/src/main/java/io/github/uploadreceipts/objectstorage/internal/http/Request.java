package io.github.uploadreceipts.objectstorage.internal.http;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request, which can be sent any number of times.
 *
 * @param what its object or its purpose, for messages
 * @param limit the time that it may take in all
 * @param silence how long the store may be silent, if that is said of this request
 */
public record Request(
        String method,
        URI uri,
        String what,
        Map<String, String> fields,
        @Nullable ByteBuffer body,
        Duration limit,
        Optional<Duration> silence) {

    /** What a request may take that has no body. */
    public static final Duration LIMIT = Duration.ofMinutes(1);

    /** What a body takes at 64 KiB a second comes on top. */
    private static final int SLOWEST = 64 * 1024;

    /** Returns a request without fields and body. */
    public static Request of(String method, URI uri, String what) {
        return new Request(method, uri, what, Map.of(), null, LIMIT, Optional.empty());
    }

    /** Returns this request with a field. */
    public Request with(String field, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(field, value);
        return new Request(method, uri, what, more, body, limit, silence);
    }

    /** Returns this request with a body, and the time that it takes. */
    public Request body(ByteBuffer bytes) {
        Duration longer = limit.plusSeconds(bytes.remaining() / SLOWEST);
        return new Request(method, uri, what, fields, bytes, longer, silence);
    }

    /** Returns this request with another limit, all of which the store may be silent. */
    public Request within(Duration time) {
        return new Request(method, uri, what, fields, body, time, Optional.of(time));
    }

    /** Returns neither the query nor a field, which may be secret. */
    @Override
    public String toString() {
        return method + " " + what;
    }
}
