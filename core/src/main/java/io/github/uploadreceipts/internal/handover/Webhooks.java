package io.github.uploadreceipts.internal.handover;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Sends webhooks. The fetcher implements this interface, and attaches itself to its host. */
public interface Webhooks {

    /** How many bytes of a response are read. */
    int MAX_RESPONSE = 64 * 1024;

    /**
     * A response.
     *
     * @param fields the header fields by their names in lower case
     */
    record Response(int status, Map<String, String> fields, String body) {}

    /** Returns whether webhooks may be sent to that URL, as far as can be said without asking for its address. */
    boolean isAllowed(URI url);

    /**
     * Sends a POST request, and returns at once. Follows no redirect.
     *
     * @return the response. The future fails with an {@link java.io.IOException} if there is none within 15 s, or the
     *     receiver may not be asked
     */
    CompletableFuture<Response> post(URI url, Map<String, String> fields, String body);
}
