package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * How a host has its peers do what only they can: serve the uploads that they own, and create some where this host has no
 * room. The fetcher implements it, and {@linkplain Peers#attach attaches} it to its host.
 *
 * <p>Implementations are safe for use by several threads.
 */
public interface PeerRelay {

    /**
     * Relays a request and returns at once. Nothing of it is stored, no thread waits, and a body is read no faster than
     * the peer takes it.
     *
     * @return the peer's response, which may come before the body has ended, and then nothing more is read of that. Fails with
     *     {@link UnreachableException} if the peer got nothing of the body, and with another {@link IOException} if it may
     *     have. Completed on a thread that must not be held up.
     */
    CompletableFuture<Response> send(Request request);

    /**
     * Appends the bytes of these uploads, each proved against its receipt, in their order. Blocks until all are written.
     *
     * @throws IOException if one cannot be had; what was written by then is of no use
     */
    void pull(List<UploadReceipt> receipts, Sink sink) throws IOException;

    /**
     * A request to a peer.
     *
     * @param peer the {@linkplain io.github.uploadreceipts.store.Location#base base} of the host that is asked
     * @param method HEAD, POST, PATCH or DELETE
     * @param path below the peer's base, from its first slash
     * @param fields header fields by their names, all of them; none is about the message's length or connection
     * @param length of the body in bytes; negative if it is not known
     * @param body what is sent, if anything
     */
    record Request(URI peer, String method, String path, Map<String, String> fields, long length, Optional<Body> body) {

        /** Copies the fields. */
        public Request {
            fields = Map.copyOf(fields);
        }
    }

    /** A body that comes from a client while it is sent on. */
    interface Body {

        /**
         * Reads what has come. Called by one thread at a time.
         *
         * @return how many bytes; 0 if none has come, and then {@code wake} of {@link #onReadable} runs when that changes; -1
         *     at the end
         * @throws IOException if the client is gone; the request to the peer is then broken off
         */
        int read(ByteBuffer into) throws IOException;

        /** Sets what runs, once or more, after a read of 0 bytes when it is worth while to read again. Called first. */
        void onReadable(Runnable wake);
    }

    /**
     * A peer's response.
     *
     * @param status the HTTP status code
     * @param fields header fields by their names in lower case; of several with one name, the first
     * @param body read-only, at most 1 MiB; a longer one is a failure
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

    /** The peer cannot be had, and knows nothing of the request's body: another peer may be asked in its stead. */
    final class UnreachableException extends IOException {

        private static final long serialVersionUID = 1;

        /** Says why; neither a token nor a path. */
        public UnreachableException(String message) {
            super(message);
        }
    }
}
