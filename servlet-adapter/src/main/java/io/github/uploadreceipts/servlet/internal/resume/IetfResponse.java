package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.resume.Status;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;

/** The header fields of Resumable Uploads for HTTP in a response, and the receipt. */
record IetfResponse(HttpServletResponse response, Completeness completeness) {

    private static final String LIMIT = "Upload-Limit";

    /** The largest Integer of a structured field (RFC 9651, section 3.3.1). */
    private static final long LARGEST = 999_999_999_999_999L;

    void complete(boolean value) {
        completeness.write(response, value);
    }

    void offset(long bytes) {
        response.setHeader("Upload-Offset", Long.toString(bytes));
    }

    /** Sets the limits of uploads that are yet to be created. */
    void limit(long maxSize, long maxRequestSize) {
        String size = maxSize(maxSize);
        response.setHeader(
                LIMIT,
                maxRequestSize < maxSize ? size + ", max-append-size=" + Math.min(maxRequestSize, LARGEST) : size);
    }

    private static String maxSize(long bytes) {
        return "max-size=" + Math.min(bytes, LARGEST);
    }

    /** Says that no limit is known. */
    void noLimit() {
        response.setHeader(LIMIT, "min-size=0");
    }

    /** Sets how far an upload is, and what limits it. */
    void progress(Status status, Duration left) {
        response.setHeader("Cache-Control", "no-store");
        offset(status.offset());
        complete(status.complete());
        response.setHeader(LIMIT, maxSize(status.maxSize()) + ", max-age=" + Math.max(0, left.toSeconds()));
    }

    /** Sets the response that describes an upload. */
    void describe(Status status, Duration left) {
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        progress(status, left);
        status.length().ifPresent(length -> response.setHeader("Upload-Length", Long.toString(length)));
        status.receipt().ifPresent(issued -> {
            receipt(issued);
            digest(issued);
        });
    }

    void receipt(IssuedReceipt issued) {
        response.setHeader("Upload-Receipt", issued.token());
    }

    void digest(IssuedReceipt issued) {
        response.setHeader("Repr-Digest", issued.receipt().digest().toString());
    }
}
