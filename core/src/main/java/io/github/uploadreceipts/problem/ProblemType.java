package io.github.uploadreceipts.problem;

import java.util.Locale;

/**
 * Every kind of refusal, with its HTTP status. The URI of each is stable: clients may branch on it.
 */
public enum ProblemType {
    MALFORMED_REQUEST(400, "The request is malformed"),
    MALFORMED_MULTIPART(400, "The multipart body is malformed"),
    INCOMPLETE_BODY(400, "The body ended too early"),
    NOT_SIGNED_IN(401, "Sign in first"),
    PEER_TOKEN_REFUSED(401, "The peer token is not accepted"),
    TICKET_REQUIRED(401, "An upload ticket is needed"),
    TICKET_INVALID(401, "The upload ticket is not valid"),
    TICKET_EXPIRED(401, "The upload ticket has expired"),
    FORBIDDEN(403, "This is not allowed"),
    NOT_FOUND(404, "There is nothing here"),
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
    TOO_SLOW(408, "The body arrived too slowly"),
    OFFSET_MISMATCH(409, "The upload goes on at another offset"),
    NOT_FINISHED(409, "An upload is not complete yet"),
    ALREADY_CLAIMED(409, "The upload is already used under another claim"),
    SLOT_TAKEN(409, "This place of the ticket is used already"),
    UPLOAD_GONE(410, "The upload is gone"),
    VERSION_NOT_SUPPORTED(412, "This version of the protocol is not spoken here"),
    FILE_TOO_LARGE(413, "The file is too large"),
    REQUEST_TOO_LARGE(413, "The request is too large"),
    TOO_MANY_FILES(413, "There are too many files"),
    FIELDS_TOO_LARGE(413, "The form's fields are too large"),
    TYPE_NOT_ACCEPTED(415, "Files of this type are not accepted"),
    UNSUPPORTED_CONTENT(415, "This kind of content is not accepted"),
    SIZE_MISMATCH(422, "The file has another size than its ticket says"),
    DIGEST_MISMATCH(422, "The file has another digest than its ticket says"),
    RECEIPTS_REFUSED(422, "Not every receipt is accepted"),
    TAKEN_OVER(423, "Another request goes on with this upload"),
    TOO_MANY_UPLOADS(429, "Too many uploads at once"),
    CHECKSUM_MISMATCH(460, "The bytes have another checksum"),
    STORAGE_FAILED(500, "The upload could not be stored"),
    UNAVAILABLE(503, "The host is not taking uploads now"),
    NO_SPACE(507, "There is no room for the upload"),

    // of one receipt among others
    RECEIPT_INVALID(422, "The receipt is not valid"),
    RECEIPT_EXPIRED(422, "The receipt has expired"),
    RECEIPT_DUPLICATE(422, "The receipt was sent twice"),
    RECEIPT_OUTSIDE_BATCH(422, "The receipts are not one complete batch"),
    RECEIPT_SURPLUS(422, "There are too many receipts"),
    RECEIPTS_TOO_LARGE(422, "The uploads are too large together");

    private static final String BASE = "https://uploadreceipts.github.io/problems#";

    private final int status;
    private final String title;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** Returns the HTTP status code. */
    public int status() {
        return status;
    }

    /** Returns a short sentence for people, the same for every occurrence. */
    public String title() {
        return title;
    }

    /** Returns the URI that names this type. */
    public String uri() {
        return BASE + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
