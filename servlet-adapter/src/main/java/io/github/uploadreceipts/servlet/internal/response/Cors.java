package io.github.uploadreceipts.servlet.internal.response;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which pages of other origins may upload (CORS, in the Fetch standard).
 *
 * @param origins exact origins, such as {@code https://www.example.org}
 * @param credentials whether their pages may send cookies
 * @param headers further header fields that their pages may send, such as {@code X-CSRF-Token}
 */
public record Cors(Set<String> origins, boolean credentials, Set<String> headers) {

    private static final String EXPOSED_HEADERS = String.join(", ", HeaderFields.EXPOSED);
    private static final String METHODS = "POST, PUT, PATCH, HEAD, DELETE, OPTIONS";
    private static final String MAX_AGE_SECONDS = "600";

    /** Scheme, host and port as a browser writes them: in lower case (RFC 6454, section 6.2). */
    private static final Pattern ORIGIN =
            Pattern.compile("[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\\[[0-9a-f:.]+])(:[0-9]{1,5})?");

    /** Allows pages of no other origin. */
    public static final Cors NONE = new Cors(Set.of(), false, Set.of());

    /** Checks the origins and the names of header fields. */
    public Cors {
        origins = Set.copyOf(origins);
        origins.forEach(Cors::requireOrigin);
        headers = Set.copyOf(headers);
        headers.forEach(Cors::requireFieldName);
    }

    /**
     * Returns {@code text} if it is the name of a header field.
     *
     * @throws IllegalArgumentException if it is not
     */
    public static String requireFieldName(String text) {
        if (!text.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not the name of a header field, such as X-CSRF-Token");
        }
        return text;
    }

    /**
     * Returns {@code text} if it is an origin as browsers write it.
     *
     * @throws IllegalArgumentException if it is not
     */
    public static String requireOrigin(String text) {
        if (!ORIGIN.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' is not an origin: write https://host or https://host:port, in lower case, without a path");
        }
        return text;
    }

    /** Returns whether a request is a preflight: a browser asks what a page of another origin may send. */
    public static boolean isPreflight(HttpServletRequest request) {
        return request.getMethod().equals("OPTIONS")
                && request.getHeader("Origin") != null
                && request.getHeader("Access-Control-Request-Method") != null;
    }

    /** Lets the page read the response, if its origin is allowed. */
    public void apply(HttpServletRequest request, HttpServletResponse response) {
        if (origins.isEmpty()) {
            return;
        }
        response.addHeader("Vary", "Origin");
        String origin = request.getHeader("Origin");
        if (origin != null && origins.contains(origin)) {
            response.setHeader("Access-Control-Allow-Origin", origin);
            response.setHeader("Access-Control-Expose-Headers", EXPOSED_HEADERS);
            if (credentials) {
                response.setHeader("Access-Control-Allow-Credentials", "true");
            }
        }
    }

    /** Tells the browser what the page may send, if its origin is allowed. */
    public void respondToPreflight(HttpServletRequest request, HttpServletResponse response) {
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        apply(request, response);
        if (origins.contains(request.getHeader("Origin"))) {
            response.setHeader("Access-Control-Allow-Methods", METHODS);
            Set<String> allowed = new TreeSet<>(HeaderFields.ALLOWED);
            allowed.addAll(headers);
            response.setHeader("Access-Control-Allow-Headers", String.join(", ", allowed));
            response.setHeader("Access-Control-Max-Age", MAX_AGE_SECONDS);
        }
    }
}
