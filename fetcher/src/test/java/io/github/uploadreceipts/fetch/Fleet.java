package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;

/** A host with its key ring and a work directory for fetchers, and its scripted peers. */
public final class Fleet implements Closeable {

    public final KeyRing ring = KeyRing.generate("photos");
    public final Path work;
    public final ScriptedPeer self;
    public final UploadHost host;
    public final Engine engine;
    private final List<ScriptedPeer> peers = new ArrayList<>();
    private final Random random = new Random(7);

    public Fleet(Path directory) throws IOException {
        this(directory, event -> {});
    }

    public Fleet(Path directory, UploadListener listener) throws IOException {
        work = Files.createDirectories(directory.resolve("work"));
        self = ScriptedPeer.start(ring);
        LocalUploadStore store = LocalUploadStore.builder(directory.resolve("store"))
                .durability(Durability.BUFFERED)
                .open();
        host = UploadHost.builder(ring, store)
                .internalUrl(self.base())
                .developmentMode()
                .listener(listener)
                .build();
        engine = HostAccess.engine(host);
        self.serve(this::stored);
    }

    private Optional<byte[]> stored(Location location) {
        try {
            var upload = engine.store().find(location.id(), location.hour());
            if (upload.isEmpty()) {
                return Optional.empty();
            }
            try (InputStream in = upload.get().open(0, upload.get().size())) {
                return Optional.of(in.readAllBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ScriptedPeer peer() throws IOException {
        ScriptedPeer peer = ScriptedPeer.start(ring);
        peers.add(peer);
        return peer;
    }

    /** Returns a builder of fetchers with time-outs that fit tests. */
    public PeerFetcher.Builder fetcher() {
        return PeerFetcher.builder(host)
                .policy(PeerPolicy.privateNetwork()
                        .ports(peers.stream().mapToInt(ScriptedPeer::port).toArray()))
                .connectTimeout(Duration.ofSeconds(1))
                .responseTimeout(Duration.ofSeconds(1))
                .deadline(Duration.ofSeconds(20))
                .attempts(3)
                .workDirectory(work);
    }

    /** Returns the builder of a fetcher that resolves names with {@code names}. */
    public static PeerFetcher.Builder names(PeerFetcher.Builder builder, DnsResolver names) {
        return builder.names(names);
    }

    /** Creates a fetcher and returns its relay. */
    public AttachedRelay relay(PeerFetcher.Builder builder) {
        return AttachedRelay.of(builder, host);
    }

    /** Stores an upload on this host. */
    public UploadReceipt keep(byte[] content) throws Exception {
        try (IncomingUpload incoming = engine.receive(
                Admission.of(UploadPermit.anyone(UploadLimits.defaults())), 0, "own.jpg", "image/jpeg")) {
            incoming.write(ByteBuffer.wrap(content));
            return incoming.publish().receipt();
        }
    }

    public byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Returns every file and directory below the work directory, lock files included. */
    public List<Path> left() throws IOException {
        try (Stream<Path> all = Files.walk(work)) {
            return all.filter(path -> !path.equals(work)).toList();
        }
    }

    public void assertNothingLeft() throws IOException {
        assertThat(left()).isEmpty();
    }

    public void assertTokensWereRight() {
        peers.forEach(peer -> assertThat(peer.violations).isEmpty());
    }

    public static byte[] read(FetchedUpload upload) throws IOException {
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
