package io.github.uploadreceipts.samples.album;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The {@code Content-Disposition} of something to be saved (RFC 6266). */
final class Attachment {

    private Attachment() {}

    /** Returns the field's value for a file of that name. Names are percent-encoded as RFC 8187 says, not as forms do. */
    static String named(String name) {
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return "attachment; filename*=UTF-8''" + encoded;
    }
}
