package io.github.uploadreceipts.servlet.internal.response;

import java.util.List;
import java.util.stream.Stream;

/** The header fields of upload requests and their responses that CORS allows and that relaying passes on. */
public final class HeaderFields {

    private static final List<String> RESUMABLE_REQUEST = List.of(
            "Content-Digest",
            "Repr-Digest",
            "Tus-Resumable",
            "Upload-Checksum",
            "Upload-Complete",
            "Upload-Concat",
            "Upload-Defer-Length",
            "Upload-Draft-Interop-Version",
            "Upload-Incomplete",
            "Upload-Length",
            "Upload-Metadata",
            "Upload-Offset",
            "Want-Repr-Digest");

    private static final List<String> RESUMABLE_RESPONSE = List.of(
            "Repr-Digest",
            "Tus-Resumable",
            "Tus-Version",
            "Upload-Complete",
            "Upload-Concat",
            "Upload-Defer-Length",
            "Upload-Expires",
            "Upload-Incomplete",
            "Upload-Length",
            "Upload-Limit",
            "Upload-Message",
            "Upload-Metadata",
            "Upload-Offset",
            "Upload-Receipt",
            "Upload-Status");

    /** The fields that pages of other origins may send. */
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

    /** The fields that pages of other origins may read. */
    static final List<String> EXPOSED = both(
            RESUMABLE_RESPONSE, "Location", "Retry-After", "Tus-Checksum-Algorithm", "Tus-Extension", "Tus-Max-Size");

    /** The fields of a client's request that are relayed to the peer. */
    public static final List<String> RELAYED_REQUEST =
            both(RESUMABLE_REQUEST, "Accept", "Content-Disposition", "Content-Encoding", "Content-Type", "Upload-Slot");

    /** The fields of the peer's response that are relayed to the client, besides {@code Location}. */
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
