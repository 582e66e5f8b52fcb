package io.github.uploadreceipts.servlet.internal.response;

import java.util.List;
import java.util.stream.Stream;

/** The header fields that requests to upload and their responses may have: for pages of other origins, and for relaying. */
public final class HeaderFields {

    private static final List<String> RESUMABLE_REQUEST = List.of(
            "Tus-Resumable",
            "Upload-Checksum",
            "Upload-Concat",
            "Upload-Defer-Length",
            "Upload-Length",
            "Upload-Metadata",
            "Upload-Offset");

    private static final List<String> RESUMABLE_RESPONSE = List.of(
            "Tus-Resumable",
            "Tus-Version",
            "Upload-Concat",
            "Upload-Defer-Length",
            "Upload-Expires",
            "Upload-Length",
            "Upload-Metadata",
            "Upload-Offset",
            "Upload-Receipt");

    /** What pages of other origins may send. */
    static final List<String> ALLOWED = both(
            RESUMABLE_REQUEST,
            "Authorization",
            "Content-Disposition",
            "Content-Type",
            "Upload-Slot",
            "Upload-Ticket",
            "X-HTTP-Method-Override",
            "X-Request-ID",
            "X-Requested-With");

    /** What pages of other origins may read. */
    static final List<String> EXPOSED = both(
            RESUMABLE_RESPONSE, "Location", "Retry-After", "Tus-Checksum-Algorithm", "Tus-Extension", "Tus-Max-Size");

    /** What a client may say to the host that serves it. */
    public static final List<String> RELAYED_REQUEST =
            both(RESUMABLE_REQUEST, "Accept", "Content-Disposition", "Content-Encoding", "Content-Type", "Upload-Slot");

    /** What that host may say to the client. */
    public static final List<String> RELAYED_RESPONSE = both(
            RESUMABLE_RESPONSE,
            "Allow",
            "Cache-Control",
            "Content-Security-Policy",
            "Content-Type",
            "Referrer-Policy",
            "Retry-After",
            "WWW-Authenticate",
            "X-Content-Type-Options");

    private HeaderFields() {}

    private static List<String> both(List<String> resumable, String... others) {
        return Stream.concat(resumable.stream(), Stream.of(others)).sorted().toList();
    }
}
