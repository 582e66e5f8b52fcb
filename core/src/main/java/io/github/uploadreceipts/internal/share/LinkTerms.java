package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.receipt.UploadReceipt;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a share link says.
 *
 * @param upload what the link gives: the upload as its receipt has it, without batch and context; it expires when the
 *     link does. A subject in it is the only user who may use the link
 * @param inline whether a browser may show the upload in place of saving it, if its type is harmless
 * @param cacheable whether caches may keep the upload for everybody
 * @param password what a password must match, if one is needed
 * @param downloads how often the upload may be downloaded; 0 if there is no limit
 * @param acceptUnfinished whether the link gives the upload also while its application is not done with it, or has
 *     refused it
 * @param note words for the page, of 1 to 200 bytes
 */
public record LinkTerms(
        UploadReceipt upload,
        boolean inline,
        boolean cacheable,
        Optional<PasswordVerifier> password,
        int downloads,
        boolean acceptUnfinished,
        Optional<String> note) {

    /** How many bytes a note may have. */
    private static final int MAX_NOTE_BYTES = 200;

    /** How many bytes a subject may have, for which a link's fields have room. A receipt has room for one more. */
    private static final int MAX_SUBJECT_BYTES = 255;

    /** How many downloads a link may count. */
    private static final int MAX_DOWNLOADS = 65_535;

    /** Checks each component. */
    public LinkTerms {
        require(upload.batch().isEmpty() && upload.context().isEmpty(), "a link has neither a batch nor a context");
        require(
                downloads >= 0 && downloads <= MAX_DOWNLOADS,
                "downloads is " + downloads + ", but must be 1 to " + MAX_DOWNLOADS);
        require(downloads == 0 || !cacheable, "a cache would serve downloads that nobody counts");
        require(password.isEmpty() || !cacheable, "a cache would serve the upload without its password");
        int subjectBytes = bytes(upload.subject());
        require(
                subjectBytes <= MAX_SUBJECT_BYTES,
                "the subject has " + subjectBytes + " bytes, but must have 1 to " + MAX_SUBJECT_BYTES);
        int noteBytes = bytes(note);
        require(
                noteBytes > 0 && noteBytes <= MAX_NOTE_BYTES,
                "the note has " + noteBytes + " bytes, but must have 1 to " + MAX_NOTE_BYTES);
    }

    private static int bytes(Optional<String> field) {
        return field.map(text -> text.getBytes(StandardCharsets.UTF_8).length).orElse(1);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
