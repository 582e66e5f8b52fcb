package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.uploadreceipts.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Short responses, and which content type a client prefers. */
final class Answers {

    static final String HTML = "text/html;charset=utf-8";
    static final String JSON = "application/json";

    static final String EVENTS = "text/event-stream";

    private Answers() {}

    static void write(HttpServletResponse response, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType(type);
        response.setContentLength(bytes.length);
        response.setHeader("X-Content-Type-Options", "nosniff");
        if (!response.containsHeader("Cache-Control")) {
            response.setHeader("Cache-Control", "no-store");
        }
        response.getOutputStream().write(bytes);
    }

    /** Sends a problem that consists of a title only. */
    static void problem(HttpServletResponse response, int status, String title) throws IOException {
        String json = JsonNodeFactory.instance
                .objectNode()
                .put("type", "about:blank")
                .put("title", title)
                .put("status", status)
                .toString();
        write(response, status, Problem.MEDIA_TYPE, json);
    }

    /**
     * Returns whether the client wants a page: a browser that submits a form names HTML; a script or a tool does not.
     */
    static boolean prefersHtml(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        return accept != null && quality(accept, "text/html") > quality(accept, JSON);
    }

    /** Returns whether the client can read a stream of events, as a script says that reads one. */
    static boolean acceptsEvents(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        return accept != null && quality(accept, EVENTS) > 0;
    }

    /** Returns the weight of a type that is named without wildcards (RFC 9110, section 12.4.2), or 0. */
    private static double quality(String accept, String type) {
        for (String range : accept.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] parts = range.split(";", -1);
            if (parts[0].strip().equals(type)) {
                return weight(parts);
            }
        }
        return 0;
    }

    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.matches("q=[01](\\.\\d{0,3})?")) {
                return Double.parseDouble(parameter.substring(2));
            }
        }
        return 1;
    }
}
