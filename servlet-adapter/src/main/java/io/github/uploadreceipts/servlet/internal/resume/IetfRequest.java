package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.resume.Ending;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The header fields of Resumable Uploads for HTTP in a request. */
record IetfRequest(HttpServletRequest request, Completeness completeness) {

    private static final String VERSION = "Upload-Draft-Interop-Version";

    private static final String OFFSET = "Upload-Offset";
    private static final String LENGTH = "Upload-Length";
    private static final String CONTENT_TYPE = "application/partial-upload";

    /** The interop versions before {@value #CONTENT_TYPE}: those of iOS 17 and 18.0 are among them. */
    private static final Set<String> WITHOUT_TYPE = Set.of("3", "4", "5");

    /** Returns whether the request comes from a client of interop version 3. */
    boolean isOfVersion3() {
        return version().equals("3");
    }

    private String version() {
        String text = request.getHeader(VERSION);
        return text == null ? "" : text.strip();
    }

    /** Returns whether the request says that its last byte is the upload's; empty if it does not say. */
    Optional<Boolean> complete() {
        return completeness.read(request);
    }

    /** Returns when a request that appends completes the upload. In version 3 it does unless it says no. */
    Ending ending() throws UploadRefusedException {
        Optional<Boolean> said =
                completeness == Completeness.UPLOAD_INCOMPLETE ? complete().or(() -> Optional.of(true)) : complete();
        boolean complete = said.orElseThrow(() -> malformed("Send " + completeness.field()
                + ": ?1 with the last bytes of the upload, and " + completeness.field() + ": ?0 with all others."));
        return complete ? Ending.LAST : Ending.OPEN;
    }

    long offset() throws UploadRefusedException {
        return StructuredItem.number(request, OFFSET)
                .orElseThrow(() -> malformed("Send Upload-Offset: it says where the bytes belong."));
    }

    /** Returns the length of the upload, if the request says it. */
    Optional<Long> length() {
        return StructuredItem.number(request, LENGTH);
    }

    /**
     * Returns the length of the upload, if the request says it or ends the upload.
     *
     * @param offset where the request's bytes begin
     * @throws UploadRefusedException if the request contradicts itself
     */
    Optional<Long> length(long offset, Ending ending, boolean hasBody) throws UploadRefusedException {
        long content = hasBody ? request.getContentLengthLong() : 0;
        if (ending != Ending.LAST || content < 0) {
            return length();
        }
        long end = offset + Math.min(content, Long.MAX_VALUE - offset);
        Optional<Long> said = length();
        if (said.isPresent() && said.get() != end) {
            throw CheckedBody.otherLength(said.get(), end);
        }
        return Optional.of(end);
    }

    /** Checks that the request's content is a part of an upload. */
    void requireBytes() throws UploadRefusedException {
        String type = request.getContentType();
        boolean right = WITHOUT_TYPE.contains(version())
                || MediaType.parse(type)
                        .filter(parsed -> parsed.essence().equals(CONTENT_TYPE))
                        .isPresent();
        if (!right) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the bytes as " + CONTENT_TYPE + "."));
        }
    }

    /** Checks that the upload is one file. A form would have to be read as a whole. */
    void requireFile() throws UploadRefusedException {
        if (MultipartParser.isMultipart(MediaType.ofBody(request.getContentType()))) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.UNSUPPORTED_CONTENT,
                    "A form cannot come in several requests: send its files one by one, or send it whole."));
        }
    }

    /** Checks that no field is repeated. It then counts as absent, but a relay would pass on its first value. */
    void requireNoneRepeated() throws UploadRefusedException {
        for (String field : List.of(completeness.field(), OFFSET, LENGTH)) {
            if (Collections.list(request.getHeaders(field)).size() > 1) {
                throw malformed("Send " + field + " once.");
            }
        }
    }

    /** Returns the SHA-256 digest in {@code Content-Digest} or {@code Repr-Digest}. */
    Optional<ContentDigest> digest(String field) {
        return ContentDigest.parse(String.join(",", Collections.list(request.getHeaders(field))));
    }

    private static UploadRefusedException malformed(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.MALFORMED_REQUEST, detail));
    }
}
