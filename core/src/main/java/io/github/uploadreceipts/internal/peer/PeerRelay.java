package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * How a host reaches its peers. They serve the uploads that they own, and receive new uploads for which this host has
 * no room. The fetcher implements this interface, and {@linkplain Peers#attach attaches} itself to its host.
 *
 * <p>Implementations must be safe for use by several threads.
 */
public interface PeerRelay {

    /**
     * Relays a request, and returns at once. Nothing of the request is stored, no thread waits, and a body is read no
     * faster than the peer takes it.
     *
     * @return the peer's response. It may come before the body has ended, and then the rest of the body is not read.
     *     The future fails with {@link UnreachableException} if the peer got nothing of the body, and with another
     *     {@link IOException} if the peer may have got some of it. It is completed on a thread that must not be
     *     blocked.
     */
    CompletableFuture<Response> send(Request request);

    /**
     * Pulls uploads from peers, writes their bytes to {@code sink} one after the other, and verifies each upload
     * against its receipt. Blocks until all bytes are written.
     *
     * @throws IOException if an upload cannot be pulled or is not what its receipt says; the bytes that were written
     *     until then must not be used
     */
    void pull(List<UploadReceipt> receipts, Sink sink) throws IOException;

    /**
     * Asks for a range of an upload as it is stored, at one location after the other, and returns at once. The next
     * location is asked if one cannot be reached, keeps silent, refuses, or no longer has the upload, but only until the
     * head of a response has come.
     *
     * <p>Reading from the download throws an {@link IOException} if the peer sends fewer bytes, or none for too
     * long while there is room for them. A reader that pauses is no failure, however long. Nothing of the upload is
     * stored.
     *
     * <p>By default there are no downloads, and the future fails.
     *
     * @param places GET requests for one upload at its locations; at least one
     * @param from the offset of the first stored byte
     * @param length how many bytes, within the stored size; at least 1, unless the upload has none
     * @return the download, which the caller closes. The future fails with {@link StoreException.Gone} if no location
     *     has the upload any more, with {@link UnreachableException} if it may be there but no peer can be reached, and
     *     otherwise with another {@link IOException}. It is completed on a thread that must not be blocked. Cancelling
     *     it ends the search; a download that comes later is closed.
     */
    default CompletableFuture<Download> download(List<PeerRequest> places, long from, long length) {
        return CompletableFuture.failedFuture(new UnreachableException("nothing here downloads from peers"));
    }

    /**
     * A request to a peer.
     *
     * @param peer the internal URL of the peer
     * @param method GET, HEAD, POST, PATCH or DELETE
     * @param path the path below the peer's internal URL, with its first slash
     * @param fields the header fields by their names, except those about the message's length and the connection
     * @param length the number of bytes in the body; negative if it is not known
     * @param body the body, if there is one
     * @param patience how long the peer may take to respond, if that is longer than usual
     */
    record Request(
            URI peer,
            String method,
            String path,
            Map<String, String> fields,
            long length,
            Optional<Body> body,
            Duration patience) {

        /** Copies the fields. */
        public Request {
            fields = Map.copyOf(fields);
        }

        /** Creates a request whose response may take as long as usual. */
        public Request(
                URI peer, String method, String path, Map<String, String> fields, long length, Optional<Body> body) {
            this(peer, method, path, fields, length, body, Duration.ZERO);
        }
    }

    /** A body that is relayed while it arrives from a client. */
    interface Body {

        /**
         * Reads the bytes that have come. Called by one thread at a time.
         *
         * @return how many bytes were read; -1 at the end; 0 if none has come, and then {@code wake} of
         *     {@link #onReadable} runs when some have
         * @throws IOException if the client is gone; the request to the peer is then aborted
         */
        int read(ByteBuffer into) throws IOException;

        /**
         * Sets what runs when there is something to read again after a read of 0 bytes. This method is called before
         * the first read. {@code wake} may run more than once.
         */
        void onReadable(Runnable wake);
    }

    /**
     * A peer's response.
     *
     * @param status the HTTP status code
     * @param fields the header fields by their names in lower case; of several fields with one name, the first
     * @param body the body, read-only, of at most 1 MiB; a response with a longer body is a failure
     */
    record Response(int status, Map<String, String> fields, ByteBuffer body) {

        /** Copies the fields. */
        public Response {
            fields = Map.copyOf(fields);
        }
    }

    /** Takes pulled bytes. */
    @FunctionalInterface
    interface Sink {

        /** Takes all the remaining bytes. */
        void write(ByteBuffer bytes) throws IOException;
    }

    /** The peer cannot be reached, and has got nothing of the request's body: another peer may be asked instead. */
    final class UnreachableException extends IOException {

        private static final long serialVersionUID = 1;

        /**
         * Creates the exception.
         *
         * @param message why the peer cannot be reached; contains neither a token nor a path
         */
        public UnreachableException(String message) {
            super(message);
        }
    }
}
