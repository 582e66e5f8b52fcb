package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The header fields of tus 1.0.0 in a request. */
public record TusRequest(HttpServletRequest request) {

    static final String VERSION = "1.0.0";

    private static final String CONTENT_TYPE = "application/offset+octet-stream";
    private static final String FINAL = "final;";

    /** Returns whether a request uses tus. */
    public static boolean isMeant(HttpServletRequest request) {
        return request.getHeader("Tus-Resumable") != null;
    }

    /**
     * Checks the version of the protocol.
     *
     * @throws UploadRefusedException if it is not 1.0.0
     */
    public void requireVersion() throws UploadRefusedException {
        if (!VERSION.equals(request.getHeader("Tus-Resumable"))) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.VERSION_NOT_SUPPORTED, "Send Tus-Resumable: " + VERSION + " with every request."));
        }
    }

    boolean bringsBytes() {
        String type = request.getContentType();
        return type != null && type.split(";", 2)[0].strip().equalsIgnoreCase(CONTENT_TYPE); // clients add a charset
    }

    void requireBytes() throws UploadRefusedException {
        if (!bringsBytes()) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the bytes as " + CONTENT_TYPE + "."));
        }
    }

    long offset() throws UploadRefusedException {
        return number("Upload-Offset")
                .orElseThrow(() -> malformed("Send Upload-Offset: it says where the bytes belong."));
    }

    /** Returns the length of the upload, or empty if it is deferred. */
    Optional<Long> length() throws UploadRefusedException {
        Optional<Long> length = declaredLength();
        String deferred = request.getHeader("Upload-Defer-Length");
        if (length.isPresent() == (deferred != null) || (deferred != null && !deferred.equals("1"))) {
            throw malformed("Send either Upload-Length, or Upload-Defer-Length: 1.");
        }
        return length;
    }

    /** Returns the length of the upload, if it was deferred and is declared now. */
    Optional<Long> declaredLength() throws UploadRefusedException {
        String text = request.getHeader("Upload-Length");
        return text != null && text.strip().matches("[0-9]{19,}")
                ? Optional.of(Long.MAX_VALUE) // which is larger than any file may be
                : number("Upload-Length");
    }

    private Optional<Long> number(String field) throws UploadRefusedException {
        String text = request.getHeader(field);
        if (text == null) {
            return Optional.empty();
        }
        if (!text.strip().matches("[0-9]{1,18}")) {
            throw malformed(field + " must be a number of bytes, of 1 to 18 digits.");
        }
        return Optional.of(Long.parseLong(text.strip()));
    }

    UploadMetadata metadata() throws UploadRefusedException {
        String text = request.getHeader("Upload-Metadata");
        return text == null ? UploadMetadata.NONE : UploadMetadata.parse(text);
    }

    /** Returns {@code Upload-Concat} as it was sent. */
    Optional<String> concat() throws UploadRefusedException {
        Optional<String> text =
                Optional.ofNullable(request.getHeader("Upload-Concat")).map(String::strip);
        if (text.isPresent() && !text.get().equals("partial") && !text.get().startsWith(FINAL)) {
            throw malformed("Upload-Concat must be partial, or final; and the URLs of partial uploads.");
        }
        return text;
    }

    /** Returns the last segments of the URLs of the partial uploads that a final upload concatenates. */
    static List<String> partials(String concat) {
        return Arrays.stream(concat.substring(FINAL.length()).strip().split(" +"))
                .map(UploadUrls::token)
                .toList();
    }

    private static UploadRefusedException malformed(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.MALFORMED_REQUEST, detail));
    }
}
