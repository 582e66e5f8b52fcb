package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.http.ByteRange;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
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

    PeerResponse(HttpUriRequestBase request, ClassicHttpResponse response) {
        this.request = request;
        this.response = response;
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
        Header[] marks = response.getHeaders(PeerRequest.MARK);
        return marks.length == 1 && PeerRequest.REFUSED.equals(marks[0].getValue());
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
        requireStatus(204);
    }

    /** Checks the response to a HEAD: the status must be 200, and the length, if there is one, must be {@code size}. */
    public void requireHead(long size) throws PeerException {
        requireStatus(200);
        Header[] lengths = response.getHeaders(HttpHeaders.CONTENT_LENGTH);
        if (lengths.length > 0 && !String.valueOf(size).equals(lengths[0].getValue())) {
            throw PeerException.wrongBytes(Remedy.ELSEWHERE, "the peer's upload has another size");
        }
    }

    /**
     * Checks that the body holds the upload's bytes, and returns the offset at which they start: {@code offset}, or 0.
     *
     * @param offset the offset of the first byte that was requested
     */
    public long requireBytes(long offset, long size) throws PeerException {
        if (offset > 0 && status() == 416) {
            throw PeerException.wrongBytes(Remedy.ELSEWHERE, "the peer's upload has another size");
        }
        if (offset > 0 && status() == 206) {
            requireUncoded();
            requireRange(new ByteRange(offset, size - offset, size));
            return offset;
        }
        requireStatus(200);
        requireUncoded();
        requireLength(size, Remedy.ELSEWHERE);
        return 0;
    }

    private void requireStatus(int expected) throws PeerException {
        if (status() != expected) {
            throw PeerException.ofStatus(status(), isFromFilter());
        }
    }

    private void requireUncoded() throws PeerException {
        if (response.containsHeader(HttpHeaders.CONTENT_ENCODING)) {
            throw new PeerException(Kind.REFUSED, Remedy.ELSEWHERE, "the response has a content coding");
        }
    }

    private void requireRange(ByteRange asked) throws PeerException {
        Header[] fields = response.getHeaders(HttpHeaders.CONTENT_RANGE);
        Optional<ByteRange> range =
                fields.length == 1 ? ByteRange.contentRange(String.valueOf(fields[0].getValue())) : Optional.empty();
        if (!range.equals(Optional.of(asked))) {
            throw PeerException.wrongBytes(Remedy.RETRY, "the response is another range than was asked for");
        }
        requireLength(asked.length(), Remedy.RETRY);
    }

    private void requireLength(long expected, Remedy otherwise) throws PeerException {
        HttpEntity entity = response.getEntity();
        long length = entity == null ? -1 : entity.getContentLength();
        if (length != expected) {
            String said = length < 0 ? "no length" : length + " bytes";
            throw PeerException.wrongBytes(otherwise, "the response has " + said + ", expected " + expected);
        }
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
