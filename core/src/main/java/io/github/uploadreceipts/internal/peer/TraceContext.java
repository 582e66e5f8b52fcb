package io.github.uploadreceipts.internal.peer;

import java.util.Collection;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The trace to which a request belongs, as W3C's Trace Context names it. It goes along with what this host asks of peers
 * for that request, so that one trace shows all of them.
 */
public final class TraceContext {

    /** The header field. */
    public static final String FIELD = "traceparent";

    /** Version 00, with neither id all zeros. What other versions append is the client's text, and goes nowhere. */
    private static final Pattern VERSION_00 =
            Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private static final ThreadLocal<@Nullable String> CURRENT = new ThreadLocal<>();

    private TraceContext() {}

    /** Returns the value if it may be sent to a peer. */
    public static Optional<String> valid(String value) {
        return value.length() == 55 && VERSION_00.matcher(value).matches() ? Optional.of(value) : Optional.empty();
    }

    /** Returns the value of a request's header fields. Of several none counts. */
    public static Optional<String> of(Collection<String> fields) {
        return fields.size() == 1 ? valid(fields.iterator().next()) : Optional.empty();
    }

    /** Says to which trace belongs what this thread does until {@link #leave}. */
    public static void enter(Optional<String> trace) {
        CURRENT.set(trace.orElse(null));
    }

    /** Ends what {@link #enter} began. */
    public static void leave() {
        CURRENT.remove();
    }

    /** Returns the trace to which belongs what this thread does. */
    public static Optional<String> current() {
        return Optional.ofNullable(CURRENT.get());
    }
}
