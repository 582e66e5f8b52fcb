package io.github.uploadreceipts.servlet.internal.resume;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;

/** The field that says whether an upload is complete. */
enum Completeness {
    UPLOAD_COMPLETE("Upload-Complete", true),

    /** The opposite, in interop version 3 of the draft. */
    UPLOAD_INCOMPLETE("Upload-Incomplete", false);

    private final String field;
    private final boolean meansComplete;

    Completeness(String field, boolean meansComplete) {
        this.field = field;
        this.meansComplete = meansComplete;
    }

    String field() {
        return field;
    }

    /** Returns whether a request says that its last byte is the upload's; empty if it does not say. */
    Optional<Boolean> read(HttpServletRequest request) {
        return StructuredItem.bool(request, field).map(value -> value == meansComplete);
    }

    void write(HttpServletResponse response, boolean complete) {
        response.setHeader(field, complete == meansComplete ? "?1" : "?0");
    }
}
