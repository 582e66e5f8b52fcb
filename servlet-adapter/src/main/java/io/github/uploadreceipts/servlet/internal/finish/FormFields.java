package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a form or of a query string, in their order ({@code application/x-www-form-urlencoded}).
 *
 * @param byName the values by name; the names are in the order of their first values
 */
public record FormFields(Map<String, List<String>> byName) {

    /**
     * Enough for every receipt and for what belongs to it. Without this limit a body of short fields would take forty
     * times its size in memory.
     */
    static final int MAX_COUNT = 10_000;

    public static final FormFields NONE = new FormFields(Map.of());

    /**
     * Parses a body, and first holds what is made of it beside its text.
     *
     * @throws UploadRefusedException if the body is malformed, has too many fields, or the host may not hold as much
     */
    public static FormFields parse(byte[] body, Charset charset, MemoryBudget.Share memory)
            throws UploadRefusedException {
        int fields = 1;
        for (byte b : body) {
            fields += b == '&' ? 1 : 0;
        }
        memory.hold((long) MemoryBudget.OBJECT_SIZE * Math.min(fields, MAX_COUNT));
        return parse(body, charset);
    }

    /** Parses a body. */
    static FormFields parse(byte[] body, Charset charset) throws UploadRefusedException {
        return parse(new String(body, StandardCharsets.ISO_8859_1), charset);
    }

    /**
     * Returns the charset of a form. Some containers look it up themselves, and throw what {@link Charset#forName} throws.
     *
     * @throws UploadRefusedException if there is no such charset
     */
    public static Charset charset(HttpServletRequest request) throws UploadRefusedException {
        try {
            String name = request.getCharacterEncoding();
            return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw KindOfBody.malformed("The charset in Content-Type does not exist.");
        }
    }

    /** Parses a query string, if there is one. */
    public static FormFields ofQuery(@Nullable String query) throws UploadRefusedException {
        return query == null ? NONE : parse(query, StandardCharsets.UTF_8);
    }

    /**
     * Returns the fields of a form that the container has read.
     *
     * @param declared whether the client has declared that there are bytes
     * @throws UploadRefusedException if it has none of them, or not all
     */
    public static FormFields ofContainer(HttpServletRequest request, MemoryBudget.Share memory, boolean declared)
            throws UploadRefusedException {
        FormFields query = ofQuery(request.getQueryString());
        Map<String, List<String>> fields = new LinkedHashMap<>();
        for (Map.Entry<String, String[]> parameter : parameters(request).entrySet()) {
            List<String> values = List.of(parameter.getValue());
            int inQuery = Math.min(query.values(parameter.getKey()).size(), values.size());
            if (inQuery < values.size()) {
                fields.put(parameter.getKey(), values.subList(inQuery, values.size()));
            }
        }
        if (fields.isEmpty()) {
            throw BodyParser.readBefore(declared);
        }
        memory.hold((long) MemoryBudget.OBJECT_SIZE
                * fields.values().stream().mapToInt(List::size).sum());
        return new FormFields(fields);
    }

    private static Map<String, String[]> parameters(HttpServletRequest request) throws UploadRefusedException {
        try {
            Map<String, String[]> parameters = request.getParameterMap();
            if (ContainerManners.hasAllParameters(request)) {
                return parameters;
            }
        } catch (RuntimeException e) { // how containers say that there are too many
            throw readWithinLimits();
        }
        throw readWithinLimits();
    }

    private static UploadRefusedException readWithinLimits() {
        return new UploadRefusedException(Problem.of(
                ProblemType.BODY_READ_BEFORE,
                "A filter in front has read the form, and the container does not give all of its fields, such as those"
                        + " beyond its limits. Map UploadGuard in front of that filter."));
    }

    private static FormFields parse(String text, Charset encoding) throws UploadRefusedException {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        int count = 0;
        for (int begin = 0, end; begin < text.length(); begin = end + 1) {
            end = text.indexOf('&', begin);
            end = end < 0 ? text.length() : end;
            if (begin < end) {
                requireCount(++count);
                int equals = text.indexOf('=', begin);
                int nameEnd = equals < 0 ? end : Math.min(equals, end);
                String name = decode(text.substring(begin, nameEnd), encoding);
                String value = decode(text.substring(Math.min(nameEnd + 1, end), end), encoding);
                fields.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
            }
        }
        return new FormFields(fields);
    }

    private static void requireCount(int count) throws UploadRefusedException {
        if (count > MAX_COUNT) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FIELDS_TOO_LARGE,
                    "A form may have at most " + MAX_COUNT + " fields.",
                    MAX_COUNT,
                    count));
        }
    }

    private static String decode(String text, Charset encoding) throws UploadRefusedException {
        try {
            return URLDecoder.decode(text, encoding);
        } catch (IllegalArgumentException e) {
            throw KindOfBody.malformed("A form field is not properly percent-encoded.");
        }
    }

    /** Returns the values of a field; none if it is not there. */
    public List<String> values(String name) {
        return byName.getOrDefault(name, List.of());
    }

    /** Returns these fields, followed by those of {@code more}. */
    public FormFields and(FormFields more) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        byName.forEach((name, values) ->
                all.computeIfAbsent(name, key -> new ArrayList<>()).addAll(values));
        more.byName.forEach((name, values) ->
                all.computeIfAbsent(name, key -> new ArrayList<>()).addAll(values));
        return new FormFields(all);
    }
}
