package io.github.uploadreceipts.servlet.internal.response;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page with places for what differs, such as <code>{{body}}</code>. */
public final class PageTemplate {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(\\w+)}}");

    private final String text;

    private PageTemplate(String text) {
        this.text = text;
    }

    /** Reads a template that lies beside a class. */
    public static PageTemplate read(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new PageTemplate(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the text of a template without places. */
    public String text() {
        return text;
    }

    /** Returns what stands between the first {@code start} and the {@code end} after it. */
    public String between(String start, String end) {
        int from = text.indexOf(start) + start.length();
        return text.substring(from, text.indexOf(end, from));
    }

    /** Fills the template in one pass, because a file's name may look like a placeholder. Values are in pieces. */
    public byte[] fill(Map<String, List<String>> values) {
        List<String> pieces = new ArrayList<>();
        Matcher placeholder = PLACEHOLDER.matcher(text);
        int from = 0;
        for (; placeholder.find(); from = placeholder.end()) {
            pieces.add(text.substring(from, placeholder.start()));
            pieces.addAll(values.getOrDefault(placeholder.group(1), List.of()));
        }
        pieces.add(text.substring(from));
        ByteArrayOutputStream html = new ByteArrayOutputStream(
                pieces.stream().mapToInt(String::length).sum());
        pieces.forEach(piece -> html.writeBytes(piece.getBytes(StandardCharsets.UTF_8)));
        return html.toByteArray();
    }

    /** Returns text that means itself in an element and in a quoted attribute. */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
