package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.engine.Engine;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The labels by which short links name hosts: the first 8 bytes of a MAC of a host's internal URL. A host resolves those
 * of itself and of its peers only, so a link never makes it ask anybody else.
 */
final class LinkHosts {

    private final Engine engine;
    private final LinkKeys keys;

    LinkHosts(Engine engine) {
        this.engine = engine;
        this.keys = new LinkKeys(engine.keyRing(), engine.clock(), "share-host/1");
    }

    /**
     * Returns the host that keeps what lies at {@code base}: this host, or a peer.
     *
     * @throws IllegalStateException if it is neither
     */
    URI require(URI base) {
        if (engine.isOwn(base)) {
            return engine.internalUrl();
        }
        if (engine.peers().others().contains(base)) {
            return base;
        }
        throw new IllegalStateException("no short share link can be made: " + base + " is neither this host nor one of"
                + " its peers. Set peers to the internal URLs of all hosts, on every host");
    }

    long label(URI host) {
        return label(keys.mac(bytes(host)));
    }

    /** Returns the host with this label; this one if it has had the label under a former internal URL. */
    Optional<URI> resolve(long label) {
        if (engine.own().all().anyMatch(url -> has(url, label))) {
            return Optional.of(engine.internalUrl());
        }
        Stream<URI> peers = engine.peers().others().stream();
        return peers.filter(url -> has(url, label)).findFirst();
    }

    private boolean has(URI url, long label) {
        return keys.macs(bytes(url)).stream().anyMatch(mac -> label(mac) == label);
    }

    private static long label(byte[] mac) {
        return ByteBuffer.wrap(mac).getLong();
    }

    private static byte[] bytes(URI url) {
        return url.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
