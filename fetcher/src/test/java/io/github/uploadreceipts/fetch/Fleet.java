package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** This host, with a fetcher's settings, and its peers. */
final class Fleet implements Closeable {

    final KeyRing ring = KeyRing.generate("photos");
    final Path work;
    final ScriptedPeer self;
    final UploadHost host;
    private final List<ScriptedPeer> peers = new ArrayList<>();
    private final Random random = new Random(7);

    Fleet(Path directory) throws IOException {
        this(directory, new UploadListener() {});
    }

    Fleet(Path directory, UploadListener listener) throws IOException {
        work = Files.createDirectories(directory.resolve("work"));
        self = ScriptedPeer.start(ring);
        LocalUploadStore store = LocalUploadStore.builder(directory.resolve("store"))
                .durability(Durability.BUFFERED)
                .open();
        host = UploadHost.builder(ring, store)
                .location(self.base())
                .developmentMode()
                .listener(listener)
                .build();
        self.serve(this::stored);
    }

    private Optional<byte[]> stored(Location location) {
        try {
            var upload = host.store().find(location.id(), location.hour());
            if (upload.isEmpty()) {
                return Optional.empty();
            }
            try (InputStream in = Channels.newInputStream(upload.get().open())) {
                return Optional.of(in.readAllBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ScriptedPeer peer() throws IOException {
        ScriptedPeer peer = ScriptedPeer.start(ring);
        peers.add(peer);
        return peer;
    }

    /** A fetcher that is patient enough for tests. */
    PeerFetcher.Builder fetcher() {
        return PeerFetcher.builder(host)
                .policy(PeerPolicy.privateNetwork()
                        .ports(peers.stream().mapToInt(ScriptedPeer::port).toArray()))
                .connectTimeout(Duration.ofSeconds(1))
                .responseTimeout(Duration.ofSeconds(1))
                .deadline(Duration.ofSeconds(20))
                .attempts(3)
                .workDirectory(work);
    }

    /** Stores an upload of this host's own. */
    UploadReceipt keep(byte[] content) throws Exception {
        try (IncomingUpload incoming =
                host.receive(UploadPermit.anyone(UploadLimits.defaults()), 0, "own.jpg", "image/jpeg")) {
            incoming.write(ByteBuffer.wrap(content));
            return incoming.publish().receipt();
        }
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Returns every file below the work directory, lock files included. */
    List<Path> left() throws IOException {
        try (Stream<Path> all = Files.walk(work)) {
            return all.filter(path -> !path.equals(work)).toList();
        }
    }

    void assertNothingLeft() throws IOException {
        assertThat(left()).isEmpty();
    }

    void assertTokensWereRight() {
        peers.forEach(peer -> assertThat(peer.violations).isEmpty());
    }

    static byte[] read(FetchedUpload upload) throws IOException {
        try (InputStream in = upload.open()) {
            return in.readAllBytes();
        }
    }

    @Override
    public void close() throws IOException {
        for (ScriptedPeer peer : peers) {
            peer.close();
        }
        self.close();
        host.close();
    }
}
