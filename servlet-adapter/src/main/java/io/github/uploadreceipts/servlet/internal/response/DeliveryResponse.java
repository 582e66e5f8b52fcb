package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.engine.StoredView;
import io.github.uploadreceipts.internal.http.ByteRange;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.StoreException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The response that gives an upload to a peer. It has the header fields; the bytes are left to whatever sends them
 * best: the front server, the container, or a loop.
 */
public final class DeliveryResponse {

    private static final int BUFFER_SIZE = 64 * 1024;

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final PeerRequest permitted;
    private final StoredView upload;
    private final String entityTag;

    public DeliveryResponse(
            HttpServletRequest request, HttpServletResponse response, PeerRequest permitted, StoredView upload) {
        this.request = request;
        this.response = response;
        this.permitted = permitted;
        this.upload = upload;
        this.entityTag = permitted.entityTag();
    }

    /**
     * Writes the response, or tells the front server what to send.
     *
     * @throws StoreException.Gone if the upload was discarded in the meantime; nothing has been written then
     */
    public void write(Delivery delivery) throws IOException {
        response.setHeader("ETag", entityTag);
        response.setDateHeader("Last-Modified", upload.lastModified().toEpochMilli());
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Content-Security-Policy", "sandbox; default-src 'none'");
        response.setHeader("Cache-Control", "no-store");
        if (matches(request.getHeader("If-None-Match"))) {
            setDigest();
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        Optional<Path> file = upload.file();
        if (delivery.method() == Delivery.Method.DIRECT || file.isEmpty()) {
            writeDirectly();
        } else {
            // only with 200: with other statuses Apache passes the field, and the path in it, on to the client
            upload.open(0, 0).close(); // the front server would say 404, also where the store is not there
            describe();
            response.setStatus(HttpServletResponse.SC_OK);
            setFrontServerHeader(delivery, file.get());
        }
    }

    /** Sets what only a response about the upload's bytes says. */
    private void describe() {
        setDigest();
        response.setContentType(permitted.type());
    }

    /** There is none of sealed bytes. */
    private void setDigest() {
        permitted.digest().ifPresent(digest -> response.setHeader("Repr-Digest", digest.toString()));
    }

    /** Leaves ranges and HEAD to the front server, which has our entity tag. */
    private void setFrontServerHeader(Delivery delivery, Path file) {
        if (delivery.method() == Delivery.Method.X_ACCEL_REDIRECT) {
            response.setHeader(
                    "X-Accel-Redirect",
                    delivery.prefix() + permitted.location().hour() + "/"
                            + permitted.location().id());
        } else {
            response.setHeader("X-Sendfile", file.toString());
        }
    }

    private void writeDirectly() throws IOException {
        response.setHeader("Accept-Ranges", "bytes");
        ByteRange range = requestedRange();
        if (range.isUnsatisfiable()) {
            response.setStatus(HttpServletResponse.SC_REQUESTED_RANGE_NOT_SATISFIABLE);
            response.setHeader("Content-Range", range.toContentRange());
            return;
        }
        describe();
        if (isHead()) {
            setLength(range);
            return;
        }
        // opened even if the container sends the file, because the upload may be gone by now
        try (InputStream bytes = upload.open(range.first(), range.length())) {
            setLength(range);
            if (range.length() > 0 && !sendfile(range)) {
                copy(bytes, range.length());
            }
        }
    }

    private boolean isHead() {
        return request.getMethod().equals("HEAD");
    }

    /**
     * Returns the range to send. A range is for GET only (RFC 9110, section 14.2). With If-Range it counts only if the
     * client's part is of this representation; otherwise everything is sent (section 13.1.5).
     */
    private ByteRange requestedRange() {
        String ifRange = request.getHeader("If-Range");
        boolean same = ifRange == null || ifRange.strip().equals(entityTag);
        return same && !isHead()
                ? ByteRange.requested(request.getHeader("Range"), upload.size())
                : ByteRange.whole(upload.size());
    }

    private void setLength(ByteRange range) {
        if (!range.isWhole()) {
            response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
            response.setHeader("Content-Range", range.toContentRange());
        }
        response.setContentLengthLong(range.length());
    }

    private boolean sendfile(ByteRange range) {
        Optional<Path> file = upload.file();
        return file.isPresent() && ContainerManners.sendfile(request, file.get(), range.first(), range.length());
    }

    private void copy(InputStream bytes, long length) throws IOException {
        OutputStream out = response.getOutputStream();
        byte[] buffer = new byte[(int) Math.min(BUFFER_SIZE, length)];
        for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
            out.write(buffer, 0, read);
        }
    }

    private boolean matches(@Nullable String field) {
        return field != null
                && (field.strip().equals("*")
                        || Arrays.stream(field.split(","))
                                .map(String::strip)
                                .anyMatch(tag -> tag.equals(entityTag) || tag.equals("W/" + entityTag)));
    }
}
