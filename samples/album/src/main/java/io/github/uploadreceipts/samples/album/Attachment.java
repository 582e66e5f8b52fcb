package io.github.uploadreceipts.samples.album;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The {@code Content-Disposition} field of a download (RFC 6266). */
final class Attachment {

    private Attachment() {}

    /** Returns the field value for a file name. The name is percent-encoded as RFC 8187 says, not as in forms. */
    static String named(String name) {
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return "attachment; filename*=UTF-8''" + encoded;
    }
}
