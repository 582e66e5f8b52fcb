package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.samples.album.Client.Response;
import io.github.uploadreceipts.samples.album.ProbedHost.Mistake;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.Ports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of every front server that is configured as README says. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class FrontServerContract {

    private static final int SIZE = 3_000_000;
    private static final int ROUNDS = Integer.getInteger("upload-receipts-test.rounds", 20);
    private static final long RACE_NANOS = 20_000_000;
    private static final int REFUSALS = 5;
    private static final long LONG_MILLIS = 6_500;
    private static final byte[] BYTES = Bytes.random(SIZE, 1);

    /** Headers with which a client may try to trick the front server or the application. */
    private static final String[] TRICKS = {
        "X-Accel-Redirect", "/stored/secret",
        "X-Accel-Mapping", "/var/=/stored/",
        "X-Sendfile", "/etc/passwd",
        "X-Sendfile-Type", "X-Sendfile"
    };

    TestFleet fleet;
    FrontedApplication fronted;
    private String token;
    private UploadReceipt receipt;
    private String location;

    abstract void requireProgram();

    abstract Delivery.Method method();

    @BeforeAll
    void start() throws IOException {
        requireProgram();
        fleet = TestFleet.start(
                "--delivery", ImpatientFront.option(method()), "--max-file-size", Integer.toString(SIZE));
        fronted = new FrontedApplication(method());
    }

    @AfterAll
    void stop() {
        if (fronted != null) {
            fronted.close();
        }
        if (fleet != null) {
            fleet.close();
        }
    }

    @BeforeEach
    void upload() throws Exception {
        token = fleet.client.upload(fleet.url(1), "a b.png", "image/png", BYTES);
        receipt = fleet.open(token);
        location = receipt.owner().toString();
    }

    /** Each event passes as soon as it is there. */
    @Test
    void public_events() throws Exception {
        URI events = URI.create(fronted.publicUrl() + "/uploads/events");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(events.toURL().openStream(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("data: first");
            fronted.application.eventSeen();
            assertThat(lines.readLine()).isEmpty();
            assertThat(lines.readLine()).isEqualTo("data: seen");
        }
    }

    /** The front server sends sealed files as they lie. */
    @Test
    void sealed_albumOfAllHosts() throws Exception {
        try (TestFleet own = TestFleet.start("--sealed", "--delivery", ImpatientFront.option(method()))) {
            SealedFleet.assertAlbum(own);
        }
    }

    /**
     * The host refuses the form only when its file has become too large. By then Apache, which expects 100-continue
     * first, has begun to send the body. This client looks for no response while it sends.
     */
    @Test
    void public_tooLarge_isTold() throws Exception {
        byte[] large = new byte[10 * SIZE];
        for (int i = 0; i < REFUSALS; i++) {
            assertTooLarge(fleet.client.send("POST", fleet.url(1) + "/uploads", large, "Content-Type", "a/b"));
            assertTooLarge(fleet.client.send(
                    "POST",
                    fleet.url(1) + "/uploads",
                    form(large),
                    "Content-Type",
                    "multipart/form-data; boundary=x",
                    "Accept",
                    "*/*"));
        }
    }

    private static byte[] form(byte[] file) {
        byte[] head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        byte[] form = Arrays.copyOf(head, head.length + file.length);
        System.arraycopy(file, 0, form, head.length, file.length);
        return form;
    }

    private static void assertTooLarge(Response response) {
        assertThat(response.status()).as(response.text()).isEqualTo(413);
        assertThat(response.text()).contains("file-too-large");
    }

    private Response ask(String method, String... headers) throws Exception {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Authorization";
        all[headers.length + 1] = "Bearer " + fleet.peerToken(method, receipt);
        return seen(fleet.client.send(method, location, null, all));
    }

    /** Checks that a response, whatever its status, does not show how files are sent. */
    Response seen(Response response) {
        response.response().headers().map().forEach((name, values) -> {
            assertThat(name.toLowerCase(Locale.ROOT))
                    .doesNotStartWith("x-accel")
                    .doesNotStartWith("x-sendfile");
            assertThat(values).noneMatch(value -> value.contains(fleet.directory.toString()));
            assertThat(values).noneMatch(value -> value.contains("/stored/"));
        });
        if (response.bytes().length != SIZE) {
            assertThat(response.text())
                    .doesNotContain(fleet.directory.toString())
                    .doesNotContain("/stored/");
        }
        return response;
    }

    private void assertOurHeaders(Response response) {
        assertThat(response.header("Content-Type")).isEqualTo("image/png");
        assertOurValidators(response);
        assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(response.header("Content-Security-Policy")).isEqualTo("sandbox; default-src 'none'");
        assertThat(response.header("Cache-Control")).isEqualTo("no-store");
    }

    private void assertOurValidators(Response response) {
        assertThat(response.response().headers().allValues("ETag"))
                .containsExactly(receipt.digest().entityTag());
        assertThat(response.response().headers().allValues("Last-Modified")).hasSize(1);
        assertThat(response.response().headers().allValues("Repr-Digest"))
                .containsExactly(receipt.digest().toString());
    }

    @Test
    void peer_getsBytesWithOurHeaders() throws Exception {
        Response response = ask("GET");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.bytes()).isEqualTo(BYTES);
        assertThat(response.header("Content-Length")).isEqualTo(Integer.toString(SIZE));
        assertThat(response.response().headers().allValues("Accept-Ranges").size())
                .isLessThan(2);
        assertOurHeaders(response);
    }

    @Test
    void peer_getsHeadersWithoutBytes() throws Exception {
        Response response = ask("HEAD");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.bytes()).isEmpty();
        assertThat(response.header("Content-Length")).isEqualTo(Integer.toString(SIZE));
        assertOurHeaders(response);
    }

    @Test
    void peer_getsRange() throws Exception {
        Response response = ask("GET", "Range", "bytes=1000000-1000999");
        assertThat(response.status()).isEqualTo(206);
        assertThat(response.bytes()).isEqualTo(Arrays.copyOfRange(BYTES, 1_000_000, 1_001_000));
        assertThat(response.header("Content-Range")).isEqualTo("bytes 1000000-1000999/" + SIZE);
        assertOurHeaders(response);
        assertThat(ask("GET", "Range", "bytes=-10").bytes()).isEqualTo(Arrays.copyOfRange(BYTES, SIZE - 10, SIZE));
    }

    @Test
    void peer_rangeBeyondEnd() throws Exception {
        assertThat(ask("GET", "Range", "bytes=" + SIZE + "-").status()).isEqualTo(416);
    }

    @Test
    void peer_ifRange() throws Exception {
        String tag = receipt.digest().entityTag();
        assertThat(ask("GET", "Range", "bytes=0-0", "If-Range", tag).status()).isEqualTo(206);
        Response other = ask("GET", "Range", "bytes=0-0", "If-Range", "\"other\"");
        assertThat(other.status()).isEqualTo(200);
        assertThat(other.bytes()).isEqualTo(BYTES);
    }

    @Test
    void peer_ifNoneMatch() throws Exception {
        Response same = ask("GET", "If-None-Match", receipt.digest().entityTag());
        assertThat(same.status()).isEqualTo(304);
        assertThat(same.bytes()).isEmpty();
        assertThat(same.header("ETag")).isEqualTo(receipt.digest().entityTag());
        assertThat(ask("GET", "If-None-Match", "\"0\"").bytes()).isEqualTo(BYTES);
        assertThat(ask("HEAD", "If-None-Match", receipt.digest().entityTag()).status())
                .isEqualTo(304);
    }

    @Test
    void peer_ifModifiedSince() throws Exception {
        String modified = ask("HEAD").header("Last-Modified");
        assertThat(ask("GET", "If-Modified-Since", modified).status()).isEqualTo(304);
        String before = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.EPOCH.plusSeconds(1).atOffset(ZoneOffset.UTC));
        assertThat(ask("GET", "If-Modified-Since", before).bytes()).isEqualTo(BYTES);
    }

    @Test
    void peer_ifMatchOther() throws Exception {
        assertThat(ask("GET", "If-Match", "\"other\"").bytes()).isNotEqualTo(BYTES);
    }

    @Test
    void peer_tricks() throws Exception {
        Response response = ask("GET", TRICKS);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.bytes()).isEqualTo(BYTES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"})
    void peer_forwarded(String header) throws Exception {
        assertThat(ask("GET", header, "127.0.0.1").status()).isEqualTo(404);
    }

    @Test
    void peer_withoutToken() throws Exception {
        Response response = seen(fleet.client.get(location));
        assertThat(response.status()).isEqualTo(401);
        assertThat(response.header("Content-Type")).startsWith("application/problem+json");
        assertThat(seen(fleet.client.get(location, "Authorization", "Bearer " + token))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void peer_everyRefusal() throws Exception {
        assertThat(ask("POST").status()).isEqualTo(405);
        String claimed = fleet.peerToken("GET", receipt, Optional.of(Claim.of("one")));
        String other = fleet.peerToken("GET", receipt, Optional.of(Claim.of("two")));
        assertThat(seen(fleet.client.get(location, "Authorization", "Bearer " + claimed))
                        .status())
                .isEqualTo(200);
        assertThat(seen(fleet.client.get(location, "Authorization", "Bearer " + other))
                        .status())
                .isEqualTo(409);
        assertThat(ask("DELETE").status()).isEqualTo(204);
        assertThat(ask("GET").status()).isEqualTo(410);
        assertThat(ask("GET", "Range", "bytes=0-1").status()).isEqualTo(410);
        assertThat(ask("DELETE").status()).isEqualTo(410);
    }

    @Test
    void peer_fileUnreadable() throws Exception {
        Path file = fleet.stored(1).stream()
                .filter(path -> path.endsWith(receipt.id().toString()))
                .findFirst()
                .orElseThrow();
        Files.delete(file);
        Files.createSymbolicLink(file, fleet.fleet().keyRing());
        Response response = ask("GET");
        assertThat(response.status()).isEqualTo(410);
        assertThat(response.text()).doesNotContain("keys");
        Files.delete(file);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/album",
                "/stored/",
                "/stored../host1",
                "/internal/",
                "/internal/uploads/../../stored/",
                "/fleet"
            })
    void peerPort_nothingElse(String path) throws Exception {
        assertThat(seen(fleet.client.get(fleet.host(1).internalUrl() + path)).status())
                .isEqualTo(404);
    }

    @Test
    void peerPort_storedFile() throws Exception {
        String path = "/stored/" + receipt.owner().hour() + "/" + receipt.id();
        assertThat(seen(fleet.client.get(fleet.host(1).internalUrl() + path)).status())
                .isEqualTo(404);
        assertThat(seen(fleet.client.get(fleet.url(1) + path)).status()).isEqualTo(404);
    }

    /** The front server may find the file removed after our response. It then sends its own 404. */
    @Test
    void fetch_uploadRemovedMeanwhile_completeOrGone(@TempDir Path own) throws Exception {
        int[] ports = {
            fleet.host(1).peerPort(), fleet.host(2).peerPort(), fleet.host(3).peerPort()
        };
        try (UploadHost host = UploadHost.builder(fleet.ring(), LocalUploadStore.at(own.resolve("store")))
                        .internalUrl("http://127.0.0.1:" + Ports.free())
                        .developmentMode()
                        .build();
                PeerFetcher fetcher = PeerFetcher.builder(host)
                        .policy(PeerPolicy.privateNetwork().ports(ports))
                        .workDirectory(own)
                        .build()) {
            int complete = 0;
            for (int round = 0; round < ROUNDS; round++) {
                upload();
                CompletableFuture<Boolean> fetched = CompletableFuture.supplyAsync(() -> isComplete(fetcher));
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(RACE_NANOS));
                assertThat(ask("DELETE").status()).isEqualTo(204);
                complete += fetched.join() ? 1 : 0;
            }
            System.out.printf("%s: %d times complete, %d times gone%n", method(), complete, ROUNDS - complete);
        }
    }

    @Test
    void probe_setUpAsReadmeSays() throws Exception {
        try (ProbedHost host = new ProbedHost(method(), Mistake.NONE)) {
            assertThat(host.probe()).isEmpty();
            assertThat(host.fetchByPeer()).isEmpty();
        }
    }

    /**
     * The upload exists, and the operator can correct the mistake. So clients must not be told that the upload is gone.
     */
    @Test
    void probe_wrongDirectory_namedAndUploadsAreNotGone() throws Exception {
        try (ProbedHost host = new ProbedHost(method(), Mistake.WRONG_DIRECTORY)) {
            assertThat(host.probe())
                    .contains("the delivery filter is reached, but not the file")
                    .contains("does not find it (404); set ")
                    .contains("to the directory uploads");
            assertThat(host.fetchByPeer()).singleElement().satisfies(failure -> {
                assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
                assertThat(failure.cause()).contains("404, but not from its delivery filter");
            });
        }
    }

    @Test
    void probe_forgottenChgrp_named() throws Exception {
        assumeTrue(Unprivileged.isOtherUser(), "without root the front server runs as the user of this test");
        try (ProbedHost host = new ProbedHost(method(), Mistake.FORGOTTEN_CHGRP)) {
            assertThat(host.probe())
                    .contains("the delivery filter is reached, but not the file")
                    .contains("let the front server read what this host stores: chgrp");
            assertThat(host.fetchByPeer())
                    .extracting(Failure::kind)
                    .doesNotContain(Kind.GONE)
                    .hasSize(1);
        }
    }

    @Test
    void probe_filterNotMapped_named() throws Exception {
        try (ProbedHost host = new ProbedHost(method(), Mistake.FILTER_NOT_MAPPED)) {
            assertThat(host.probe())
                    .contains("responds (404), but not from our delivery filter")
                    .contains("the filter must be mapped to /internal/uploads/*");
            assertThat(host.fetchByPeer()).extracting(Failure::kind).containsExactly(Kind.UNREACHABLE);
        }
    }

    private boolean isComplete(PeerFetcher fetcher) {
        try (FetchedUploads files = fetcher.fetch(List.of(receipt))) {
            return files.list().size() == 1; // the fetcher has verified the digest
        } catch (FetchException e) {
            assertThat(e.failures()).extracting(Failure::kind).containsExactly(Kind.GONE);
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/internal",
                "//internal",
                "/%69nternal",
                "/x/../internal",
                "/x/%2e%2e/internal",
                "/./internal",
                "/Internal",
                "/internal;a=b",
                "/;a/internal",
                "/x/..;/internal",
                "/%2finternal",
                "/%2Finternal",
                "/internal%3ba=b",
                "/album/../internal"
            })
    void publicPort_internalPath(String prefix) throws Exception {
        String path = "/uploads/" + receipt.owner().hour() + "/" + receipt.id();
        String bearer = "Bearer " + fleet.peerToken("GET", receipt);
        Response response = seen(fleet.client.get(fleet.url(1) + prefix + path, "Authorization", bearer));
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.header("Content-Type"))
                .as("the front server's own response")
                .startsWith("text/html");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/%2569nternal/uploads", "/internal%5cuploads", "/internal%2fuploads", "/internal%00/uploads"})
    void publicPort_spellingsOfNothing(String prefix) throws Exception {
        String path = "/" + receipt.owner().hour() + "/" + receipt.id();
        String bearer = "Bearer " + fleet.peerToken("GET", receipt);
        Response response = seen(fleet.client.get(fleet.url(1) + prefix + path, "Authorization", bearer));
        assertThat(response.status()).isIn(400, 404);
    }

    @Test
    void publicPort_tricks() throws Exception {
        Response plain = fleet.client.get(fleet.url(1) + "/album.css");
        Response tricked = seen(fleet.client.get(fleet.url(1) + "/album.css", TRICKS));
        assertThat(tricked.status()).isEqualTo(200);
        assertThat(tricked.bytes()).isEqualTo(plain.bytes());
    }

    @Test
    void publicPort_forwardingHeaders() throws Exception {
        Response response = seen(fleet.client.send(
                "POST",
                fleet.url(2) + "/uploads",
                BYTES,
                "X-Forwarded-For",
                "10.9.9.9",
                "X-Forwarded-Host",
                "evil.example",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Prefix",
                "/evil",
                "Forwarded",
                "for=10.9.9.9;host=evil.example"));
        assertThat(response.status()).isEqualTo(201);
        UploadReceipt other = fleet.open(
                response.json().path("receipts").path(0).path("receipt").textValue());
        assertThat(other.owner().toString()).startsWith(fleet.host(2).internalUrl() + "/internal/");
    }

    @Test
    void publicPort_album() throws Exception {
        String second = fleet.client.upload(fleet.url(2), "b.txt", "text/plain", Bytes.random(10, 2));
        Response album = seen(fleet.client.submit(fleet.url(3), List.of(second, token), "order-" + receipt.id()));
        assertThat(album.status()).isEqualTo(200);
        assertThat(Client.each(album.json(), "sha256"))
                .containsExactly(Bytes.sha256(Bytes.random(10, 2)), Bytes.sha256(BYTES));
        assertThat(Client.each(album.json(), "host"))
                .containsExactly(fleet.host(2).authority(), fleet.host(1).authority());
        String path = album.json().path("album").textValue();
        Response picture = seen(fleet.client.get(fleet.url(1) + path + "/1"));
        assertThat(picture.bytes()).isEqualTo(BYTES);
        assertThat(picture.header("Content-Security-Policy")).isEqualTo("sandbox; default-src 'none'");
        assertThat(picture.header("X-Content-Type-Options")).isEqualTo("nosniff");
    }

    /** The final request takes thrice the time that the front server waits for the next byte. */
    @Test
    void publicPort_longFinalRequest_isToldItsProgress() throws Exception {
        try (TestFleet own = TestFleet.start("--delivery", ImpatientFront.option(method()))) {
            List<String> receipts = List.of(own.client.upload(own.url(2), "b.txt", "text/plain", BYTES));
            ImpatientFront.make(own, 1, method());
            own.fleet().stop(2);
            try (SlowPeer peer = SlowPeer.inPlaceOf(own.host(2), LONG_MILLIS)) {
                Response plain = own.client.submit(own.url(1), receipts, "order-1");
                assertThat(plain.status()).as("the time-out").isIn(502, 504);

                List<Long> times = new CopyOnWriteArrayList<>();
                String events = own.client.submitWatched(own.url(1), receipts, times::add);
                assertThat(LongRequestIT.events(events, "progress")).hasSizeGreaterThan(3);
                assertThat(Client.each(LongRequestIT.events(events, "album").get(0), "sha256"))
                        .containsExactly(Bytes.sha256(BYTES));
                assertThat(IntStream.range(1, times.size()).mapToLong(i -> times.get(i) - times.get(i - 1)))
                        .as("each piece is passed on at once: %s", times)
                        .hasSizeGreaterThan(3)
                        .allMatch(pause -> pause < LONG_MILLIS / 2);

                Response page =
                        own.client.submitForm(own.url(1), List.of("receipt", receipts.get(0)), "Accept", "text/html");
                assertThat(page.status()).isEqualTo(200);
                assertThat(page.text()).contains("http-equiv=\"refresh\"").endsWith("</html>\n");
                assertThat(peer.served()).isEqualTo(3);
            }
        }
    }

    @Test
    void publicPort_manyReceipts() throws Exception {
        String padding = "x".repeat(2_000_000); // exceeds the default limit of a front server
        Response response = fleet.client.submitForm(fleet.url(1), List.of("receipt", token, "other", padding));
        assertThat(response.status()).isEqualTo(200);
    }

    @Test
    void publicPort_passesNoTricks() throws Exception {
        String seen = fleet.client.get(fronted.publicUrl() + "/page", TRICKS).text();
        assertThat(seen).doesNotContainIgnoringCase("x-accel").doesNotContainIgnoringCase("x-sendfile");
    }

    @Test
    void publicPort_saysWhoAsked() throws Exception {
        String seen = fleet.client
                .get(
                        fronted.publicUrl() + "/page",
                        "X-Forwarded-For",
                        "10.9.9.9",
                        "Forwarded",
                        "for=10.9.9.9",
                        "X-Forwarded-Prefix",
                        "/evil",
                        "X-Forwarded-Host",
                        "evil.example",
                        "X-Forwarded-Proto",
                        "gopher",
                        "X-Real-IP",
                        "10.9.9.9")
                .text();
        assertThat(seen)
                .contains("X-forwarded-for: [127.0.0.1]")
                .contains("X-forwarded-proto: [http]")
                .doesNotContain("10.9.9.9")
                .doesNotContain("evil")
                .doesNotContain("gopher");
    }

    @Test
    void peerPort_addsNothing() throws Exception {
        assertThat(fleet.client.get(fronted.peerUrl()).text()).doesNotContainIgnoringCase("forwarded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/uploads", "/orders", "/orders/1", "/album"})
    void publicPort_largeBody(String path) throws Exception {
        Response response = fleet.client.send("POST", fronted.publicUrl() + path, BYTES);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.text()).startsWith(path + "\n");
    }

    @Test
    void resumed_everyRequestThroughAnotherHost() throws Exception {
        String metadata = "filename " + Base64.getEncoder().encodeToString("a b.png".getBytes(StandardCharsets.UTF_8))
                + ",note " + "QUFB".repeat(480);
        Response created =
                tus("POST", fleet.url(1) + "/uploads", null, "Upload-Length", "" + SIZE, "Upload-Metadata", metadata);
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        String path =
                created.response().uri().resolve(created.header("Location")).getPath();

        Response last = created;
        int step = 700_000;
        for (int offset = 0; offset < SIZE; offset += step) {
            byte[] bytes = Arrays.copyOfRange(BYTES, offset, Math.min(SIZE, offset + step));
            last = tus(
                    "PATCH",
                    fleet.url(1 + offset / step % 3) + path,
                    bytes,
                    "Upload-Offset",
                    "" + offset,
                    "Content-Type",
                    "application/offset+octet-stream");
            assertThat(last.status()).as(last.text()).isEqualTo(204);
        }

        UploadReceipt resumed = fleet.open(last.header("Upload-Receipt"));
        assertThat(resumed.digest()).isEqualTo(receipt.digest());
        assertThat(resumed.name()).isEqualTo("a b.png");
        for (int host = 1; host <= 3; host++) {
            Response head = tus("HEAD", fleet.url(host) + path, null);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Upload-Metadata")).isEqualTo(metadata);
            assertThat(fleet.open(head.header("Upload-Receipt"))).isEqualTo(resumed);
        }
    }

    private Response tus(String method, String url, byte[] body, String... headers) throws Exception {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Tus-Resumable";
        all[headers.length + 1] = "1.0.0";
        return seen(fleet.client.send(method, url, body, all));
    }

    private Response link(String method, String type, String... headers) throws Exception {
        token = fleet.client.upload(fleet.url(1), "ä b.png", type, BYTES);
        receipt = fleet.open(token);
        String path = fleet.link(ShareLink.of(receipt).inline().build());
        return seen(fleet.client.send(method, fleet.url(1) + path, null, headers));
    }

    @Test
    void link_getsBytesWithOurHeaders() throws Exception {
        Response response = link("GET", "image/png");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.bytes()).isEqualTo(BYTES);
        assertLinkHeaders(response, "image/png");
        assertThat(response.response().headers().allValues("Content-Disposition"))
                .containsExactly("inline; filename=\"_ b.png\"; filename*=UTF-8''%C3%A4%20b.png");
        Response head = link("HEAD", "image/png");
        assertThat(head.header("Content-Length")).isEqualTo(Integer.toString(SIZE));
        assertLinkHeaders(head, "image/png");
    }

    private void assertLinkHeaders(Response response, String type) {
        assertThat(response.response().headers().allValues("Content-Type")).containsExactly(type);
        assertThat(response.response().headers().allValues("ETag"))
                .containsExactly(receipt.digest().entityTag());
        assertThat(response.response().headers().allValues("Cache-Control")).containsExactly("private, no-store");
        assertThat(response.response().headers().allValues("Expires")).isEmpty();
        assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(response.header("Content-Security-Policy")).isEqualTo("sandbox; default-src 'none'");
        assertThat(response.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(response.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(response.header("Vary").replace(" ", "")).isEqualTo("Accept,Sec-Fetch-Mode");
    }

    @Test
    void link_ofPage_isSavedAsBytes() throws Exception {
        Response response = link("GET", "text/html");
        assertLinkHeaders(response, "application/octet-stream");
        assertThat(response.header("Content-Disposition")).startsWith("attachment;");
    }

    @Test
    void link_ranges() throws Exception {
        Response part = link("GET", "image/png", "Range", "bytes=1000000-1000999");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.bytes()).isEqualTo(Arrays.copyOfRange(BYTES, 1_000_000, 1_001_000));
        assertLinkHeaders(part, "image/png");
        String many = IntStream.range(0, 1000).mapToObj(i -> i % 10 + "-9").collect(Collectors.joining(","));
        Response whole = link("GET", "image/png", "Range", "bytes=" + many);
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.bytes()).isEqualTo(BYTES);
        assertThat(link("GET", "image/png", "Range", "bytes=" + SIZE + "-").status())
                .isEqualTo(416);
        Response stale = link("GET", "image/png", "Range", "bytes=0-0", "If-Range", "\"old\"");
        assertThat(stale.bytes()).isEqualTo(BYTES);
        String tag = receipt.digest().entityTag();
        Response fresh = link("GET", "image/png", "Range", "bytes=0-0", "If-Range", tag);
        assertThat(fresh.status()).isEqualTo(206);
        assertThat(link("GET", "image/png", "If-None-Match", tag).status()).isEqualTo(304);
    }

    /** Every host serves the link. The others get the bytes from the first one's front server. */
    @Test
    void link_throughEveryHost() throws Exception {
        String path = fleet.link(ShareLink.of(receipt).build());
        for (int host = 1; host <= 3; host++) {
            Response response = seen(fleet.client.get(fleet.url(host) + path));
            assertThat(response.bytes()).isEqualTo(BYTES);
            assertLinkHeaders(response, "image/png");
        }
    }

    @Test
    void link_tricks() throws Exception {
        String path = fleet.link(ShareLink.of(receipt).build());
        assertThat(fleet.client.get(fleet.url(1) + path, TRICKS).bytes()).isEqualTo(BYTES);
        String page = seen(fleet.client.get(fleet.url(1) + path, "Accept", "text/html"))
                .text();
        assertThat(page).contains("a b.png");
        assertThat(seen(fleet.client.get(fleet.url(1) + "/s/none")).status()).isEqualTo(404);
    }
}
