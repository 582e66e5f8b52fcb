package io.github.uploadreceipts.internal.peer;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A client's request that one host relays to another.
 *
 * @param peer the internal URL of the host that is asked
 * @param method the method that the client means
 * @param purpose what the request is relayed for
 * @param resource the upload that the request is about, if it exists
 * @param permit if there is no such upload yet, what the client may upload, as JSON
 * @param client the client's address, if there are limits per address; the peer itself sees the address of this host
 */
public record RelayRequest(
        URI peer,
        String method,
        Purpose purpose,
        Optional<UploadResource> resource,
        Optional<String> permit,
        Optional<String> client) {

    /** @throws IllegalArgumentException unless it has either a resource or a permit */
    public RelayRequest {
        if (resource.isPresent() == permit.isPresent()) {
            throw new IllegalArgumentException("a relayed request must have either a resource or a permit, but has "
                    + (permit.isPresent() ? "both" : "neither"));
        }
    }

    /** Creates a request without a client's address. */
    public RelayRequest(
            URI peer, String method, Purpose purpose, Optional<UploadResource> resource, Optional<String> permit) {
        this(peer, method, purpose, resource, permit, Optional.empty());
    }

    /** Returns a copy with a client's address. */
    public RelayRequest from(String address) {
        return new RelayRequest(peer, method, purpose, resource, permit, Optional.of(address));
    }

    /** The path, below the application's context path, under which hosts accept relayed requests. */
    public static final String PATH = "/internal/relay";

    /** The header field that has the token in a request, and says in the response that the peer accepted the token. */
    public static final String FIELD = "Upload-Relay";

    /**
     * The value of that field in a response. A response without it comes from a front server, or from a peer that
     * refuses to talk.
     */
    public static final String TAKEN = "taken";

    /**
     * Returns whether a response comes from a peer that accepted the token.
     *
     * @param fields the response's header fields, with names in lower case
     */
    public static boolean isTaken(Map<String, String> fields) {
        return TAKEN.equals(fields.get(FIELD.toLowerCase(Locale.ROOT)));
    }

    /** What a request is relayed for. */
    public enum Purpose {
        /** To serve the client. */
        SERVE,
        /** To learn whether uploads can be created there. */
        ASK,
        /** To learn the receipt of a partial upload, for a concatenation. */
        PARTIAL_RECEIPT
    }
}
