package io.github.uploadreceipts.problem;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a client is told about a refusal (RFC 9457). It never contains a path, a key, a token or a stack trace.
 *
 * @param type the kind of refusal
 * @param detail what to change, if there is more to say than the type's title
 * @param limit the limit that was exceeded, in its own unit
 * @param actual what was asked for, or had come when the limit was exceeded, in the same unit
 * @param errors the problems of single receipts, by their index in the request
 * @param retryAfter the seconds after which trying again may help, if they are known; for the header field of that name
 */
public record Problem(
        ProblemType type,
        Optional<String> detail,
        OptionalLong limit,
        OptionalLong actual,
        List<AtIndex> errors,
        OptionalLong retryAfter) {

    /** The media type of {@link #toJson}. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /**
     * One receipt's problem.
     *
     * @param index the receipt's place in the request, from 0
     * @param type the kind of refusal
     */
    public record AtIndex(int index, ProblemType type) {}

    /** Copies the list. */
    public Problem {
        errors = List.copyOf(errors);
    }

    /** Returns a problem that says nothing of when trying again may help. */
    public Problem(
            ProblemType type, Optional<String> detail, OptionalLong limit, OptionalLong actual, List<AtIndex> errors) {
        this(type, detail, limit, actual, errors, OptionalLong.empty());
    }

    /** Returns a problem after which trying again may help in so many seconds. */
    public static Problem retryAfter(ProblemType type, long seconds) {
        return new Problem(
                type,
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(),
                OptionalLong.of(seconds));
    }

    /** Returns a problem about which its type says everything. */
    public static Problem of(ProblemType type) {
        return new Problem(type, Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), List.of());
    }

    /** Returns a problem with a sentence about what to change. */
    public static Problem of(ProblemType type, String detail) {
        return new Problem(type, Optional.of(detail), OptionalLong.empty(), OptionalLong.empty(), List.of());
    }

    /** Returns a problem with a limit, and what was asked for or had come when it was exceeded. */
    public static Problem limit(ProblemType type, String detail, long limit, long actual) {
        return new Problem(type, Optional.of(detail), OptionalLong.of(limit), OptionalLong.of(actual), List.of());
    }

    /**
     * Returns the problem of a set of receipts. If nothing else is wrong than that this host cannot accept some of them
     * now, because its clock is behind, trying again helps.
     */
    public static Problem receipts(List<AtIndex> errors) {
        boolean later = !errors.isEmpty() && errors.stream().allMatch(error -> error.type() == ProblemType.UNAVAILABLE);
        ProblemType type = later ? ProblemType.UNAVAILABLE : ProblemType.RECEIPTS_REFUSED;
        return new Problem(type, Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), errors);
    }

    /** Returns the HTTP status code. */
    public int status() {
        return type.status();
    }

    /** Returns the problem details object. */
    public String toJson() {
        return toJson(status());
    }

    /**
     * Returns the problem details object for a response whose status code is not that of the type, because a protocol
     * requires another one.
     */
    public String toJson(int status) {
        ObjectNode json = describe(StrictJson.object(), type).put("status", status);
        detail.ifPresent(text -> json.put("detail", text));
        limit.ifPresent(value -> json.put("limit", value));
        actual.ifPresent(value -> json.put("actual", value));
        if (!errors.isEmpty()) {
            var array = json.putArray("errors");
            errors.forEach(error -> describe(array.addObject().put("index", error.index()), error.type()));
        }
        return json.toString();
    }

    private static ObjectNode describe(ObjectNode json, ProblemType type) {
        return json.put("type", type.uri()).put("title", type.title()).put("status", type.status());
    }
}
