package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
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
record FormFields(Map<String, List<String>> byName) {

    /**
     * Enough for every receipt and for what belongs to it. Without this limit a body of short fields would take forty
     * times its size in memory.
     */
    static final int MAX_COUNT = 10_000;

    static final FormFields NONE = new FormFields(Map.of());

    /** Parses a body. */
    static FormFields parse(byte[] body, Charset charset) throws UploadRefusedException {
        return parse(new String(body, StandardCharsets.ISO_8859_1), charset);
    }

    /** Parses a query string, if there is one. */
    static FormFields ofQuery(@Nullable String query) throws UploadRefusedException {
        return query == null ? NONE : parse(query, StandardCharsets.UTF_8);
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

    List<String> values(String name) {
        return byName.getOrDefault(name, List.of());
    }

    /** Returns these fields, followed by those of {@code more}. */
    FormFields and(FormFields more) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        byName.forEach((name, values) ->
                all.computeIfAbsent(name, key -> new ArrayList<>()).addAll(values));
        more.byName.forEach((name, values) ->
                all.computeIfAbsent(name, key -> new ArrayList<>()).addAll(values));
        return new FormFields(all);
    }
}
