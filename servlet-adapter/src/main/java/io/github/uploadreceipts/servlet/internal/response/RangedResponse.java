package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.http.ByteRange;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A response with the bytes of a file, or with those that its client does not have yet: the conditions and ranges of a
 * request (RFC 9110, sections 13 and 14).
 */
public final class RangedResponse {

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final String entityTag;
    private final long size;

    /**
     * Begins a response.
     *
     * @param entityTag the strong entity tag of the file
     * @param size how many bytes the file has
     */
    public RangedResponse(HttpServletRequest request, HttpServletResponse response, String entityTag, long size) {
        this.request = request;
        this.response = response;
        this.entityTag = entityTag;
        this.size = size;
        response.setHeader("ETag", entityTag);
    }

    /** Has browsers show the file, whose uploader chose its type, without running anything of it. */
    public static void isolate(HttpServletResponse response) {
        response.setHeader("Content-Security-Policy", "sandbox; default-src 'none'");
    }

    /** Returns whether the response has no body, because the method is HEAD. */
    public boolean isHead() {
        return request.getMethod().equals("HEAD");
    }

    /** Returns whether the client has the file already. The status is 304 then, and nothing is to be sent. */
    public boolean isNotModified() {
        boolean same = matches(request.getHeader("If-None-Match"));
        if (same) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
        }
        return same;
    }

    /**
     * Returns the range to send. A range is for GET only (RFC 9110, section 14.2). With If-Range it counts only if the
     * client's part is of this representation; otherwise everything is sent (section 13.1.5). If it cannot be satisfied,
     * the status is 416, and nothing is to be sent.
     */
    public ByteRange range() {
        response.setHeader("Accept-Ranges", "bytes");
        ByteRange range =
                isOfThis() && !isHead() ? ByteRange.requested(request.getHeader("Range"), size) : ByteRange.whole(size);
        if (range.isUnsatisfiable()) {
            response.setStatus(HttpServletResponse.SC_REQUESTED_RANGE_NOT_SATISFIABLE);
            response.setHeader("Content-Range", range.toContentRange());
        }
        return range;
    }

    /**
     * Returns whether a server can respond that is asked by GET, has Range as the only field of the request, and may
     * understand other ranges than we do.
     */
    public boolean needsOnlyRange() {
        String range = request.getHeader("Range");
        return !isHead() && (range == null || (isOfThis() && ByteRange.isSatisfiable(range, size)));
    }

    private boolean isOfThis() {
        String ifRange = request.getHeader("If-Range");
        return ifRange == null || ifRange.strip().equals(entityTag);
    }

    /** Says which bytes are sent. */
    public void describe(ByteRange range) {
        if (!range.isWhole()) {
            response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
            response.setHeader("Content-Range", range.toContentRange());
        }
        response.setContentLengthLong(range.length());
    }

    private boolean matches(@Nullable String field) {
        return field != null
                && (field.strip().equals("*")
                        || Arrays.stream(field.split(",", -1))
                                .map(String::strip)
                                .anyMatch(tag -> tag.equals(entityTag) || tag.equals("W/" + entityTag)));
    }
}
