package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.Ports;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** A fleet of three hosts on free ports, with its client. */
final class TestFleet implements Closeable {

    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

    static {
        JETTY.setLevel(Level.WARNING);
    }

    final Path directory;
    final Client client = new Client();
    private final Options options;
    private Fleet fleet;

    private TestFleet(Path directory, Options options) throws IOException {
        this.directory = directory;
        this.options = options;
        this.fleet = Fleet.start(options, directory);
    }

    static TestFleet start(String... options) throws IOException {
        Path directory = Files.createTempDirectory("album-test-");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        List<String> all = new ArrayList<>(
                List.of("--ports", Ports.free() + "," + Ports.free() + "," + Ports.free(), "--durability", "buffered"));
        all.addAll(List.of(options));
        return new TestFleet(directory, Options.parse(all.toArray(String[]::new)));
    }

    /** Stops all hosts and starts them again, as after a power cut. */
    void restart() throws IOException {
        fleet.close();
        fleet = Fleet.start(options, directory);
    }

    Fleet fleet() {
        return fleet;
    }

    HostPlan host(int number) {
        return fleet.plans().get(number - 1);
    }

    String url(int number) {
        return host(number).url();
    }

    KeyRing ring() throws IOException {
        return KeyRing.load(fleet.keyRing());
    }

    /** Verifies a token and returns its receipt. */
    UploadReceipt open(String token) throws IOException, TokenRefusedException {
        return ReceiptVerifier.create(ring(), Clock.systemUTC(), options.encrypt())
                .verify(token);
    }

    /** Returns a token for one request of a peer. */
    String peerToken(String method, UploadReceipt receipt) throws IOException {
        return peerToken(method, receipt, Optional.empty());
    }

    String peerToken(String method, UploadReceipt receipt, Optional<Claim> claim) throws IOException {
        return new PeerTokens(ring(), Clock.systemUTC())
                .mint(new PeerRequest(
                        method, receipt.owner(), receipt.size(), receipt.digest(), receipt.type(), claim));
    }

    /** Returns the path of a share link, which every host serves. */
    String link(ShareLink link) throws IOException {
        try (UploadHost host = UploadHost.builder(ring(), InMemoryUploadStore.create())
                .internalUrl("http://127.0.0.1:" + Ports.free())
                .encryptReceipts(options.encrypt())
                .developmentMode()
                .build()) {
            return ShareLinks.of(host, "/s/").url(link);
        }
    }

    /** Returns the files of the uploads that a host has stored. */
    List<Path> stored(int number) throws IOException {
        try (Stream<Path> files = Files.walk(host(number).store().resolve("uploads"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Override
    public void close() {
        try {
            fleet.close();
            Trees.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
