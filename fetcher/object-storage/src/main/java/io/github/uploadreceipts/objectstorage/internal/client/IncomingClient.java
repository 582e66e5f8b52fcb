package io.github.uploadreceipts.objectstorage.internal.client;

import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.store.StoreException;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/**
 * A container or bucket of its own, into which clients write by requests that we sign, and whose objects are taken into
 * the one of an {@link ObjectClient}. Nobody can read it but our hosts. Failures are those of {@link ObjectClient}.
 * Objects that forms have written have any names.
 *
 * <p>Safe for use by several threads.
 */
public interface IncomingClient extends ObjectContainer {

    /** Returns how many bytes one request can write at most. */
    long maxSize();

    /**
     * Returns a request by which whoever has it can write an object of that name, until it expires.
     *
     * @param size how many bytes the client will write; signed where the store enforces it
     */
    WriteRequest write(String name, long size, Instant expiresAt) throws StoreException;

    /**
     * Returns a form by which whoever has it can write objects whose names begin so, and end with the name of the client's
     * file, until it expires. Then the browser asks for {@code next}.
     *
     * @param maxSize how many bytes the client may write; signed where the store enforces it
     */
    WriteRequest form(String prefix, long maxSize, URI next, Instant expiresAt) throws StoreException;

    /** Returns what is known of an object; empty if there is none, or one that a client has made of other objects. */
    Optional<Head> head(String name) throws StoreException;

    /**
     * Copies the object with that ETag into the container of the hosts, inside the store. The copy has nothing of what the
     * client may have said with the object: no type, no metadata, no expiry.
     *
     * @throws StoreException.Gone if there is no such object, or it is another one by now
     */
    Head take(String name, String etag, String to, Optional<Instant> expiresAt) throws StoreException;
}
