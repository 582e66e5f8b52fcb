package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.problem.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fills page templates. Every value is escaped. */
final class AlbumPages {

    private static final String ITEM = "<!-- item -->";
    private static final String ITEM_END = "<!-- /item -->";
    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");
    static final String POLICY =
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final String PROBLEM = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{{title}}</title>
            <link rel="stylesheet" href="/album.css">
            </head>
            <body>
            <header class="masthead">
              <h1>{{title}}</h1>
              <p class="lede">{{detail}} Your receipts are on the page before this one: go back to it.</p>
            </header>
            </body>
            </html>
            """;

    private AlbumPages() {}

    static byte[] resource(String name) throws IOException {
        try (InputStream in = AlbumPages.class.getResourceAsStream("/web/" + name)) {
            if (in == null) {
                throw new IOException(name + " is missing from the jar");
            }
            return in.readAllBytes();
        }
    }

    static String text(String name) throws IOException {
        return new String(resource(name), StandardCharsets.UTF_8);
    }

    static void writeAlbum(HttpServletResponse response, MadeAlbum album) throws IOException {
        String template = text("album.html");
        int start = template.indexOf(ITEM);
        int end = template.indexOf(ITEM_END);
        String itemTemplate = template.substring(start + ITEM.length(), end);
        StringBuilder items = new StringBuilder();
        for (int i = 0; i < album.items().size(); i++) {
            items.append(fill(itemTemplate, values(album, i)));
        }
        int count = album.items().size();
        Map<String, String> values = Map.of(
                "id", album.id(),
                "count", count == 1 ? "1 file" : count + " files",
                "answeredBy", album.answeredBy(),
                "zip", album.zipPath());
        String page = fill(template.substring(0, start), values)
                + items
                + fill(template.substring(end + ITEM_END.length()), values);
        response.setHeader("Content-Security-Policy", POLICY);
        Answers.write(response, HttpServletResponse.SC_OK, Answers.HTML, page);
    }

    private static Map<String, String> values(MadeAlbum album, int index) {
        MadeAlbum.Item item = album.items().get(index);
        return Map.ofEntries(
                Map.entry("kind", Pictures.isShown(item.type()) ? "picture" : "file"),
                Map.entry("name", item.name()),
                Map.entry("index", Integer.toString(index)),
                Map.entry("number", Integer.toString(index + 1)),
                Map.entry("src", album.path() + "/" + index),
                Map.entry("type", item.type()),
                Map.entry("caption", item.caption()),
                Map.entry("size", Sizes.of(item.size())),
                Map.entry("bytes", Long.toString(item.size())),
                Map.entry("host", item.host()),
                Map.entry("how", item.fetched() ? "fetched" : "local"),
                Map.entry("millis", Long.toString(item.millis())),
                Map.entry("sha256", item.sha256()));
    }

    static void writeProblem(HttpServletResponse response, Problem problem) throws IOException {
        response.setHeader("Content-Security-Policy", POLICY);
        String page = fill(
                PROBLEM,
                Map.of(
                        "title",
                        problem.type().title(),
                        "detail",
                        problem.detail().orElse("")));
        Answers.write(response, problem.status(), Answers.HTML, page);
    }

    static String fill(String template, Map<String, String> values) {
        return PLACE.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(escape(values.getOrDefault(place.group(1), ""))));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
