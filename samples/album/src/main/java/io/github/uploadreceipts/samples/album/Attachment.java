package io.github.uploadreceipts.samples.album;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The {@code Content-Disposition} field of a download (RFC 6266). */
final class Attachment {

    private Attachment() {}

    /**
     * Returns the field's value for a file of that name: an ASCII form for old clients, and then the exact one, which is
     * percent-encoded as RFC 8187 says, not as forms do.
     */
    static String named(String name) {
        String ascii = name.replaceAll("[^ -~]|[\"\\\\%]", "_");
        String exact = URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return "attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + exact;
    }
}
