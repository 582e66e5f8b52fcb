package io.github.uploadreceipts.testing;

import io.github.uploadreceipts.fetch.internal.connect.Transport;
import io.github.uploadreceipts.host.UploadHost;
import java.net.ConnectException;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** What lies between the hosts of a fleet in memory. A request runs on the thread of the fetcher that sends it. */
final class MemoryNetwork {

    private final Map<URI, MemoryPeer> peers = new ConcurrentHashMap<>();

    void add(UploadHost host) {
        peers.put(host.internalUrl(), new MemoryPeer(host));
    }

    MemoryPeer peer(UploadHost host) {
        return Objects.requireNonNull(peers.get(host.internalUrl()));
    }

    /** Returns what takes the requests of the host with this address to its peers. */
    Transport from(String address) {
        return (target, request) -> {
            MemoryPeer peer = peers.get(URI.create(target.toURI()));
            if (peer == null || !peer.isRunning()) {
                throw new ConnectException("Connection refused"); // as by a machine whose server does not run
            }
            return peer.respond(request, address);
        };
    }
}
