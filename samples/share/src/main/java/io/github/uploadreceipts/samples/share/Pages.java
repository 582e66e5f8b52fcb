package io.github.uploadreceipts.samples.share;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Fills the page templates, and writes responses. Every value is escaped. */
final class Pages {

    private static final String POLICY =
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    private static final String PLACE = "{{content}}";
    private static final String FRAME = read("frame.html");
    private static final String FORM = read("form.html");
    private static final String LINK = read("link.html");
    private static final String STYLE = read("share.css");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private Pages() {}

    private static String read(String name) {
        try (InputStream in = Pages.class.getResourceAsStream("/web/" + name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(name + " cannot be read", e);
        }
    }

    /**
     * Returns the page from which files are sent.
     *
     * @param base the URL of this host
     */
    static String form(String base) {
        return FORM.replace("{{base}}", base);
    }

    /** Returns the page with the links of what was sent. */
    static String made(List<LinkMaker.Made> links) {
        String heading = links.size() == 1 ? "Your link" : "Your links";
        return "<h1>" + heading + "</h1>\n"
                + links.stream().map(Pages::item).collect(Collectors.joining())
                + "<p class=\"more\"><a class=\"button quiet\" href=\"/\">Send another file</a></p>\n";
    }

    private static String item(LinkMaker.Made link) {
        return LINK.replace("{{name}}", escape(link.name()))
                .replace("{{url}}", escape(link.url()))
                .replace("{{secret}}", escape(link.secret()))
                .replace("{{until}}", TIME.format(link.expiresAt()));
    }

    /** Returns the page for a path that leads nowhere. */
    static String notFound() {
        return "<h1>There is nothing here</h1>\n<p><a class=\"button\" href=\"/\">Send a file</a></p>\n";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("{", "&#123;"); // so that no value is taken for a place in a template
    }

    /** Writes a page. */
    static void html(HttpServletResponse response, int status, String content) throws IOException {
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("Referrer-Policy", "no-referrer"); // the page has the links
        write(response, status, "text/html;charset=utf-8", FRAME.replace(PLACE, content));
    }

    static void style(HttpServletResponse response) throws IOException {
        write(response, HttpServletResponse.SC_OK, "text/css;charset=utf-8", STYLE);
    }

    /** Writes a line. */
    static void text(HttpServletResponse response, int status, String line) throws IOException {
        write(response, status, "text/plain;charset=utf-8", line + "\n");
    }

    private static void write(HttpServletResponse response, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType(type);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
