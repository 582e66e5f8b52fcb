package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.http.ByteRange;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.io.Closer;

/**
 * A peer's response. Closing it also closes the connection, unless the whole body was read: the rest of an unwanted
 * body is never drained.
 */
public final class PeerResponse implements Closeable {

    private final HttpUriRequestBase request;
    private final ClassicHttpResponse response;
    private final ResponseHead head;

    PeerResponse(HttpUriRequestBase request, ClassicHttpResponse response) {
        this.request = request;
        this.response = response;
        this.head = new ResponseHead(response, response.getEntity());
    }

    /** Returns the HTTP status code. */
    public int status() {
        return response.getCode();
    }

    /**
     * Returns whether the delivery filter of the peer wrote this refusal. Otherwise it is from a front server or a
     * container, and says nothing about the upload.
     */
    public boolean isFromFilter() {
        return head.isFromFilter();
    }

    /** Checks the response to a DELETE. An upload that no longer existed counts as deleted. */
    public void requireDeleted() throws PeerException {
        boolean gone = isFromFilter() && (status() == 404 || status() == 410);
        if (status() != 200 && status() != 204 && !gone) {
            throw PeerException.ofStatus(status(), isFromFilter());
        }
    }

    /** Checks the response to a POST or a PUT: the claim must be recorded, or the upload kept. */
    public void requireDone() throws PeerException {
        head.requireStatus(204);
    }

    /** Checks the response to a HEAD: the status must be 200, and the length, if there is one, must be {@code size}. */
    public void requireHead(long size) throws PeerException {
        head.requireStatus(200);
        Header[] lengths = response.getHeaders(HttpHeaders.CONTENT_LENGTH);
        if (lengths.length > 0 && !String.valueOf(size).equals(lengths[0].getValue())) {
            throw PeerException.otherSize();
        }
    }

    /**
     * Checks that the body holds the upload's bytes, and returns the offset at which they start: {@code offset}, or 0.
     *
     * @param offset the offset of the first byte that was requested
     */
    public long requireBytes(long offset, long size) throws PeerException {
        if (offset > 0 && status() == 416) {
            throw PeerException.otherSize();
        }
        if (offset > 0 && status() == 206) {
            head.requireUncoded();
            head.requireRange(new ByteRange(offset, size - offset, size));
            return offset;
        }
        head.requireStatus(200);
        head.requireUncoded();
        head.requireLength(size, Remedy.ELSEWHERE);
        return 0;
    }

    /** Returns the body. */
    public InputStream body() throws IOException {
        HttpEntity entity = response.getEntity();
        return entity == null ? InputStream.nullInputStream() : entity.getContent();
    }

    /**
     * Aborts the request first: closing alone would read the rest of the body, however long, to reuse the connection.
     */
    @Override
    public void close() {
        request.abort();
        Closer.closeQuietly(response);
    }
}
