package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.ENDPOINT;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static io.github.uploadreceipts.servlet.TusClient.metadata;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.RelayTokens;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.resume.UploadUrls;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.UploadId;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong, hostile and late header fields and URLs of tus 1.0.0 clients. {@link TusBadBodyIT} has the bodies. */
@ParameterizedClass
@MethodSource(Container.ALL)
class TusBadInputIT {

    private static final byte[] NONE = {};
    private static final byte[] HELLO = "hello".getBytes(US_ASCII);
    private static final UploadLimits LIMITS =
            UploadLimits.builder().maxFileSize(1000).build();

    @Parameter
    Container container;

    @TempDir
    Path root;

    private AdapterFixture fixture;
    private TusClient client;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        fixture.start(container, true, UploadFilter.create(fixture.host, TusBadInputIT::permit));
        client = new TusClient(fixture.port());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private static UploadPermit permit(HttpServletRequest request) {
        String user = request.getHeader("X-User");
        if (request.getHeader("Upload-Ticket") != null) {
            return UploadPermit.byTicket(LIMITS);
        }
        return user == null ? UploadPermit.anyone(LIMITS) : UploadPermit.of(user, LIMITS);
    }

    private static void assertProblem(Wire.Response response, int status, String type) {
        AdapterFixture.assertProblem(response, status, type);
        assertThat(response.header("Tus-Resumable")).isEqualTo("1.0.0");
    }

    /** A response to HEAD has no body with the problem type. */
    private static void assertStatus(Wire.Response response, int status) {
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.header("Tus-Resumable")).isEqualTo("1.0.0");
        assertThat(response.header("Upload-Offset")).isEmpty();
    }

    private void assertOffset(String path, long offset) throws Exception {
        assertThat(client.head(path).header("Upload-Offset")).isEqualTo(Long.toString(offset));
    }

    private UploadReceipt receipt(Wire.Response response) throws Exception {
        assertThat(response.header("Upload-Receipt")).as(response.body()).isNotEmpty();
        return fixture.host.receipts().subject("ann").verify(response.header("Upload-Receipt"));
    }

    private static UploadTicket.Builder ticket() {
        return UploadTicket.builder(Clock.systemUTC()).subject("ann");
    }

    private String field(UploadTicket.Builder ticket) {
        return "Upload-Ticket: " + TicketIssuer.create(fixture.keyRing).issue(ticket.build()) + "\r\n";
    }

    private ResourceTokens resources() {
        return new ResourceTokens(fixture.keyRing, Clock.systemUTC());
    }

    private UploadResource resource(URI owner) {
        return new UploadResource(owner, UploadId.random(), Instant.now().plusSeconds(3600));
    }

    private String encryptedReceipt() throws Exception {
        UploadReceipt stored = fixture.store("a", "hello").receipt();
        return new ReceiptTokens(fixture.keyRing, true).issue(stored);
    }

    private String relayToken() {
        return new RelayTokens(fixture.keyRing, Clock.systemUTC())
                .mint(new RelayRequest(
                        fixture.host.internalUrl(),
                        "HEAD",
                        RelayRequest.Purpose.SERVE,
                        Optional.of(resource(fixture.host.internalUrl())),
                        Optional.empty()));
    }

    @Test
    void tickets_notGenuine_refused() throws Exception {
        String genuine = TicketIssuer.create(fixture.keyRing).issue(ticket().build());
        List<String> invalid = List.of(
                TicketIssuer.create(KeyRing.generate("test")).issue(ticket().build()),
                TicketIssuer.create(KeyRing.generate("other")).issue(ticket().build()),
                genuine.substring(1),
                genuine + "A",
                resources().mint(resource(fixture.host.internalUrl())),
                fixture.store("a", "hello").token(),
                relayToken(),
                "",
                "a.b.c");
        int before = fixture.files().size();
        for (String token : invalid) {
            assertProblem(client.create("Upload-Length: 5\r\nUpload-Ticket: " + token + "\r\n"), 401, "ticket-invalid");
        }
        UploadTicket.Builder old = UploadTicket.builder(Clock.offset(Clock.systemUTC(), Duration.ofHours(-2)))
                .uploadsExpireAt(Instant.now().plusSeconds(3600));
        assertProblem(client.create("Upload-Length: 5\r\n" + field(old)), 401, "ticket-expired");
        assertThat(fixture.files()).hasSize(before);
    }

    @Test
    void ticket_limits_holdFromTheFirstRequest() throws Exception {
        assertProblem(
                client.create("Upload-Length: 5\r\n" + field(ticket().size(FileSize.atMost(4)))),
                413,
                "file-too-large");
        assertProblem(
                client.create("Upload-Length: 5\r\n" + field(ticket().size(FileSize.exactly(6)))),
                422,
                "size-mismatch");
        assertProblem(
                client.create("Upload-Length: 5\r\nUpload-Metadata: " + metadata("filetype", "image/png") + "\r\n"
                        + field(ticket().types("image/gif"))),
                415,
                "type-not-accepted");
        String two = field(ticket().files(2).batch(new Batch("b", 2, 1)));
        assertProblem(client.create("Upload-Length: 5\r\nUpload-Slot: 2\r\n" + two), 413, "too-many-files");
        assertProblem(client.create("Upload-Length: 5\r\nUpload-Slot: x\r\n" + two), 400, "malformed-request");
        fixture.awaitNothingLeft();

        String most =
                TusClient.path(client.create("Upload-Defer-Length: 1\r\n" + field(ticket().size(FileSize.atMost(4)))));
        assertProblem(client.patch(most, 0, HELLO), 413, "file-too-large");
        assertProblem(client.patch(most, 0, NONE, "Upload-Length: 5\r\n"), 413, "file-too-large");
        assertOffset(most, 0);
        String exact =
                TusClient.path(client.create("Upload-Defer-Length: 1\r\n" + field(ticket().size(FileSize.exactly(6)))));
        assertProblem(client.patch(exact, 0, HELLO, "Upload-Length: 5\r\n"), 422, "size-mismatch");
        assertThat(receipt(client.patch(exact, 0, "hello!".getBytes(US_ASCII), "Upload-Length: 6\r\n"))
                        .size())
                .isEqualTo(6);
    }

    /** A client that remembers URLs finds the one of another order's upload of the same file. */
    @Test
    void ticket_otherThanTheUploads_notFound() throws Exception {
        UploadTicket first = ticket().build();
        String own = "Upload-Ticket: " + TicketIssuer.create(fixture.keyRing).issue(first) + "\r\n";
        String other = field(ticket());
        String path = TusClient.path(client.create("Upload-Length: 5\r\n" + own));
        assertThat(client.patch(path, 0, "he".getBytes(US_ASCII), own).status()).isEqualTo(204);

        assertProblem(client.patch(path, 2, "llo".getBytes(US_ASCII), other), 404, "not-found");
        assertStatus(client.send("HEAD", path, TUS + other, NONE), 404);
        assertProblem(client.send("DELETE", path, TUS + other, NONE), 404, "not-found");

        UploadTicket over = UploadTicket.builder(Clock.offset(Clock.systemUTC(), Duration.ofDays(-3)))
                .id(first.id())
                .build();
        for (String shown : List.of(
                own,
                "",
                "Authorization: Bearer of.the.application\r\n",
                "Upload-Ticket: " + TicketIssuer.create(fixture.keyRing).issue(over) + "\r\n")) {
            assertThat(client.send("HEAD", path, TUS + shown, NONE).header("Upload-Offset"))
                    .as(shown)
                    .isEqualTo("2");
        }
        assertThat(fixture.stored(receipt(client.patch(path, 2, "llo".getBytes(US_ASCII), own))))
                .isEqualTo("hello");
        assertStatus(client.send("HEAD", path, TUS + other, NONE), 404);
        String without = client.created(5);
        assertThat(client.send("HEAD", without, TUS + other, NONE).status()).isEqualTo(200);
    }

    @Test
    void ticket_digest_mismatchFreesTheSlot() throws Exception {
        ContentDigest digest =
                ContentDigest.of(MessageDigest.getInstance("SHA-256").digest(HELLO));
        String field = field(ticket().digest(digest).batch(new Batch("b", 2, 2)).context("{\"cart\":7}"));
        String path = TusClient.path(client.create("Upload-Length: 5\r\n" + field));
        assertThat(client.patch(path, 0, "hel".getBytes(US_ASCII)).status()).isEqualTo(204);
        assertProblem(client.patch(path, 3, "LO".getBytes(US_ASCII)), 422, "digest-mismatch");
        assertStatus(client.head(path), 404);
        fixture.awaitNothingLeft();

        assertProblem(
                client.create("Upload-Length: 5\r\n" + BYTES + field, "hullo".getBytes(US_ASCII)),
                422,
                "digest-mismatch");
        UploadReceipt receipt = receipt(client.create("Upload-Length: 5\r\n" + BYTES + field, HELLO));
        assertThat(receipt.batch()).contains(new Batch("b", 2, 2));
        assertThat(receipt.context()).contains("{\"cart\":7}");
    }

    /** If the response to a creation is lost, the client creates again. The slot is free until the first byte comes. */
    @Test
    void ticket_slotTwice_refusedOnceBegun() throws Exception {
        String field = field(ticket().files(2));
        String lost = TusClient.path(client.create("Upload-Length: 9\r\n" + field));
        String path = TusClient.path(client.create("Upload-Length: 5\r\n" + field));
        assertThat(client.head(lost).header("Upload-Length")).as("one upload").isEqualTo("5");
        client.patch(path, 0, "he".getBytes(US_ASCII));

        assertProblem(client.create("Upload-Length: 5\r\n" + field), 409, "slot-taken");
        assertThat(put(field).status()).isEqualTo(409);
        assertOffset(path, 2);
        UploadReceipt receipt = receipt(client.patch(path, 2, "llo".getBytes(US_ASCII)));
        assertProblem(client.create("Upload-Length: 5\r\n" + field), 409, "slot-taken");
        fixture.store.discard(receipt.id(), receipt.owner().hour());
        assertProblem(client.create("Upload-Length: 5\r\n" + field), 409, "slot-taken");
        assertThat(put(field + "Upload-Slot: 1\r\n").status()).isEqualTo(201);
        assertProblem(client.create("Upload-Length: 5\r\nUpload-Slot: 1\r\n" + field), 409, "slot-taken");
    }

    private Wire.Response put(String fields) throws Exception {
        return client.send("PUT", ENDPOINT, fields, HELLO);
    }

    @Test
    void ticket_partials_sixteenPlacesAndNoReceipt() throws Exception {
        String field = field(ticket().size(FileSize.exactly(5)).types("image/*"));
        String asPartial = "Upload-Concat: partial\r\n" + field;
        List<String> partials = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            partials.add(client.created(5, asPartial));
        }
        assertProblem(client.create("Upload-Length: 5\r\n" + asPartial), 409, "slot-taken");
        String first = partials.get(0);
        assertThat(client.patch(first, 0, HELLO).header("Upload-Receipt")).isEmpty();
        assertThat(client.head(first).header("Upload-Receipt")).isEmpty();
        assertThat(client.patch(first, 5, NONE).header("Upload-Receipt")).isEmpty();

        assertThat(client.delete(first).status()).isEqualTo(204);
        String again = client.created(5, asPartial);
        Wire.Response filled = client.patch(again, 0, HELLO);
        assertThat(filled.status()).as(filled.body()).isEqualTo(204);
        Wire.Response empty = client.create("Upload-Length: 0\r\n" + BYTES + asPartial.replace("Upload-Ticket", "X"));
        assertThat(empty.header("Upload-Receipt"))
                .as("an empty partial upload has none")
                .isEmpty();
        assertThat(empty.body()).isEmpty();
    }

    @Test
    void ticket_concatenation_mustMeetIt() throws Exception {
        String field = field(ticket().size(FileSize.exactly(10)).types("image/*"));
        String image = "Upload-Metadata: " + metadata("filetype", "image/png") + "\r\n" + field;
        String hello = client.created(5, "Upload-Concat: partial\r\n" + field);
        client.patch(hello, 0, HELLO);
        String twice = "Upload-Concat: final;" + hello + " " + hello + "\r\n";
        String once = "Upload-Concat: final;" + hello + "\r\n";
        String thrice = "Upload-Concat: final;" + hello + " " + hello + " " + hello + "\r\n";
        assertProblem(client.create(once + image), 422, "size-mismatch");
        assertProblem(client.create(thrice + image), 413, "file-too-large");
        assertProblem(client.create(twice + field), 415, "type-not-accepted");
        UploadReceipt stored = receipt(client.create(twice + image));
        assertThat(fixture.stored(stored)).isEqualTo("hellohello");
        assertThat(receipt(client.create(twice + image)).id()).as("repeated").isEqualTo(stored.id());
        String renamed = image.replace("\r\n" + field, "," + metadata("filename", "other") + "\r\n" + field);
        assertProblem(client.create(twice + renamed), 409, "slot-taken");
    }

    @Test
    void offsets_wrong_refusedAndUnchanged() throws Exception {
        String path = client.created(10);
        client.patch(path, 0, HELLO);
        for (long offset : new long[] {0, 4, 6, 10, 999_999_999_999_999_999L}) {
            Wire.Response response = client.patch(path, offset, HELLO);
            assertProblem(response, 409, "offset-mismatch");
            assertThat(response.header("Upload-Offset")).isEqualTo("5");
        }
        for (String offset : List.of("-1", "x", "", "5.0", "+5", "0x5", "5, 5", "9999999999999999999")) {
            assertProblem(patchWith(path, "Upload-Offset: " + offset + "\r\n"), 400, "malformed-request");
        }
        assertProblem(patchWith(path, ""), 400, "malformed-request");
        assertOffset(path, 5);
        assertThat(fixture.stored(receipt(client.patch(path, 5, HELLO)))).isEqualTo("hellohello");
    }

    private Wire.Response patchWith(String path, String fields) throws Exception {
        return client.send("PATCH", path, TUS + BYTES + fields, HELLO);
    }

    @Test
    void lengths_wrong_refused() throws Exception {
        for (String fields : List.of(
                "",
                "Upload-Length: 5\r\nUpload-Defer-Length: 1\r\n",
                "Upload-Defer-Length: 2\r\n",
                "Upload-Length: -5\r\n",
                "Upload-Length: five\r\n",
                "Upload-Length: 1e3\r\n",
                "Upload-Length:\r\n")) {
            assertProblem(client.create(fields), 400, "malformed-request");
        }
        assertProblem(client.create("Upload-Length: 1001\r\n"), 413, "file-too-large");
        assertProblem(client.create("Upload-Length: 9223372036854775808\r\n"), 413, "file-too-large");
        assertProblem(
                client.create("Upload-Length: 5\r\n" + BYTES, "hello!".getBytes(US_ASCII)), 413, "file-too-large");
        fixture.awaitNothingLeft();

        String known = client.created(10);
        String later = TusClient.path(client.create("Upload-Defer-Length: 1\r\n"));
        assertProblem(client.patch(known, 0, HELLO, "Upload-Length: 11\r\n"), 400, "length-mismatch");
        assertOffset(known, 0);
        assertThat(client.patch(known, 0, HELLO, "Upload-Length: 10\r\n").status())
                .isEqualTo(204);
        client.patch(later, 0, HELLO);
        assertProblem(client.patch(later, 5, NONE, "Upload-Length: 4\r\n"), 400, "length-mismatch");
        assertProblem(client.patch(later, 5, NONE, "Upload-Length: 1001\r\n"), 413, "file-too-large");
        assertThat(client.patch(later, 5, NONE, "Upload-Length: 7\r\n").status())
                .isEqualTo(204);
        assertProblem(client.patch(later, 5, NONE, "Upload-Length: 8\r\n"), 400, "length-mismatch");
        assertThat(client.head(later).header("Upload-Length")).isEqualTo("7");
        assertOffset(later, 5);
    }

    @Test
    void version_wrongOrMissing_refused() throws Exception {
        String path = client.created(5);
        for (String version : List.of("", "Tus-Resumable: 0.2.2\r\n", "Tus-Resumable: 1.0\r\n", "Tus-Resumable:\r\n")) {
            Wire.Response response = client.send("PATCH", path, version + BYTES + "Upload-Offset: 0\r\n", HELLO);
            assertProblem(response, 412, "version-not-supported");
            assertThat(response.header("Tus-Version")).isEqualTo("1.0.0");
            if (version.isEmpty()) {
                continue; // HEAD and DELETE without a version may belong to another protocol
            }
            assertStatus(client.send("HEAD", path, version, NONE), 412);
            assertThat(client.send("DELETE", path, version, NONE).status()).isEqualTo(412);
        }
        assertProblem(
                client.send("POST", ENDPOINT, "Tus-Resumable: 2.0.0\r\nUpload-Length: 5\r\n", NONE),
                412,
                "version-not-supported");
        assertOffset(path, 0);
    }

    @Test
    void content_ofAnotherKind_refused() throws Exception {
        String path = client.created(5);
        String offset = TUS + "Upload-Offset: 0\r\n";
        for (String type : List.of("", "Content-Type: text/plain\r\n", "Content-Type: application/octet-stream\r\n")) {
            assertProblem(client.send("PATCH", path, offset + type, HELLO), 415, "unsupported-content");
            assertProblem(client.create("Upload-Length: 5\r\n" + type, HELLO), 415, "unsupported-content");
        }
        for (String coding : List.of("gzip", "identity\r\nContent-Encoding: gzip", "")) {
            String field = "Content-Encoding: " + coding + "\r\n";
            assertProblem(client.send("PATCH", path, offset + BYTES + field, HELLO), 415, "unsupported-content");
            assertProblem(client.create("Upload-Length: 5\r\n" + BYTES + field, HELLO), 415, "unsupported-content");
        }
        assertOffset(path, 0);
        Wire.Response plain = client.send("PATCH", path, offset + BYTES + "Content-Encoding: identity\r\n", HELLO);
        assertThat(receipt(plain).size()).isEqualTo(5);
    }

    @Test
    void methods_notMeant_refused() throws Exception {
        String path = client.created(5);
        for (String method : List.of("patch", "NONSENSE", "GET", "POST", "PUT", "DELETE HEAD", "")) {
            Wire.Response response = client.send(
                    "POST",
                    path,
                    TUS + BYTES + "Upload-Offset: 0\r\nX-HTTP-Method-Override: " + method + "\r\n",
                    HELLO);
            assertProblem(response, 405, "method-not-allowed");
        }
        assertProblem(client.send("PUT", path, TUS + BYTES + "Upload-Offset: 0\r\n", HELLO), 405, "method-not-allowed");
        assertProblem(
                client.send("POST", ENDPOINT, TUS + "X-HTTP-Method-Override: PATCH\r\n", NONE),
                404,
                "method-not-allowed");
        assertOffset(path, 0);
        assertStatus(client.send("HEAD", ENDPOINT, TUS, NONE), 404);
    }

    @Test
    void metadata_malformedOrTooLarge_refused() throws Exception {
        String pairs = String.join(
                ",",
                IntStream.range(0, 33).mapToObj(i -> metadata("k" + i, "v")).toList());
        for (String text : List.of(
                "filename",
                "filename YQ==,",
                ",",
                "filename !!!",
                "filename YQ== YQ==",
                "a YQ==,a YQ==",
                "filename //79",
                "f\u00FC YQ==",
                "filename YQ=",
                pairs)) {
            Wire.Response response = client.create("Upload-Length: 5\r\nUpload-Metadata: " + text + "\r\n");
            if (text.equals("filename")) {
                assertThat(response.status()).as("a key alone is allowed").isEqualTo(201);
            } else {
                assertProblem(response, 400, "malformed-request");
            }
        }
        String large = metadata("filename", "x".repeat(2300));
        assertThat(large).hasSizeGreaterThan(3000);
        assertProblem(client.create("Upload-Length: 5\r\nUpload-Metadata: " + large + "\r\n"), 413, "fields-too-large");
    }

    @Test
    void metadata_hostileNames_madeSafeAndRepeatedAsSent() throws Exception {
        for (String name : List.of(
                "../../etc/passwd",
                "C:\\autoexec.bat",
                "a\r\nSet-Cookie: x=1",
                "\0\u0001\u007F\u202E",
                "..",
                "",
                "x".repeat(700),
                "\uD83D\uDE00".repeat(100))) {
            String field = metadata("filename", name) + "," + metadata("filetype", "text/html\r\nx: y");
            Wire.Response response =
                    client.create("Upload-Length: 5\r\nUpload-Metadata: " + field + "\r\n" + BYTES, HELLO);
            UploadReceipt receipt = receipt(response);
            assertThat(receipt.name())
                    .doesNotContainPattern("[/\\\\\\p{Cntrl}\u202E]")
                    .isNotIn("", ".", "..");
            assertThat(receipt.name().getBytes(UTF_8).length).isLessThanOrEqualTo(255);
            assertThat(receipt.type()).doesNotContain("\r", "\n");
            Wire.Response head = client.head(TusClient.path(response));
            assertThat(head.header("Upload-Metadata")).isEqualTo(field);
            assertThat(head.header("Set-Cookie")).isEmpty();
        }
    }

    @Test
    void urls_notOurs_refused() throws Exception {
        String path = client.created(5);
        client.patch(path, 0, "he".getBytes(US_ASCII));
        String token = path.substring(path.lastIndexOf('/') + 1);
        for (int at : new int[] {2, 10, 40, token.length() / 2, token.length() - 5}) {
            char other = token.charAt(at) == 'A' ? 'B' : 'A';
            assertNotFound("/uploads/" + token.substring(0, at) + other + token.substring(at + 1));
        }
        UploadResource resource = resources().verify(token);
        assertNotFound("/uploads/" + new ResourceTokens(KeyRing.generate("test"), Clock.systemUTC()).mint(resource));
        for (String noUpload : List.of(encryptedReceipt(), relayToken(), "B" + token.substring(1))) {
            assertProblem(
                    client.send("PATCH", "/uploads/" + noUpload, TUS + BYTES + "Upload-Offset: 0\r\n", HELLO),
                    404,
                    "method-not-allowed");
        }

        String elsewhere = "/uploads/" + resources().mint(resource(URI.create("http://127.0.0.1:1")));
        assertProblem(client.patch(elsewhere, 0, HELLO), 503, "unavailable");
        String unknown = "/uploads/" + resources().mint(resource(fixture.host.internalUrl()));
        assertProblem(client.patch(unknown, 0, HELLO), 404, "upload-gone");
        String expired = "/uploads/"
                + new ResourceTokens(fixture.keyRing, Clock.offset(Clock.systemUTC(), Duration.ofHours(-2)))
                        .mint(new UploadResource(
                                fixture.host.internalUrl(),
                                resource.id(),
                                Instant.now().minusSeconds(3600)));
        assertProblem(client.patch(expired, 2, HELLO), 404, "upload-gone");
        assertStatus(client.head(expired), 404);
        assertOffset(path, 2);
    }

    /** A client that is told 404 forgets the URL, although only the clock of one host is wrong. */
    @Test
    void url_ofTheFuture_comeAgainLater() throws Exception {
        ResourceTokens ahead =
                new ResourceTokens(fixture.keyRing, Clock.offset(Clock.systemUTC(), Duration.ofSeconds(90)));
        UploadResource resource = resources().verify(UploadUrls.token(client.created(5)));
        String path = "/uploads/" + ahead.mint(resource);
        assertStatus(client.head(path), 503);
        assertThat(client.head(path).header("Retry-After")).isEqualTo("5");
        assertProblem(client.patch(path, 0, HELLO), 503, "unavailable");
        assertProblem(client.create("Upload-Concat: final;" + path + "\r\n"), 503, "unavailable");
    }

    private void assertNotFound(String path) throws Exception {
        assertProblem(client.patch(path, 2, HELLO), 404, "not-found");
        assertStatus(client.head(path), 404);
        assertProblem(client.delete(path), 404, "not-found");
    }

    @Test
    void concatenation_ofOtherThanCompletePartials_refused() throws Exception {
        String partial = client.created(5, "Upload-Concat: partial\r\n");
        assertConcatenationRefused(partial, 409, "not-finished");
        client.patch(partial, 0, HELLO);
        String concatenated = TusClient.path(client.create("Upload-Concat: final;" + partial + "\r\n"));
        assertProblem(client.patch(concatenated, 5, HELLO), 403, "forbidden");
        assertProblem(client.patch(concatenated, 0, NONE), 403, "forbidden");
        assertConcatenationRefused(concatenated, 409, "not-finished");
        assertConcatenationRefused(partial + " " + concatenated, 409, "not-finished");
        String regular = client.created(5);
        client.patch(regular, 0, HELLO);
        assertConcatenationRefused(regular, 409, "not-finished");
        String others = client.created(5, "Upload-Concat: partial\r\nX-User: bob\r\n");
        client.patch(others, 0, HELLO);
        assertConcatenationRefused(others, 403, "forbidden");
        assertConcatenationRefused(
                "/uploads/" + resources().mint(resource(URI.create("http://127.0.0.1:1"))), 503, "unavailable");
        assertConcatenationRefused(
                "/uploads/"
                        + new ResourceTokens(KeyRing.generate("test"), Clock.systemUTC())
                                .mint(resource(fixture.host.internalUrl())),
                404,
                "not-found");
        assertConcatenationRefused("", 404, "not-found");
        assertConcatenationRefused("x", 404, "not-found");
        client.delete(partial);
        assertConcatenationRefused(partial, 404, "upload-gone");
        assertThat(client.head(concatenated).header("Upload-Receipt"))
                .as("the concatenation is complete")
                .isNotEmpty();
    }

    private void assertConcatenationRefused(String urls, int status, String type) throws Exception {
        int before = fixture.files().size();
        assertProblem(client.create("Upload-Concat: final;" + urls + "\r\n"), status, type);
        assertThat(fixture.files()).hasSize(before);
    }

    @Test
    void concatenation_malformed_refused() throws Exception {
        String partial = client.created(5, "Upload-Concat: partial\r\n");
        client.patch(partial, 0, HELLO);
        for (String text : List.of("", "final", "Partial", "partial;" + partial, "part", "final " + partial)) {
            assertProblem(
                    client.create("Upload-Length: 5\r\nUpload-Concat: " + text + "\r\n"), 400, "malformed-request");
        }
        assertProblem(
                client.create("Upload-Length: 5\r\nUpload-Concat: final;" + partial + "\r\n"),
                400,
                "malformed-request");
    }
}
