package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.OTHER;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.Location;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Odd requests for share links, and stores and peers that fail. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class ShareFaultIT {

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;
    private final Relay relay = new Relay();
    private volatile boolean breaking;

    /** A peer whose download the test gives. */
    private static final class Relay implements PeerRelay {

        private volatile PeerBytes download = new PeerBytes(0, 0);

        @Override
        public CompletableFuture<Response> send(Request request) {
            throw new AssertionError("nothing is sent");
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new AssertionError("nothing is pulled");
        }

        @Override
        public CompletableFuture<Download> download(List<PeerRequest> places, long from, long length) {
            return CompletableFuture.completedFuture(download);
        }
    }

    /** A download of so many bytes, after which the peer says nothing for a while, and then fails. */
    private static final class PeerBytes implements Download {

        private final int count;
        private final long millis;
        private boolean read;
        private volatile Runnable wake;
        private volatile boolean failed;
        private volatile boolean closed;

        PeerBytes(int count, long millis) {
            this.count = count;
            this.millis = millis;
            this.failed = millis == 0;
        }

        @Override
        public void onReadable(Runnable value) {
            wake = value;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            if (!read && count > 0) {
                read = true;
                into.put(new byte[count]);
                return count;
            }
            if (failed) {
                throw new IOException("injected");
            }
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(() -> {
                failed = true;
                wake.run();
            });
            return 0;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** A response that accepts no length. */
    private static final class BreakingResponse extends HttpServletResponseWrapper {

        BreakingResponse(HttpServletResponse response) {
            super(response);
        }

        @Override
        public void setContentLengthLong(long length) {
            throw new IllegalStateException("injected");
        }
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        fixture.engine.peers().attach(relay);
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/*", (request, response, chain) -> {
            chain.doFilter(request, breaking ? new BreakingResponse((HttpServletResponse) response) : response);
        });
        filters.put("/s/*", ShareFilter.create(fixture.host));
        fixture.start(container, async, filters, new HttpServlet() {});
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private UploadReceipt store(int size) throws Exception {
        return fixture.store(UploadPermit.anyone(UploadLimits.defaults()), "a", "a/b", new byte[size])
                .receipt();
    }

    /** Returns the receipt of an upload at these internal URLs. */
    private static UploadReceipt at(UploadReceipt stored, Location... locations) {
        return new UploadReceipt(
                stored.id(),
                stored.name(),
                stored.type(),
                stored.size(),
                stored.digest(),
                List.of(locations),
                Optional.empty(),
                stored.issuedAt(),
                stored.expiresAt(),
                Optional.empty(),
                Optional.empty(),
                stored.contentKey());
    }

    private static Location elsewhere(UploadReceipt stored) {
        return new Location(OTHER, stored.owner().hour(), stored.id());
    }

    private String path(UploadReceipt receipt, UnaryOperator<ShareLink.Builder> options) throws IOException {
        return ShareLinks.of(fixture.host, "/s/")
                .url(options.apply(ShareLink.of(receipt)).build());
    }

    private String path(UploadReceipt receipt) throws IOException {
        return path(receipt, link -> link);
    }

    private Wire.Response get(String path) throws IOException {
        return Wire.exchange(fixture.port(), head("GET", path), new byte[0]);
    }

    private static String basic(String password) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString((":" + password).getBytes(StandardCharsets.UTF_8)) + "\r\n";
    }

    /** The password is checked on another thread. */
    @ParameterizedTest
    @ValueSource(strings = {"x", ""})
    void getWithABody_refused_endsTheConnection(String body) throws Exception {
        String path = path(store(1), link -> link.password("secret"));
        try (Wire wire = new Wire(fixture.port())) {
            long start = System.nanoTime();
            wire.send(head("GET", path) + basic("other") + "Content-Length: 1\r\n\r\n" + body);
            assertProblem(wire.response(), 401, "password-required");
            assertThat(body.isEmpty() || wire.isClosedByPeer()).isTrue();
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(18));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 300_000})
    void getWithABody_succeeds(int size) throws Exception {
        String path = path(store(size), link -> link.password("secret"));
        try (Wire wire = new Wire(fixture.port())) {
            long start = System.nanoTime();
            wire.send(head("GET", path) + basic("secret") + "Content-Length: 1\r\n\r\nx");
            Wire.Response response = wire.response();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).hasSize(size);
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(18));
        }
        fixture.await("closed file", () -> fixture.descriptors().isEmpty());
    }

    /** A parameter of the path would become an attribute of the cookie. */
    @Test
    void pathWithParameters_isNoLink() throws Exception {
        String path = path(store(1), link -> link.password("secret"));
        for (String odd : List.of("/s/x;Domain=example.org;a/" + path.substring(3), path + ";a=b")) {
            Wire.Response response = Wire.exchange(
                    fixture.port(),
                    head("POST", odd) + "Content-Type: application/x-www-form-urlencoded\r\n",
                    "password=secret".getBytes(StandardCharsets.US_ASCII));
            assertThat(response.status()).isEqualTo(404);
            assertThat(response.header("Set-Cookie")).isEmpty();
        }
    }

    @Test
    void passwordWithFinalSlash_leadsBackToTheLink() throws Exception {
        String path = path(store(1), link -> link.password("secret"));
        Wire.Response response = Wire.exchange(
                fixture.port(),
                head("POST", path + "/") + "Content-Type: application/x-www-form-urlencoded\r\n",
                "password=secret".getBytes(StandardCharsets.US_ASCII));
        assertThat(response.status()).isEqualTo(303);
        assertThat(response.header("Location")).isEqualTo("../" + path.substring(3));
    }

    @Test
    void unsatisfiableRange_ofCacheableLink_isNotKept() throws Exception {
        String path = path(store(1), ShareLink.Builder::cacheable);
        Wire.Response response = Wire.exchange(fixture.port(), head("GET", path) + "Range: bytes=7-\r\n", new byte[0]);
        assertThat(response.status()).isEqualTo(416);
        assertThat(response.header("Cache-Control")).isEqualTo("private, no-store");
    }

    @Test
    void peerThatFailsBeforeItsFirstByte_isUnavailable() throws Exception {
        UploadReceipt stored = store(10);
        String path = path(at(stored, elsewhere(stored)));
        for (long millis : List.of(0L, 200L)) {
            relay.download = new PeerBytes(0, millis);
            Wire.Response response = get(path);
            assertProblem(response, 503, "unavailable");
            assertThat(response.header("Retry-After")).isNotEmpty();
            assertThat(response.header("Content-Disposition")).isEmpty();
            assertThat(relay.download.closed).isTrue();
        }
        assertThat(fixture.listener.events).containsExactly("refused UNAVAILABLE", "refused UNAVAILABLE");
    }

    @Test
    void peerThatFailsInTheMidst_breaksTheConnection() throws Exception {
        UploadReceipt stored = store(100_000);
        relay.download = new PeerBytes(10_000, 200);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("GET", path(at(stored, elsewhere(stored)))) + "\r\n");
            assertThat(wire.rest()).startsWith("HTTP/1.1 200").hasSizeLessThan(20_000);
        }
        fixture.await("closed download", () -> relay.download.closed);
    }

    @Test
    void responseThatFails_closesTheDownload() throws Exception {
        UploadReceipt stored = store(10);
        relay.download = new PeerBytes(10, 0);
        breaking = true;
        assertThat(get(path(at(stored, elsewhere(stored)))).status()).isEqualTo(500);
        assertThat(relay.download.closed).isTrue();
    }

    @Test
    void ownStoreThatFails_leavesTheUploadToPeers() throws Exception {
        UploadReceipt stored = store(10);
        fixture.store.fail("find", 2);
        relay.download = new PeerBytes(10, 10_000);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("GET", path(at(stored, stored.owner(), elsewhere(stored)))) + "\r\n");
            assertThat(wire.response().body()).hasSize(10);
        }
        assertProblem(get(path(stored)), 500, "storage-failed");
    }
}
