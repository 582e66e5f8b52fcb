package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Extension;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class DeliveryFilterIT {

    private static final String CONTENT = "0123456789";
    private static final List<Delivery> DELIVERIES =
            List.of(Delivery.direct(), Delivery.xAccelRedirect("/stored/"), Delivery.xSendfile());

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private final List<Object> sendfiles = new CopyOnWriteArrayList<>();
    private AdapterFixture fixture;
    private IssuedReceipt issued;
    private UploadReceipt receipt;

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void start(Delivery delivery) throws Exception {
        start(delivery, CONTENT);
    }

    private void start(Delivery delivery, String content) throws Exception {
        fixture = new AdapterFixture(root, delivery);
        start(DeliveryFilter.create(fixture.host), content);
    }

    private void start(DeliveryFilter filter, String content) throws Exception {
        Filter observer = (request, response, chain) -> {
            chain.doFilter(request, response);
            Object file = request.getAttribute("org.apache.tomcat.sendfile.filename");
            if (file != null) {
                sendfiles.add(file);
            }
        };
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/internal/*", observer);
        filters.put("/internal/uploads/*", filter);
        fixture.start(container, async, filters, new HttpServlet() {});
        issued = fixture.store("ä.txt", content);
        receipt = issued.receipt();
    }

    private PeerRequest request(String method, Location location) {
        return new PeerRequest(method, location, receipt.size(), receipt.digest(), receipt.type(), Optional.empty());
    }

    private PeerRequest request(String method) {
        return request(method, receipt.owner());
    }

    private PeerRequest claiming(String id) {
        return claiming("GET", id);
    }

    private PeerRequest claiming(String method, String id) {
        return new PeerRequest(
                method, receipt.owner(), receipt.size(), receipt.digest(), receipt.type(), Optional.of(Claim.of(id)));
    }

    private String mint(PeerRequest request) {
        return new PeerTokens(fixture.keyRing, Clock.systemUTC()).mint(request);
    }

    private Wire.Response sendTo(String path, String method, String token, String... fields) throws IOException {
        String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        return Wire.exchange(
                fixture.port(), head(method, path) + "Authorization: Bearer " + token + "\r\n" + more, new byte[0]);
    }

    private Wire.Response send(String method, String... fields) throws IOException {
        return sendTo(receipt.owner().path(), method, mint(request(method)), fields);
    }

    private String digest() {
        return receipt.digest().toString();
    }

    private String tag() {
        return receipt.digest().entityTag();
    }

    /** Waits until the listener was told of refusals for this reason, and of nothing else. */
    private void awaitRefusals(String type) throws Exception {
        fixture.await("refusal", () -> !fixture.listener.events.isEmpty());
        assertThat(fixture.listener.events).allMatch(event -> event.matches("refused " + type));
    }

    private static void assertNoFrontServerHeader(Wire.Response response) {
        assertThat(response.headers().keySet())
                .noneMatch(name -> name.startsWith("x-accel") || name.startsWith("x-sendfile"));
    }

    private static void assertRefused(Wire.Response response, int status, String type) {
        assertProblem(response, status, type);
        assertNoFrontServerHeader(response);
        assertThat(response.headers())
                .doesNotContainKeys("etag", "repr-digest", "content-range", "last-modified", "accept-ranges");
    }

    @Test
    void get_direct_sendsBytesAndTheirDigest() throws Exception {
        start(Delivery.direct());
        Wire.Response response = send("GET");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(CONTENT);
        assertThat(response.headers())
                .containsEntry("content-length", "10")
                .containsEntry("etag", tag())
                .containsEntry("repr-digest", digest())
                .containsEntry("accept-ranges", "bytes")
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("content-security-policy", "sandbox; default-src 'none'")
                .containsEntry("cache-control", "no-store")
                .containsKey("last-modified")
                .doesNotContainKeys("content-range", "set-cookie");
        assertThat(response.header("Content-Type")).startsWith("text/plain");
        fixture.awaitEvents("delivered " + receipt.id());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bytes=0-0 | 206 | 0 | bytes 0-0/10",
                "bytes=2-4 | 206 | 234 | bytes 2-4/10",
                "bytes=7- | 206 | 789 | bytes 7-9/10",
                "bytes=-2 | 206 | 89 | bytes 8-9/10",
                "bytes=-99 | 200 | 0123456789 | ''",
                "bytes=0- | 200 | 0123456789 | ''",
                "bytes=4-99 | 206 | 456789 | bytes 4-9/10",
                "bytes=10- | 416 | '' | bytes */10",
                "bytes=-0 | 416 | '' | bytes */10",
                "bytes=4-2 | 200 | 0123456789 | ''",
                "bytes=0-1,3-4 | 200 | 0123456789 | ''",
                "lines=1-2 | 200 | 0123456789 | ''",
                "bytes=x | 200 | 0123456789 | ''",
            })
    void get_range_sendsThatPart(String range, int status, String body, String contentRange) throws Exception {
        start(Delivery.direct());
        Wire.Response response = send("GET", "Range: " + range);

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.body()).isEqualTo(body);
        assertThat(response.header("Content-Range")).isEqualTo(contentRange);
        assertThat(response.header("Content-Length")).isEqualTo(Integer.toString(body.length()));
        assertThat(response.header("ETag")).isEqualTo(tag());
        assertThat(response.header("Repr-Digest")).isEqualTo(status == 416 ? "" : digest());
        List<String> told = status == 416 ? List.of() : List.of("delivered " + receipt.id());
        fixture.awaitEvents(told.toArray(String[]::new));
    }

    @Test
    void get_ifRange_guardsTheRange() throws Exception {
        start(Delivery.direct());
        assertThat(send("GET", "Range: bytes=2-4", "If-Range: " + tag()).body()).isEqualTo("234");
        for (String other : List.of("\"other\"", "W/" + tag(), "Sat, 21 Nov 2026 09:00:00 GMT")) {
            Wire.Response response = send("GET", "Range: bytes=2-4", "If-Range: " + other);
            assertThat(response.status()).as(other).isEqualTo(200);
            assertThat(response.body()).isEqualTo(CONTENT);
        }
    }

    @Test
    void any_ifNoneMatch_isOursInEveryDelivery() throws Exception {
        for (Delivery delivery : DELIVERIES) {
            start(delivery);
            for (String method : List.of("GET", "HEAD")) {
                for (String field : List.of(tag(), "*", "\"other\", " + tag(), "W/" + tag())) {
                    Wire.Response response = send(method, "If-None-Match: " + field, "Range: bytes=2-4");
                    assertThat(response.status()).as(delivery + field).isEqualTo(304);
                    assertThat(response.header("ETag")).isEqualTo(tag());
                    assertNoFrontServerHeader(response);
                }
                assertThat(send(method, "If-None-Match: \"other\"").status()).isEqualTo(200);
            }
            fixture.awaitEvents("delivered " + receipt.id());
            fixture.close();
        }
    }

    @Test
    void head_direct_saysWhatGetWould() throws Exception {
        start(Delivery.direct());
        for (String field : List.of("X: y", "Range: bytes=2-4", "Range: bytes=10-")) {
            Wire.Response response = send("HEAD", field);
            assertThat(response.status()).as(field).isEqualTo(200);
            assertThat(response.headers())
                    .containsEntry("content-length", "10")
                    .containsEntry("etag", tag())
                    .containsEntry("repr-digest", digest())
                    .doesNotContainKey("content-range");
        }
        fixture.awaitEvents();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void any_xAccelRedirect_leavesTheBytesToNginx(String method) throws Exception {
        start(Delivery.xAccelRedirect("/stored/"));
        Wire.Response response = send(method, "Range: bytes=2-4");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers())
                .containsEntry("x-accel-redirect", "/stored/" + receipt.owner().hour() + "/" + receipt.id())
                .containsEntry("etag", tag())
                .containsEntry("repr-digest", digest())
                .doesNotContainKeys("accept-ranges", "content-range", "x-sendfile");
        assertThat(response.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void any_xSendfile_leavesTheBytesToApache(String method) throws Exception {
        start(Delivery.xSendfile());
        Wire.Response response = send(method, "Range: bytes=2-4");

        assertThat(response.status()).isEqualTo(200);
        assertThat(Path.of(response.header("X-Sendfile"))).hasContent(CONTENT).isAbsolute();
        assertThat(response.headers()).containsEntry("etag", tag()).doesNotContainKey("x-accel-redirect");
        assertThat(response.body()).isEmpty();
    }

    @Test
    void get_bigFile_completeAndInRanges() throws Exception {
        byte[] bytes = new byte[5_000_000];
        new Random(5).nextBytes(bytes);
        String content = new String(bytes, StandardCharsets.ISO_8859_1);
        start(Delivery.direct(), content);

        assertThat(send("GET").body()).isEqualTo(content);
        assertThat(send("GET", "Range: bytes=65535-4000000").body()).isEqualTo(content.substring(65_535, 4_000_001));
        assertThat(sendfiles).hasSize(container.isTomcat() ? 2 : 0);
        fixture.await("no descriptor", () -> fixture.descriptors().isEmpty());
    }

    @Test
    void get_emptyFile_isComplete() throws Exception {
        start(Delivery.direct(), "");
        Wire.Response response = send("GET", "Range: bytes=0-0");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Length")).isEqualTo("0");
        assertThat(sendfiles).isEmpty();
    }

    @Test
    void any_tokenOfSomethingElse_isRefusedInEveryDelivery() throws Exception {
        for (Delivery delivery : DELIVERIES) {
            start(delivery);
            String path = receipt.owner().path();
            String good = mint(request("GET"));
            Location elsewhere = new Location(
                    URI.create("http://127.0.0.1:8081"), receipt.owner().hour(), receipt.id());
            UploadReceipt second = fixture.store("b", "other").receipt();
            Instant past = Instant.now().minus(Duration.ofMinutes(3));
            Map<String, String> tokens = new LinkedHashMap<>();
            tokens.put("none", "");
            tokens.put("garbage", "abc");
            tokens.put("for HEAD", mint(request("HEAD")));
            tokens.put("for DELETE", mint(request("DELETE")));
            tokens.put("for another upload", mint(request("GET", second.owner())));
            tokens.put("for another host", mint(request("GET", elsewhere)));
            tokens.put(
                    "expired", new PeerTokens(fixture.keyRing, Clock.fixed(past, ZoneOffset.UTC)).mint(request("GET")));
            tokens.put(
                    "of another fleet",
                    new PeerTokens(KeyRing.generate("other"), Clock.systemUTC()).mint(request("GET")));
            tokens.put(
                    "of another ring",
                    new PeerTokens(KeyRing.generate("test"), Clock.systemUTC()).mint(request("GET")));
            tokens.put("tampered", good.substring(0, good.length() - 2) + (good.endsWith("AA") ? "BB" : "AA"));
            tokens.put("truncated", good.substring(0, good.length() - 1));
            tokens.put("a receipt", issued.token());
            tokens.forEach((what, token) -> {
                try {
                    Wire.Response response = sendTo(path, "GET", token);
                    assertThat(response.status()).as(what).isEqualTo(401);
                    assertRefused(response, 401, "peer-token-refused");
                    assertThat(response.header("WWW-Authenticate")).isEqualTo("Bearer");
                } catch (IOException e) {
                    throw new AssertionError(what, e);
                }
            });
            for (String method : List.of("HEAD", "DELETE", "PUT")) {
                Wire.Response response = sendTo(path, method, good);
                assertThat(response.status()).as(method).isEqualTo(401);
                assertNoFrontServerHeader(response);
            }
            Wire.Response unsigned = Wire.exchange(fixture.port(), head("GET", path), new byte[0]);
            assertRefused(unsigned, 401, "peer-token-refused");
            awaitRefusals("PEER_TOKEN_REFUSED");
            assertThat(sendTo(path, "GET", good).status()).isEqualTo(200);
            fixture.close();
        }
    }

    @Test
    void other_methods_areNotAllowedThoughTheTokenIs() throws Exception {
        start(Delivery.xSendfile());
        for (String method : List.of("POST", "PATCH", "OPTIONS")) {
            Wire.Response response = send(method);
            assertThat(response.status()).as(method).isIn(401, 405);
            assertNoFrontServerHeader(response);
            assertThat(sendTo(receipt.owner().path(), method, mint(request("GET")))
                            .status())
                    .isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Forwarded: for=10.0.0.1",
                "X-Forwarded-For: 10.0.0.1",
                "X-Forwarded-Proto: https",
                "X-Real-IP: 10.0.0.1",
                "Via: 1.1 proxy",
                "x-forwarded-host: a"
            })
    void get_forwarded_findsNothing(String field) throws Exception {
        start(Delivery.xAccelRedirect("/stored/"));
        assertRefused(send("GET", field), 404, "not-found");
        fixture.awaitEvents("refused NOT_FOUND");
    }

    @Test
    void get_fromAddressThatIsNoPeer_findsNothing() throws Exception {
        fixture = new AdapterFixture(root, Delivery.xSendfile());
        start(DeliveryFilter.create(fixture.host, Map.of("peer-addresses", "10.0.0.0/8, fd00::/8")), CONTENT);
        assertRefused(send("GET"), 404, "not-found");
    }

    @Test
    void get_otherSpellingOfThePath_isNeverServed() throws Exception {
        start(Delivery.xSendfile());
        String path = receipt.owner().path();
        String token = mint(request("GET"));
        String hour = receipt.owner().hour().toString();
        String id = receipt.id().toString();
        for (String spelling : List.of(
                "/" + path,
                path + "/",
                path + ";jsessionid=1",
                path.replace("/uploads/", "/uploads//"),
                path.replace("/uploads/", "/uploads/./"),
                path.replace("/uploads/", "/uploads/x/../"),
                path.replace("/uploads/", "/uploads;a/"),
                path.replace("/uploads/", "/uploads%2f"),
                path.replace("/uploads/", "/%75ploads/"),
                path.replace("/uploads/", "/Uploads/"),
                path.replace("T", "t"),
                path.replace("T", "%54"),
                "/internal/uploads/" + hour + "/../" + hour + "/" + id,
                "/internal/uploads/" + hour + "/..%2f" + hour + "/" + id,
                "/internal/uploads/" + hour + "/" + id + "-claim",
                "/internal/uploads/" + hour + "/%2e%2e/" + id,
                "/internal/uploads/",
                "/internal/uploads/" + id)) {
            Wire.Response response = sendTo(spelling, "GET", token);
            assertThat(response.status()).as(spelling).isIn(400, 401, 404, 405);
            assertNoFrontServerHeader(response);
        }
        awaitRefusals("(NOT_FOUND|PEER_TOKEN_REFUSED|METHOD_NOT_ALLOWED)");
        assertThat(sendTo(path + "?query=1", "GET", token).status())
                .as("the query is ignored")
                .isEqualTo(200);
    }

    @Test
    void get_claimed_isForThatClaimOnly() throws Exception {
        for (Delivery delivery : DELIVERIES) {
            start(delivery);
            String path = receipt.owner().path();
            assertThat(sendTo(path, "GET", mint(claiming("order-1"))).status()).isEqualTo(200);
            assertThat(sendTo(path, "GET", mint(claiming("order-1"))).status()).isEqualTo(200);
            assertRefused(sendTo(path, "GET", mint(claiming("order-2"))), 409, "already-claimed");
            assertThat(sendTo(path, "GET", mint(claiming("order-1"))).status()).isEqualTo(200);
            fixture.await(
                    "three deliveries",
                    () -> fixture.listener.events.stream()
                                    .filter(event -> event.startsWith("delivered"))
                                    .count()
                            == 3);
            assertThat(fixture.listener.events)
                    .filteredOn(event -> event.startsWith("claimed"))
                    .containsOnly("claimed " + receipt.id() + " order-1")
                    .hasSize(3);
            fixture.close();
        }
    }

    /** A response may be lost, so the same request may come again. */
    @Test
    void put_keepsTheUploadUntilLater() throws Exception {
        start(Delivery.direct());
        Extension extension = new Extension(HostAccess.engine(fixture.host));
        Instant until = receipt.expiresAt().plus(Duration.ofDays(3));
        UploadReceipt extended = extension.extended(receipt, until);
        PeerRequest keep = PeerRequest.toKeep(receipt.owner(), receipt, until);
        for (int i = 0; i < 2; i++) {
            Wire.Response kept = sendTo(receipt.owner().path(), "PUT", mint(keep));
            assertThat(kept.status()).as(kept.body()).isEqualTo(204);
        }
        PeerRequest get = new PeerRequest(
                "GET", extended.owner(), receipt.size(), receipt.digest(), receipt.type(), Optional.empty());
        assertThat(sendTo(extended.owner().path(), "GET", mint(get)).body()).isEqualTo(CONTENT);
        assertThat(send("GET").body()).isEqualTo(CONTENT);

        PeerRequest ofAnotherSize = new PeerRequest(
                "PUT",
                receipt.owner(),
                receipt.size() + 1,
                Optional.of(receipt.digest()),
                receipt.type(),
                Optional.empty(),
                Optional.of(until),
                false);
        assertRefused(sendTo(receipt.owner().path(), "PUT", mint(ofAnotherSize)), 410, "upload-gone");
        PeerRequest forNoTime = request("PUT");
        assertRefused(sendTo(receipt.owner().path(), "PUT", mint(forNoTime)), 405, "method-not-allowed");
        for (Instant impossible : List.of(Instant.now().minusSeconds(9), Instant.ofEpochSecond(253_402_300_800L))) {
            PeerRequest never = PeerRequest.toKeep(receipt.owner(), receipt, impossible);
            assertRefused(sendTo(receipt.owner().path(), "PUT", mint(never)), 405, "method-not-allowed");
        }
        assertThat(send("DELETE").status()).isEqualTo(204);
        assertRefused(sendTo(receipt.owner().path(), "PUT", mint(keep)), 410, "upload-gone");
        assertThat(sendTo(extended.owner().path(), "GET", mint(get)).body()).isEqualTo(CONTENT);
    }

    /** Who reads along, or reads a front server's log, must not be able to guess what is in a short file. */
    @Test
    void everyUse_unfinished_refusedWithTheMark_unlessTheTokenDoesWithoutTheVerdict() throws Exception {
        start(Delivery.direct());
        for (Verdict verdict : List.of(Verdict.waiting(), Verdict.refused("no"))) {
            fixture.say(verdict);
            boolean waits = verdict.equals(Verdict.waiting());
            for (String method : List.of("GET", "POST")) {
                PeerRequest use = PeerRequest.of(method, receipt.owner(), receipt, Optional.of(Claim.of("order-7")));
                Wire.Response refused = sendTo(receipt.owner().path(), method, mint(use));
                assertRefused(refused, waits ? 425 : 422, waits ? "upload-unfinished" : "upload-refused");
                assertThat(refused.header(PeerRequest.MARK)).isEqualTo(PeerRequest.REFUSED);
                Wire.Response accepted = sendTo(receipt.owner().path(), method, mint(use.acceptUnfinished(true)));
                assertThat(accepted.status()).isEqualTo(method.equals("GET") ? 200 : 204);
            }
        }
    }

    @Test
    void get_sealed_saysNothingOfThePlainBytes() throws Exception {
        start(Delivery.direct());
        PeerRequest sealed = new PeerRequest(
                "GET",
                receipt.owner(),
                receipt.size(),
                Optional.empty(),
                "application/vnd.upload-receipts.sealed",
                Optional.empty(),
                Optional.empty(),
                false);
        Wire.Response response = sendTo(receipt.owner().path(), "GET", mint(sealed), "Range: bytes=1-2");
        assertThat(response.status()).isEqualTo(206);
        assertThat(response.body()).isEqualTo(CONTENT.substring(1, 3));
        assertThat(response.header("Content-Type")).isEqualTo("application/vnd.upload-receipts.sealed");
        assertThat(response.header("ETag")).isEqualTo("\"" + receipt.id() + "\"");
        assertThat(response.header("Repr-Digest")).isEmpty();
    }

    /** HEAD records no claim, so a host can find every obstacle before it claims any upload. */
    @Test
    void head_claimed_looksOnly_postRecords() throws Exception {
        start(Delivery.xSendfile());
        String path = receipt.owner().path();
        for (String order : List.of("order-1", "order-2")) {
            assertThat(sendTo(path, "HEAD", mint(claiming("HEAD", order))).status())
                    .isEqualTo(200);
        }
        assertThat(fixture.files()).hasSize(1);
        for (int i = 0; i < 2; i++) {
            Wire.Response claimed = sendTo(path, "POST", mint(claiming("POST", "order-1")));
            assertThat(claimed.status()).isEqualTo(204);
            assertNoFrontServerHeader(claimed);
        }
        assertThat(sendTo(path, "HEAD", mint(claiming("HEAD", "order-1"))).status())
                .isEqualTo(200);
        assertThat(sendTo(path, "HEAD", mint(claiming("HEAD", "order-2"))).status())
                .isEqualTo(409);
        assertRefused(sendTo(path, "POST", mint(claiming("POST", "order-2"))), 409, "already-claimed");
        assertThat(fixture.listener.events)
                .containsOnly("claimed " + receipt.id() + " order-1", "refused ALREADY_CLAIMED");
        assertThat(fixture.listener.told(UploadEvent.Refused.class)).allSatisfy(refused -> {
            assertThat(refused.place()).isEqualTo(UploadEvent.Place.DELIVERY);
            assertThat(refused.id()).contains(receipt.id());
        });

        Location never =
                new Location(fixture.host.internalUrl(), receipt.owner().hour(), UploadId.random());
        PeerRequest unknown = new PeerRequest(
                "POST", never, receipt.size(), receipt.digest(), receipt.type(), Optional.of(Claim.of("order-1")));
        assertRefused(sendTo(never.path(), "POST", mint(unknown)), 410, "upload-gone");
    }

    @Test
    void delete_stored_isGoneThen() throws Exception {
        start(Delivery.xSendfile());
        String path = receipt.owner().path();
        assertThat(sendTo(path, "GET", mint(claiming("order-1"))).status()).isEqualTo(200);
        Wire.Response response = send("DELETE");
        assertThat(response.status()).isEqualTo(204);
        assertNoFrontServerHeader(response);
        assertThat(fixture.files())
                .as("the claim stays recorded")
                .singleElement()
                .extracting(file -> file.getFileName().toString())
                .isEqualTo(receipt.id() + "-claim");

        assertRefused(send("DELETE"), 410, "upload-gone");
        assertRefused(send("GET"), 410, "upload-gone");
        assertThat(send("HEAD").status()).isEqualTo(410);
        assertRefused(sendTo(path, "GET", mint(claiming("order-1"))), 410, "upload-gone");
        assertRefused(sendTo(path, "GET", mint(claiming("order-2"))), 409, "already-claimed");
        fixture.await("discarded", () -> fixture.listener.events.contains("discarded " + receipt.id()));
    }

    @Test
    void get_neverStored_isGone() throws Exception {
        start(Delivery.xAccelRedirect("/stored/"));
        Location never =
                new Location(fixture.host.internalUrl(), receipt.owner().hour(), UploadId.random());
        assertRefused(sendTo(never.path(), "GET", mint(request("GET", never))), 410, "upload-gone");
    }

    @Test
    void get_otherSizeThanTheToken_isGone() throws Exception {
        for (Delivery delivery : DELIVERIES) {
            start(delivery);
            PeerRequest longer =
                    new PeerRequest("GET", receipt.owner(), 11, receipt.digest(), receipt.type(), Optional.empty());
            assertRefused(sendTo(receipt.owner().path(), "GET", mint(longer)), 410, "upload-gone");
            fixture.awaitEvents("refused UPLOAD_GONE");
            fixture.close();
        }
    }

    @Test
    void get_discardedMeanwhile_isGoneAndSaysNothingOfIt() throws Exception {
        for (Delivery delivery : DELIVERIES) {
            start(delivery);
            fixture.store.vanishing = true;
            assertRefused(send("GET"), 410, "upload-gone");
            fixture.awaitEvents("refused UPLOAD_GONE");
            fixture.close();
        }
    }

    @Test
    void get_typeOfTheClient_isSentAsItIs() throws Exception {
        start(Delivery.direct());
        try (var incoming = fixture.engine.receive(
                Admission.of(UploadPermit.anyone(UploadLimits.defaults())), 0, "a.html", "text/html; charset=utf-8")) {
            receipt = incoming.publish().receipt();
        }
        assertThat(send("GET").header("Content-Type").replace(" ", "").toLowerCase(Locale.ROOT))
                .isEqualTo("text/html;charset=utf-8");
    }
}
