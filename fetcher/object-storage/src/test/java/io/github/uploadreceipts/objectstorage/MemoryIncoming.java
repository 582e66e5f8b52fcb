package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.store.StoreException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A container of clients in memory. Its failures are those of its two {@link MemoryClient}s. */
final class MemoryIncoming implements IncomingClient {

    final MemoryClient clients = new MemoryClient(false);
    private final MemoryClient hosts;

    MemoryIncoming(MemoryClient hosts) {
        this.hosts = hosts;
    }

    @Override
    public long maxSize() {
        return 1000;
    }

    @Override
    public WriteRequest write(String name, long size, Instant expiresAt) {
        return new WriteRequest("PUT", URI.create("https://store.example/" + name), Map.of(), expiresAt);
    }

    @Override
    public WriteRequest form(String prefix, long maxSize, URI next, Instant expiresAt) {
        return new WriteRequest(
                "POST", URI.create("https://store.example/" + prefix), Map.of("next", next.toString()), expiresAt);
    }

    @Override
    public Optional<Head> head(String name) throws StoreException {
        return clients.head(name);
    }

    @Override
    public Head take(String name, String etag, String to, Optional<Instant> expiresAt) throws StoreException {
        MemoryClient.Kept object = clients.objects.get(name);
        if (object == null || !object.etag().equals(etag)) {
            throw new StoreException.Gone(name, null);
        }
        return hosts.put(to, ByteBuffer.wrap(object.bytes()), expiresAt);
    }

    @Override
    public boolean delete(String name) throws StoreException {
        return clients.delete(name);
    }

    @Override
    public List<Listed> list(String prefix, String after) throws StoreException {
        return clients.list(prefix, after);
    }

    @Override
    public List<String> directories(String prefix) throws StoreException {
        return clients.directories(prefix);
    }

    @Override
    public void close() {}
}
