package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a request says in the header fields of tus 1.0.0. */
public record TusRequest(HttpServletRequest request) {

    static final String VERSION = "1.0.0";

    private static final String CONTENT_TYPE = "application/offset+octet-stream";
    private static final String FINAL = "final;";

    /** Returns whether a request wants to be understood as tus. */
    public static boolean isMeant(HttpServletRequest request) {
        return request.getHeader("Tus-Resumable") != null;
    }

    public void requireVersion() throws UploadRefusedException {
        if (!VERSION.equals(request.getHeader("Tus-Resumable"))) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.VERSION_NOT_SUPPORTED, "Send Tus-Resumable: " + VERSION + " with every request."));
        }
    }

    boolean bringsBytes() {
        String type = request.getContentType();
        return type != null && type.strip().equalsIgnoreCase(CONTENT_TYPE);
    }

    void requireBytes() throws UploadRefusedException {
        if (!bringsBytes()) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the bytes as " + CONTENT_TYPE + "."));
        }
    }

    long offset() throws UploadRefusedException {
        return number("Upload-Offset").orElseThrow(() -> malformed("Upload-Offset says where the bytes belong."));
    }

    /** Returns the length, or empty if it is to be said later. */
    Optional<Long> length() throws UploadRefusedException {
        Optional<Long> length = number("Upload-Length");
        String deferred = request.getHeader("Upload-Defer-Length");
        if (length.isPresent() == (deferred != null) || (deferred != null && !deferred.equals("1"))) {
            throw malformed("Send either Upload-Length, or Upload-Defer-Length: 1.");
        }
        return length;
    }

    /** Returns the length that is said now, after it was deferred. */
    Optional<Long> declaredLength() throws UploadRefusedException {
        return number("Upload-Length");
    }

    private Optional<Long> number(String field) throws UploadRefusedException {
        String text = request.getHeader(field);
        if (text == null) {
            return Optional.empty();
        }
        if (!text.strip().matches("[0-9]{1,18}")) {
            throw malformed(field + " is a number of bytes.");
        }
        return Optional.of(Long.parseLong(text.strip()));
    }

    UploadMetadata metadata() throws UploadRefusedException {
        String text = request.getHeader("Upload-Metadata");
        return text == null ? UploadMetadata.NONE : UploadMetadata.parse(text);
    }

    /** Returns what {@code Upload-Concat} says, as it was sent. */
    Optional<String> concat() throws UploadRefusedException {
        Optional<String> text =
                Optional.ofNullable(request.getHeader("Upload-Concat")).map(String::strip);
        if (text.isPresent() && !text.get().equals("partial") && !text.get().startsWith(FINAL)) {
            throw malformed("Upload-Concat is partial, or final; and upload URLs.");
        }
        return text;
    }

    /** Returns the last segments of the URLs that a final upload concatenates. */
    static List<String> partials(String concat) {
        return Arrays.stream(concat.substring(FINAL.length()).strip().split(" +"))
                .map(url -> url.substring(url.lastIndexOf('/') + 1))
                .toList();
    }

    private static UploadRefusedException malformed(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.MALFORMED_REQUEST, detail));
    }
}
