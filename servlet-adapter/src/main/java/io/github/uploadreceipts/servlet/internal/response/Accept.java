package io.github.uploadreceipts.servlet.internal.response;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Content negotiation (RFC 9110, section 12.5.1) between the two forms of a response: a page and JSON. */
public final class Accept {

    private static final Pattern WEIGHT =
            Pattern.compile(";\\s*q\\s*=\\s*([01]?\\.?[0-9]{0,3})\\s*(?:;|$)", Pattern.CASE_INSENSITIVE);

    private Accept() {}

    /** Returns whether the client prefers a page. One to which both are equal is a program: it gets JSON. */
    public static boolean prefersPage(HttpServletRequest request) {
        return prefersPage(String.join(",", Collections.list(request.getHeaders("Accept"))));
    }

    static boolean prefersPage(String accept) {
        return weight(accept, "text/html") > weight(accept, "application/json");
    }

    /** Returns the weight of the most specific range that includes a media type; 0 if there is none. */
    private static double weight(String accept, String type) {
        int specific = 0;
        double weight = 0;
        for (String item : accept.split(",", -1)) {
            int rank = rank(item.split(";", 2)[0].strip().toLowerCase(Locale.ROOT), type);
            if (rank > specific) {
                specific = rank;
                weight = weight(item);
            }
        }
        return weight;
    }

    private static int rank(String range, String type) {
        String group = type.substring(0, type.indexOf('/'));
        if (range.equals(type)) {
            return 3;
        }
        if (range.equals(group + "/*")) {
            return 2;
        }
        return range.equals("*/*") || range.equals("*") ? 1 : 0;
    }

    /** A weight that is none counts as if it was not there. */
    private static double weight(String item) {
        Matcher weight = WEIGHT.matcher(item);
        try {
            return weight.find() ? Math.min(1, Double.parseDouble(weight.group(1))) : 1;
        } catch (NumberFormatException e) {
            return 1;
        }
    }
}
