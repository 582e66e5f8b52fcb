package io.github.uploadreceipts.servlet.internal.resume;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Structured fields that have one item (RFC 9651, section 3.3). A field that is malformed, or of another type, counts as
 * absent. Parameters are skipped.
 */
final class StructuredItem {

    private static final int MAX_LENGTH = 1024;

    private static final String BARE = "(?:-?[0-9]{1,12}\\.[0-9]{1,3}|@?-?[0-9]{1,15}|\\?[01]"
            + "|\"(?:[ !#-\\[\\]-~]|\\\\[\"\\\\])*+\"|%\"(?:[ !#$&-~]|%[0-9a-f]{2})*+\""
            + "|[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*+|:[0-9A-Za-z+/=]*+:)";
    private static final String PARAMETERS = "(?:; *+[a-z*][a-z0-9_.*-]*+(?:=" + BARE + ")?)*+";
    private static final Pattern BOOLEAN = Pattern.compile("\\?([01])" + PARAMETERS);
    private static final Pattern NUMBER = Pattern.compile("([0-9]{1,15})" + PARAMETERS);

    private StructuredItem() {}

    /** Returns the value of a Boolean. */
    static Optional<Boolean> bool(HttpServletRequest request, String field) {
        return value(request, field, BOOLEAN).map("1"::equals);
    }

    /** Returns the value of an Integer that is not negative. */
    static Optional<Long> number(HttpServletRequest request, String field) {
        return value(request, field, NUMBER).map(Long::parseLong);
    }

    private static Optional<String> value(HttpServletRequest request, String field, Pattern item) {
        String text = String.join(", ", Collections.list(request.getHeaders(field)));
        Matcher matcher = item.matcher(text.length() > MAX_LENGTH ? "" : text.strip());
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
