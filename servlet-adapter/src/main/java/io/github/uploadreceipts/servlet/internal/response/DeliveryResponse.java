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
import java.util.Optional;

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

    public DeliveryResponse(
            HttpServletRequest request, HttpServletResponse response, PeerRequest permitted, StoredView upload) {
        this.request = request;
        this.response = response;
        this.permitted = permitted;
        this.upload = upload;
    }

    /**
     * Writes the response, or tells the front server what to send.
     *
     * @throws StoreException.Gone if the upload was discarded in the meantime; nothing has been written then
     */
    public void write(Delivery delivery) throws IOException {
        RangedResponse ranged = new RangedResponse(request, response, permitted.entityTag(), upload.size());
        response.setDateHeader("Last-Modified", upload.lastModified().toEpochMilli());
        response.setHeader("X-Content-Type-Options", "nosniff");
        RangedResponse.isolate(response);
        response.setHeader("Cache-Control", "no-store");
        if (ranged.isNotModified()) {
            setDigest();
        } else if (FrontServer.send(response, ranged, delivery, permitted.location(), upload)) {
            describe();
        } else {
            writeDirectly(ranged);
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

    private void writeDirectly(RangedResponse ranged) throws IOException {
        ByteRange range = ranged.range();
        if (range.isUnsatisfiable()) {
            return;
        }
        describe();
        if (ranged.isHead()) {
            ranged.describe(range);
            return;
        }
        // opened even if the container sends the file, because the upload may be gone by now
        try (InputStream bytes = upload.open(range.first(), range.length())) {
            ranged.describe(range);
            if (range.length() > 0 && !sendfile(range)) {
                copy(bytes, range.length());
            }
        }
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
}
