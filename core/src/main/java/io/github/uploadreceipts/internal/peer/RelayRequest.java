package io.github.uploadreceipts.internal.peer;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A client's request that one host passes on to another.
 *
 * @param peer the base of the host that is asked
 * @param method as the client means it
 * @param purpose what for
 * @param resource the upload that it is about, if it exists
 * @param permit what the client may upload, if it does not, as JSON
 * @param client the client's address, if limits on it count, for the peer sees the address of a host
 */
public record RelayRequest(
        URI peer,
        String method,
        Purpose purpose,
        Optional<UploadResource> resource,
        Optional<String> permit,
        Optional<String> client) {

    /** @throws IllegalArgumentException unless it is either about an upload that exists, or says what may be uploaded */
    public RelayRequest {
        if (resource.isPresent() == permit.isPresent()) {
            throw new IllegalArgumentException("a relayed request is about an upload, or a permit for one");
        }
    }

    /** As the other, for no client. */
    public RelayRequest(
            URI peer, String method, Purpose purpose, Optional<UploadResource> resource, Optional<String> permit) {
        this(peer, method, purpose, resource, permit, Optional.empty());
    }

    /** Returns the same for a client of that address. */
    public RelayRequest from(String address) {
        return new RelayRequest(peer, method, purpose, resource, permit, Optional.of(address));
    }

    /** The path, below the application's context path, under which hosts take what others pass on. */
    public static final String PATH = "/internal/relay";

    /** The header field that bears the token, and in the answer that the peer took it. */
    public static final String FIELD = "Upload-Relay";

    /** What stands in that field of an answer. Any other answer is that of a front server, or of a peer that refuses to talk. */
    public static final String TAKEN = "taken";

    /** Returns whether an answer is that of a peer which took the token; its fields have names in lower case. */
    public static boolean isTaken(Map<String, String> fields) {
        return TAKEN.equals(fields.get(FIELD.toLowerCase(Locale.ROOT)));
    }

    /** What a request is passed on for. */
    public enum Purpose {
        /** To serve the client. */
        SERVE,
        /** To learn whether uploads can be created there. */
        ASK,
        /** To learn the receipt of a partial upload, for a concatenation. */
        PARTIAL_RECEIPT
    }
}
