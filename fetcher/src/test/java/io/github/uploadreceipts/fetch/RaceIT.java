package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads that are discarded or purged during a fetch. Each is fetched completely or reported as gone. */
@ParameterizedClass
@EnumSource(names = {"JETTY_EE10", "TOMCAT_11"}) // one container for each way of sending bytes
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class RaceIT {

    private static final int ROUNDS = Integer.getInteger("upload-receipts-test.rounds", 10);
    private static final int UPLOADS = 4;
    private static final long DISCARD_NANOS = 5_000_000;
    private static final int SLOW_SIZE = 12 << 20;

    @Parameter
    Container container;

    @TempDir
    Path directory;

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("photos");
    private final ExecutorService pool = Executors.newCachedThreadPool();
    private Path work;
    private PeerHost a;
    private PeerHost b;
    private PeerHost c;

    /** The ways to remove an upload. */
    enum Removal {
        DISCARD,
        PURGE
    }

    @BeforeEach
    void start() throws IOException {
        work = Files.createDirectory(directory.resolve("work"));
        a = PeerHost.start(container, ring, directory.resolve("a"));
        b = PeerHost.start(container, ring, directory.resolve("b"));
        c = PeerHost.start(container, ring, directory.resolve("c"));
    }

    @AfterEach
    void stop() throws Exception {
        pool.shutdownNow();
        for (PeerHost host : List.of(a, b, c)) {
            host.close();
            assertThat(host.statuses).isSubsetOf(200, 201, 204, 206, 410);
        }
    }

    private PeerFetcher fetcher(PeerHost at) {
        return PeerFetcher.builder(at.host)
                .policy(PeerPolicy.privateNetwork().ports(a.port, b.port, c.port))
                .deadline(Duration.ofMinutes(2))
                .workDirectory(work)
                .build();
    }

    private byte[] content() {
        byte[] content = new byte[random.nextInt(random.nextInt(3) == 0 ? 2 << 20 : 64 << 10)];
        random.nextBytes(content);
        return content;
    }

    private List<UploadReceipt> uploads() throws Exception {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (int i = 0; i < UPLOADS; i++) {
            receipts.add((i % 2 == 0 ? a : b).upload(content()));
        }
        return receipts;
    }

    private void pause(long most) {
        LockSupport.parkNanos(random.nextLong(most));
    }

    @ParameterizedTest
    @EnumSource
    void fetch_uploadsRemovedMeanwhile_completeOrGone(Removal removal) throws Exception {
        race(removal, c);
    }

    @ParameterizedTest
    @EnumSource
    void fetch_ownUploadsRemovedMeanwhile_completeOrGone(Removal removal) throws Exception {
        race(removal, a);
    }

    private void race(Removal removal, PeerHost at) throws Exception {
        int complete = 0;
        try (PeerFetcher fetcher = fetcher(at);
                PeerFetcher other = fetcher(c)) {
            for (int round = 0; round < ROUNDS; round++) {
                List<UploadReceipt> receipts = uploads();
                Optional<Claim> claim = Optional.of(Claim.of("order")).filter(one -> random.nextBoolean());
                long start = System.nanoTime();
                try (FetchedUploads known = other.fetch(receipts)) {
                    long usual = System.nanoTime() - start;
                    Future<Boolean> fetched = pool.submit(() -> isComplete(fetcher, receipts, claim));
                    pause(2 * usual);
                    remove(removal, known);
                    complete += fetched.get() ? 1 : 0;
                }
                assertNothingLeft();
            }
        }
        System.out.printf(
                "%s, %s: %d times complete, %d times gone%n", container, removal, complete, ROUNDS - complete);
    }

    private boolean isComplete(PeerFetcher fetcher, List<UploadReceipt> receipts, Optional<Claim> claim)
            throws IOException {
        try (FetchedUploads files =
                claim.isPresent() ? fetcher.fetch(receipts, claim.get()) : fetcher.fetch(receipts)) {
            assertThat(files.list()).extracting(FetchedUpload::receipt).isEqualTo(receipts);
            for (FetchedUpload file : files) {
                try (InputStream in = file.open()) {
                    assertThat(digest(in)).isEqualTo(file.receipt().digest());
                }
            }
            return true;
        } catch (FetchException e) {
            for (Failure failure : e.failures()) {
                assertThat(failure.kind()).as(e.toString()).isEqualTo(Kind.GONE);
                assertThat(failure.id()).isEqualTo(receipts.get(failure.index()).id());
            }
            return false;
        }
    }

    private static ContentDigest digest(InputStream in) throws IOException {
        MessageDigest hash = ContentDigest.newHash();
        byte[] buffer = new byte[8192];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
            hash.update(buffer, 0, length);
        }
        return ContentDigest.of(hash);
    }

    private void remove(Removal removal, FetchedUploads known) throws IOException {
        switch (removal) {
            case DISCARD -> known.discard();
            case PURGE -> purge();
        }
    }

    private void purge() throws IOException {
        Instant later = Instant.now().plus(Duration.ofDays(3));
        HostAccess.engine(a.host).store().purge(later);
        HostAccess.engine(b.host).store().purge(later);
    }

    /**
     * Claims stay until the next purge. An hour's directory stays too, if a claim was recorded in it during a purge.
     */
    private void assertNothingLeft() throws Exception {
        purge();
        for (PeerHost host : List.of(a, b, c)) {
            assertThat(files(host.root)).allMatch(file -> file.toString().matches(".*/(lock|spare-[0-9]+)"));
            assertThat(host.root.resolve("uploads").toFile().list()).allMatch(name -> name.startsWith("store-"));
        }
        assertThat(files(work)).isEmpty();
        assertNothingOpen();
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /** A container may close a file only after the client has read the last byte. */
    private void assertNothingOpen() throws Exception {
        Await.isTrueWithin(
                Duration.ofSeconds(30),
                () -> Descriptors.below(directory, "lock").isEmpty());
        assertThat(Descriptors.below(directory, "lock")).isEmpty();
    }

    @Test
    void discard_twoAtOnce_bothSucceedAndEachUploadIsDiscardedOnce() throws Exception {
        try (PeerFetcher owners = fetcher(a);
                PeerFetcher others = fetcher(c)) {
            for (int round = 0; round < ROUNDS; round++) {
                List<UploadReceipt> receipts = uploads();
                a.discarded.clear();
                b.discarded.clear();
                try (FetchedUploads one = owners.fetch(receipts);
                        FetchedUploads two = others.fetch(receipts)) {
                    Future<?> first = pool.submit(() -> {
                        pause(DISCARD_NANOS);
                        one.discard();
                        return true;
                    });
                    pause(DISCARD_NANOS);
                    two.discard();
                    first.get();
                }
                List<UploadId> discarded = new ArrayList<>(a.discarded);
                discarded.addAll(b.discarded);
                assertThat(discarded)
                        .containsExactlyInAnyOrderElementsOf(
                                receipts.stream().map(UploadReceipt::id).toList());
                assertNothingLeft();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void deliver_slowlyWhileRemoved_complete(Removal removal) throws Exception {
        byte[] content = new byte[SLOW_SIZE];
        try (PeerFetcher fetcher = fetcher(c)) {
            for (int round = 0; round < Math.max(3, ROUNDS / 10); round++) {
                random.nextBytes(content);
                UploadReceipt receipt = a.upload(content);
                try (FetchedUploads known = fetcher.fetch(List.of(receipt));
                        Socket socket = slowSocket()) {
                    InputStream in = ask(socket, receipt);
                    assertThat(head(in))
                            .startsWith("HTTP/1.1 200")
                            .containsIgnoringCase("content-length: " + SLOW_SIZE);
                    byte[] first = in.readNBytes(1 + random.nextInt(100_000));
                    remove(removal, known);
                    MessageDigest hash = ContentDigest.newHash();
                    hash.update(first);
                    hash.update(in.readNBytes(SLOW_SIZE - first.length));
                    assertThat(ContentDigest.of(hash)).isEqualTo(receipt.digest());
                }
                try (Socket again = slowSocket()) {
                    assertThat(head(ask(again, receipt))).startsWith("HTTP/1.1 410");
                }
                assertNothingLeft();
            }
        }
    }

    /** Opens a socket with a small receive buffer, so that the host still has most of the upload to send. */
    private Socket slowSocket() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 << 10);
        socket.setSoTimeout(60_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), a.port));
        return socket;
    }

    private InputStream ask(Socket socket, UploadReceipt receipt) throws IOException {
        String token = new PeerTokens(ring, Clock.systemUTC())
                .mint(new PeerRequest(
                        "GET", receipt.owner(), receipt.size(), receipt.digest(), receipt.type(), Optional.empty()));
        String head = "GET " + receipt.owner().path() + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token
                + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        return socket.getInputStream();
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the connection ended after: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }
}
