package io.github.uploadreceipts.fetch.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A response. The names of its fields are in lower case. */
record Response(int status, Map<String, String> fields, String body) {

    private static final Pattern PROBLEM = Pattern.compile("problems#([a-z-]+)");
    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");

    String field(String name) {
        return fields.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** Returns the name of the problem type, or the status where the response has none. */
    String problem() {
        Matcher type = PROBLEM.matcher(body);
        return type.find() ? type.group(1) : Integer.toString(status);
    }

    /** Returns the receipts in the body, in their order. */
    List<String> receipts() {
        List<String> receipts = new ArrayList<>();
        for (Matcher receipt = RECEIPT.matcher(body); receipt.find(); ) {
            receipts.add(receipt.group(1));
        }
        return receipts;
    }

    @Override
    public String toString() {
        return status + " " + body;
    }
}
