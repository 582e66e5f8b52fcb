package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.Role;
import io.github.uploadreceipts.internal.resume.Status;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The header fields of tus 1.0.0 in a response, and the receipt. */
public record TusResponse(HttpServletResponse response) {

    private static final String VERSION = "Tus-Resumable";

    /** RFC 9110, section 5.6.7. Java's RFC_1123_DATE_TIME writes the days 1 to 9 of a month with one digit. */
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH);

    /** Marks the response as one of tus 1.0.0. */
    public void begin() {
        response.setHeader(VERSION, TusRequest.VERSION);
    }

    /** Sets the field that lists the supported versions. */
    public void refuseVersion() {
        response.setHeader("Tus-Version", TusRequest.VERSION);
    }

    /** Sets the response that says how far an upload is, after it was created or bytes were appended. */
    void progress(int statusCode, UploadResource resource, Status status) {
        response.setStatus(statusCode);
        response.setHeader("Cache-Control", "no-store");
        expiry(resource);
        offset(status.offset());
        receipt(status);
    }

    void offset(long bytes) {
        response.setHeader("Upload-Offset", Long.toString(bytes));
    }

    private void expiry(UploadResource resource) {
        response.setHeader("Upload-Expires", httpDate(resource.expiresAt()));
    }

    static String httpDate(Instant time) {
        return HTTP_DATE.format(time.atOffset(ZoneOffset.UTC));
    }

    private void receipt(Status status) {
        status.receipt().ifPresent(issued -> response.setHeader("Upload-Receipt", issued.token()));
    }

    private void repeat(TusNote note) {
        if (!note.metadata().isEmpty()) {
            response.setHeader("Upload-Metadata", note.metadata());
        }
        if (!note.concat().isEmpty()) {
            response.setHeader("Upload-Concat", note.concat());
        }
    }

    /** Sets the response that describes an upload. */
    void describe(UploadResource resource, Status status) {
        response.setStatus(HttpServletResponse.SC_OK);
        response.setHeader("Cache-Control", "no-store");
        expiry(resource);
        if (status.role() != Role.FINAL || status.complete()) {
            offset(status.offset());
        }
        if (status.length().isPresent()) {
            response.setHeader("Upload-Length", Long.toString(status.length().get()));
        } else {
            response.setHeader("Upload-Defer-Length", "1");
        }
        status.metadata().map(TusNote::parse).ifPresent(this::repeat);
        receipt(status);
    }
}
