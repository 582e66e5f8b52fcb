package io.github.uploadreceipts.objectstorage.internal.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.objectstorage.testing.RawServer;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What the client makes of responses that are wrong, late or cut off. */
@Execution(ExecutionMode.CONCURRENT)
class S3ClientTest {

    private static final Optional<Instant> NEVER = Optional.empty();
    private static final S3Credentials KEY = new S3Credentials("id", "the-secret");
    private static final String LAST_MODIFIED = "\r\nLast-Modified: Sun, 29 Nov 2026 06:00:00 GMT";
    private static final String MD5_OF_HELLO = "5d41402abc4b2a76b9719d911017c592";
    private static final String ETAG_OF_HELLO = "\r\nETag: \"" + MD5_OF_HELLO + "\"";
    private static final String SHA256_OF_HELLO = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

    private static S3Client client(RawServer server, Supplier<S3Credentials> credentials, Clock clock) {
        S3Bucket bucket = S3Bucket.of(URI.create(server.url()), "uploads", "eu-1", true);
        return new S3Client(bucket, credentials, clock, 100);
    }

    private static S3Client client(RawServer server) {
        return client(server, () -> KEY, Clock.systemUTC());
    }

    private static ByteBuffer hello() {
        return ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] ok(String body) {
        return RawServer.response("200 OK", body);
    }

    private static byte[] error(String status, String code) {
        return RawServer.response(
                status,
                "<?xml version=\"1.0\"?><Error><Code>" + code
                        + "</Code><Message>It is &lt;so&gt;.</Message><SignatureProvided>f00</SignatureProvided></Error>");
    }

    /** Responds to the requests in this order. */
    private static RawServer.Script inOrder(byte[]... responses) {
        return (number, request, out) -> out.write(responses[Math.min(number, responses.length) - 1]);
    }

    /** Every request that the server may refuse. */
    private interface Call {
        Object on(S3Client client) throws StoreException;
    }

    private static final List<Call> CALLS = List.of(
            client -> client.put("a", hello(), NEVER),
            client -> client.putIfAbsent("a", hello(), NEVER),
            client -> client.begin("a", NEVER),
            client -> client.head("a"),
            client -> client.get("a", 100),
            client -> client.open("a", 0, 5, MD5_OF_HELLO),
            client -> client.open("a", 0, 0, MD5_OF_HELLO),
            client -> client.copy("a", MD5_OF_HELLO, "b", NEVER),
            client -> client.delete("a"),
            client -> client.list("", ""),
            client -> client.directories(""));

    private static void assertAll(RawServer.Script script, Class<? extends StoreException> type, String message)
            throws IOException {
        try (RawServer server = RawServer.start(script);
                S3Client client = client(server)) {
            for (Call call : CALLS) {
                assertThatThrownBy(() -> call.on(client))
                        .isInstanceOf(type)
                        .hasMessageContaining(message)
                        .hasMessageNotContainingAny("the-secret", "Signature", "f00");
            }
        }
    }

    @Test
    void anything_redirect_isNotFollowed() throws IOException {
        try (RawServer other = RawServer.start(inOrder(ok("")))) {
            for (String status : List.of("301 Moved", "302 Found", "307 Temporary", "308 Permanent")) {
                byte[] redirect = RawServer.response(status + "\r\nLocation: " + other.url() + "/uploads/a", "");
                assertAll(
                        inOrder(redirect),
                        StoreException.Failed.class,
                        ": " + status.substring(0, 3) + "; redirects are not followed");
            }
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void anything_hugeErrorBody_isReadInPart() throws IOException {
        byte[] some = "<b>no</b>\n".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
        AtomicInteger written = new AtomicInteger();
        try (RawServer server = RawServer.start((number, request, out) -> {
                    out.write("HTTP/1.1 400 Bad\r\nContent-Length: 100000000\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
                    for (int i = 0; i < 1_000; i++) {
                        out.write(some);
                        written.incrementAndGet();
                    }
                });
                S3Client client = client(server)) {
            assertThatThrownBy(() -> client.get("a", 10))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageStartingWith("GET a: 400 (no no no ")
                    .message()
                    .hasSizeLessThan(300);
            assertThat(written.get()).isLessThan(900);
        }
    }

    @Test
    void anything_busy_isUnavailableAfterTwoTries() throws IOException {
        for (String status : List.of("503 Slow Down", "500 Error", "429 Too Many")) {
            assertAll(
                    inOrder(RawServer.response(status, "")),
                    StoreException.Unavailable.class,
                    ": " + status.substring(0, 3));
        }
        try (RawServer server = RawServer.start((number, request, out) -> {});
                S3Client client = client(server)) {
            assertThatThrownBy(() -> client.head("a")).isInstanceOf(StoreException.Unavailable.class);
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void anything_status507_isFull() throws IOException {
        assertAll(inOrder(RawServer.response("507 Insufficient Storage", "")), StoreException.Full.class, ": 507");
    }

    @Test
    void get_error_namesCodeAndText() throws IOException {
        try (RawServer server = RawServer.start(inOrder(error("403 Forbidden", "SignatureDoesNotMatch")));
                S3Client client = client(server)) {
            assertThatThrownBy(() -> client.get("a", 1))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessage("GET a: 403 SignatureDoesNotMatch (It is .)");
        }
    }

    @Test
    void get_missingBucket_fails() throws IOException {
        for (byte[] response : List.of(error("404 Not Found", "NoSuchBucket"), RawServer.response("404 None", "no"))) {
            try (RawServer server = RawServer.start(inOrder(response));
                    S3Client client = client(server)) {
                assertThatThrownBy(() -> client.get("a", 1)).isInstanceOf(StoreException.Failed.class);
                assertThatThrownBy(() -> client.open("a", 0, 1, "e")).isInstanceOf(StoreException.Failed.class);
            }
        }
    }

    @Test
    void anything_clockIsWrong_saysSo() throws IOException {
        Clock late = Clock.fixed(Instant.parse("2026-11-29T06:20:00Z"), ZoneOffset.UTC);
        byte[] response = error("403 Forbidden", "RequestTimeTooSkewed");
        try (RawServer server = RawServer.start(inOrder(response));
                S3Client client = client(server, () -> KEY, late)) {
            for (Call call : CALLS) { // some of them by HEAD, whose response has no code
                assertThatThrownBy(() -> call.on(client))
                        .isInstanceOf(StoreException.Failed.class)
                        .hasMessageEndingWith(
                                "; the clocks of this host and of the store differ by 1200 s: set the time");
            }
        }
    }

    @Test
    void head_withoutLengthOrEtag_fails() throws IOException {
        for (String fields : List.of(ETAG_OF_HELLO + LAST_MODIFIED, "\r\nContent-Length: 5" + LAST_MODIFIED)) {
            byte[] response = ("HTTP/1.1 200 OK" + fields + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
            try (RawServer server = RawServer.start(inOrder(response));
                    S3Client client = client(server)) {
                assertThatThrownBy(() -> client.head("a"))
                        .isInstanceOf(StoreException.Failed.class)
                        .hasMessageEndingWith("which is not S3");
            }
        }
    }

    @Test
    void put_503ThenFine_sendsTheBodyTwice() throws IOException {
        try (RawServer server = RawServer.start(
                        inOrder(RawServer.response("503 Busy", ""), RawServer.response("200 OK" + ETAG_OF_HELLO, "")));
                S3Client client = client(server)) {
            assertThat(client.put("a", hello(), NEVER).size()).isEqualTo(5);
            assertThat(server.requests()).extracting(RawServer.Request::body).containsExactly("hello", "hello");
            RawServer.Request request = server.requests().get(0);
            assertThat(request.head()).startsWith("PUT /uploads/a HTTP/1.1");
            assertThat(request.field("x-amz-content-sha256"))
                    .isEqualTo("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
            assertThat(request.field("x-amz-checksum-sha256")).isEqualTo(SHA256_OF_HELLO);
        }
    }

    @Test
    void put_checksumInsteadOfMd5_isProof() throws IOException {
        try (RawServer server = RawServer.start(inOrder(
                        RawServer.response("200 OK\r\nETag: \"x\"\r\nx-amz-checksum-sha256: " + SHA256_OF_HELLO, ""),
                        RawServer.response("200 OK" + ETAG_OF_HELLO + "\r\nx-amz-checksum-sha256: AAAA", "")));
                S3Client client = client(server)) {
            assertThat(client.put("a", hello(), NEVER).etag()).isEqualTo("x");
            assertThatThrownBy(() -> client.put("a", hello(), NEVER)).isInstanceOf(StoreException.Failed.class);
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void put_responseProvesNothing_isReadBack() throws IOException {
        for (boolean same : new boolean[] {true, false}) {
            try (RawServer server = RawServer.start(inOrder(
                            RawServer.response("200 OK\r\nETag: \"x\"", ""),
                            RawServer.response(
                                    "206 Partial\r\nETag: \"x\"\r\nContent-Range: bytes 0-4/5",
                                    same ? "hello" : "hellO")));
                    S3Client client = client(server)) {
                if (same) {
                    assertThat(client.put("a", hello(), NEVER).etag()).isEqualTo("x");
                } else {
                    assertThatThrownBy(() -> client.put("a", hello(), NEVER))
                            .isInstanceOf(StoreException.Failed.class)
                            .hasMessageContaining("other bytes");
                }
                assertThat(server.requests().get(1).field("If-Match")).isEqualTo("\"x\"");
            }
        }
    }

    @Test
    void putIfAbsent_responseToTheFirstTryIsLost_knowsItsOwnObject() throws IOException {
        for (boolean own : new boolean[] {true, false}) {
            StringBuilder writer = new StringBuilder();
            try (RawServer server = RawServer.start((number, request, out) -> {
                        if (number == 1) {
                            writer.append(own ? request.field("x-amz-meta-writer") : "another");
                        } else if (number == 2) {
                            out.write(error("412 Precondition Failed", "PreconditionFailed"));
                        } else {
                            out.write(RawServer.response(
                                    "200 OK" + ETAG_OF_HELLO + LAST_MODIFIED + "\r\nx-amz-meta-writer: " + writer, ""));
                        }
                    });
                    S3Client client = client(server)) {
                assertThat(client.putIfAbsent("a", hello(), NEVER)).isEqualTo(own);
                assertThat(server.requests().get(0).field("If-None-Match")).isEqualTo("*");
            }
        }
    }

    @Test
    void putIfAbsent_ownObjectOfTheFirstTry_isProved() throws IOException {
        StringBuilder writer = new StringBuilder();
        try (RawServer server = RawServer.start((number, request, out) -> {
                    if (number == 1) {
                        writer.append(request.field("x-amz-meta-writer"));
                    } else if (number == 2) {
                        out.write(error("412 Precondition Failed", "PreconditionFailed"));
                    } else if (number == 3) {
                        out.write(RawServer.response(
                                "200 OK\r\nETag: \"x\"" + LAST_MODIFIED + "\r\nx-amz-meta-writer: " + writer, ""));
                    } else {
                        out.write(RawServer.response(
                                "206 Partial\r\nETag: \"x\"\r\nContent-Range: bytes 0-4/5", "hellO"));
                    }
                });
                S3Client client = client(server)) {
            assertThatThrownBy(() -> client.putIfAbsent("a", hello(), NEVER))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("other bytes");
        }
    }

    @Test
    void hasAtomicPut_storeHasNoCondition_isFalse() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> out.write(
                        request.head().startsWith("PUT")
                                ? error("501 Not Implemented", "NotImplemented")
                                : RawServer.response("404 Not Found", "")));
                S3Client client = client(server)) {
            assertThat(client.hasAtomicPut()).isFalse();
            assertThatThrownBy(() -> client.putIfAbsent("a", hello(), NEVER))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("501");
        }
    }

    @Test
    void hasAtomicPut_conditionIsIgnored_isFalse() throws IOException {
        try (RawServer server = RawServer.start(new Memory(false, 0));
                S3Client client = client(server)) {
            assertThat(client.hasAtomicPut()).isFalse();
        }
    }

    @Test
    void hasAtomicPut_storeIsDown_isFoundOutLater() throws IOException {
        Memory memory = new Memory(true, 100);
        try (RawServer server = RawServer.start(memory);
                S3Client client = client(server)) {
            assertThatThrownBy(client::hasAtomicPut).isInstanceOf(StoreException.Unavailable.class);
            memory.downFor = "PUT";
            assertThatThrownBy(client::hasAtomicPut).isInstanceOf(StoreException.Unavailable.class);
            memory.down.set(0);
            assertThat(client.hasAtomicPut()).isTrue();
            assertThat(memory.objects).isEmpty();
            int requests = server.requests().size();
            assertThat(client.hasAtomicPut()).isTrue();
            assertThat(server.requests()).hasSize(requests);
        }
    }

    /** A store that holds small objects. */
    private static final class Memory implements RawServer.Script {

        private final boolean atomic;
        final AtomicInteger down;
        volatile String downFor = "";
        final Map<String, String> objects = new ConcurrentHashMap<>();

        Memory(boolean atomic, int down) {
            this.atomic = atomic;
            this.down = new AtomicInteger(down);
        }

        @Override
        public void respond(int number, RawServer.Request request, OutputStream out) throws IOException {
            String path = request.head().split(" ", -1)[1];
            String known = objects.get(path);
            if (request.head().startsWith(downFor) && down.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
                out.write(RawServer.response("503 Down", ""));
            } else if (request.head().startsWith("DELETE")) {
                objects.remove(path);
                out.write("HTTP/1.1 204 Gone\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            } else if (!request.head().startsWith("PUT")) {
                out.write(
                        known == null
                                ? RawServer.response("404 Not Found", "")
                                : RawServer.response("200 OK\r\nETag: \"e\"" + LAST_MODIFIED, known));
            } else if (known != null && atomic) {
                out.write(error("412 Precondition Failed", "PreconditionFailed"));
            } else {
                objects.put(path, request.body());
                String sum = request.field("x-amz-checksum-sha256");
                out.write(RawServer.response("200 OK\r\nETag: \"e\"\r\nx-amz-checksum-sha256: " + sum, ""));
            }
        }
    }

    private static final byte[] BEGUN = ok(
            "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><UploadId>u+/=1</UploadId>"
                    + "</InitiateMultipartUploadResult>");
    private static final byte[] PART = RawServer.response("200 OK" + ETAG_OF_HELLO, "");
    private static final byte[] COMPLETE =
            ok("<CompleteMultipartUploadResult><ETag>&quot;m-1&quot;</ETag></CompleteMultipartUploadResult>");

    @Test
    void parts_keyExpiresInTheMiddle_asksForAnother() throws IOException {
        Deque<S3Credentials> keys = new ArrayDeque<>();
        for (String id : List.of("old", "old", "new", "new", "new")) {
            keys.add(new S3Credentials(id, "the-secret", Optional.of("token-" + id)));
        }
        try (RawServer server = RawServer.start((number, request, out) -> {
                    boolean old = request.field("x-amz-security-token").equals("token-old");
                    if (request.head().startsWith("POST") && number == 1) {
                        out.write(BEGUN);
                    } else if (old) {
                        out.write(error("400 Bad Request", "ExpiredToken"));
                    } else if (request.head().startsWith("PUT")) {
                        out.write(PART);
                    } else if (request.head().startsWith("POST")) {
                        out.write(COMPLETE);
                    } else {
                        out.write(
                                "HTTP/1.1 200 OK\r\nETag: \"m-1\"\r\nContent-Length: 5\r\nLast-Modified: Sun, 29 Nov 2026 06:00:00 GMT\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                    }
                });
                S3Client client = client(server, keys::remove, Clock.systemUTC());
                Parts parts = client.begin("a", NEVER)) {
            parts.write(hello());
            assertThat(parts.complete().etag()).isEqualTo("m-1");
            assertThat(server.requests()).hasSize(5);
            assertThat(server.requests().get(2).head()).startsWith("PUT /uploads/a?partNumber=1&uploadId=u%2B%2F%3D1 ");
            assertThat(server.requests().get(2).field("Authorization")).contains("Credential=new/");
            assertThat(server.requests().get(3).body())
                    .contains("<Part><PartNumber>1</PartNumber><ETag>&quot;" + MD5_OF_HELLO + "&quot;</ETag></Part>");
        }
    }

    @Test
    void anything_sameKeyAgain_isNotTriedAgain() throws IOException {
        try (RawServer server = RawServer.start(inOrder(error("400 Bad Request", "ExpiredToken")));
                S3Client client = client(server)) {
            assertThatThrownBy(() -> client.get("a", 1))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("400 ExpiredToken");
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void anything_supplierFails_isUnavailable() throws IOException {
        try (RawServer server = RawServer.start(inOrder(ok("")));
                S3Client client = client(
                        server,
                        () -> {
                            throw new IllegalStateException("no metadata service");
                        },
                        Clock.systemUTC())) {
            assertThatThrownBy(() -> client.get("a", 1))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("no metadata service");
        }
    }

    /** Begins an upload, writes a part, and lets {@code complete} respond to what comes then. */
    private static RawServer.Script upload(RawServer.Script complete) {
        return (number, request, out) -> {
            if (number < 3) {
                out.write(number == 1 ? BEGUN : PART);
            } else {
                complete.respond(number, request, out);
            }
        };
    }

    @Test
    void complete_errorWithStatus200_fails() throws IOException {
        for (String code : List.of("InternalError", "AccessDenied")) {
            Class<? extends StoreException> type =
                    code.equals("InternalError") ? StoreException.Unavailable.class : StoreException.Failed.class;
            try (RawServer server = RawServer.start(upload((number, request, out) -> out.write(
                            request.head().startsWith("POST")
                                    ? error("200 OK", code)
                                    : RawServer.response(
                                            "404 Not Found", "<Error><Code>NoSuchUpload</Code></Error>"))));
                    S3Client client = client(server);
                    Parts parts = client.begin("a", NEVER)) {
                parts.write(hello());
                assertThatThrownBy(parts::complete).isInstanceOf(type).hasMessage("POST a: 200 " + code + " (It is .)");
            }
        }
    }

    @Test
    void complete_responseToTheFirstTryIsLost_knowsItsOwnObject() throws IOException {
        for (boolean own : new boolean[] {true, false}) {
            StringBuilder writer = new StringBuilder();
            try (RawServer server = RawServer.start((number, request, out) -> {
                        if (number == 1) {
                            writer.append(own ? request.field("x-amz-meta-writer") : "another");
                        }
                        upload((again, same, to) -> {
                                    if (same.head().startsWith("HEAD")) {
                                        to.write(RawServer.response(
                                                "200 OK\r\nETag: \"m-1\"" + LAST_MODIFIED + "\r\nx-amz-meta-writer: "
                                                        + writer,
                                                "hello"));
                                    } else if (again > 3) {
                                        to.write(error("404 Not Found", "NoSuchUpload"));
                                    }
                                })
                                .respond(number, request, out);
                    });
                    S3Client client = client(server);
                    Parts parts = client.begin("a", NEVER)) {
                parts.write(hello());
                if (own) {
                    assertThat(parts.complete().etag()).isEqualTo("m-1");
                } else {
                    assertThatThrownBy(parts::complete).isInstanceOf(StoreException.Failed.class);
                }
            }
        }
    }

    @Test
    void close_completedWithoutOurKnowledge_deletesTheObject() throws IOException {
        StringBuilder writer = new StringBuilder();
        try (RawServer server = RawServer.start((number, request, out) -> {
                    String method = request.head().split(" ", -1)[0];
                    if (number < 3) {
                        writer.append(request.field("x-amz-meta-writer"));
                        out.write(number == 1 ? BEGUN : PART);
                    } else if (method.equals("HEAD")) {
                        out.write(RawServer.response(
                                "200 OK\r\nETag: \"m-1\"" + LAST_MODIFIED + "\r\nx-amz-meta-writer: " + writer,
                                "hello"));
                    } else if (request.head().contains("uploadId")) {
                        out.write(method.equals("POST") ? new byte[0] : error("404 Not Found", "NoSuchUpload"));
                    } else {
                        out.write(RawServer.response("204 Gone", ""));
                    }
                });
                S3Client client = client(server)) {
            try (Parts parts = client.begin("a", NEVER)) {
                parts.write(hello());
                assertThatThrownBy(parts::complete).isInstanceOf(StoreException.Unavailable.class);
            }
            assertThat(server.requests().get(server.requests().size() - 1).head())
                    .startsWith("DELETE /uploads/a HTTP");
        }
    }

    @Test
    void close_failed_canBeTriedAgain() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> out.write(
                        number == 1 ? BEGUN : RawServer.response(number == 2 ? "403 Forbidden" : "204 Gone", "")));
                S3Client client = client(server)) {
            Parts parts = client.begin("a", NEVER);
            assertThatThrownBy(parts::close).isInstanceOf(StoreException.Failed.class);
            parts.close();
            parts.close();
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void write_partIsNotProved_isReadBackAtTheEnd() throws IOException {
        for (boolean same : new boolean[] {true, false}) {
            try (RawServer server = RawServer.start((number, request, out) -> {
                        String method = request.head().split(" ", -1)[0];
                        if (number == 1) {
                            out.write(BEGUN);
                        } else if (method.equals("PUT")) {
                            out.write(RawServer.response("200 OK\r\nETag: \"encrypted\"", ""));
                        } else if (method.equals("POST")) {
                            out.write(COMPLETE);
                        } else if (method.equals("GET")) {
                            out.write(RawServer.response(
                                    "206 Partial\r\nETag: \"m-1\"\r\nContent-Range: bytes 0-4/5",
                                    same ? "hello" : "hellO"));
                        } else if (method.equals("HEAD")) {
                            out.write(RawServer.response("200 OK\r\nETag: \"m-1\"" + LAST_MODIFIED, "hello"));
                        } else {
                            out.write(RawServer.response("204 Gone", ""));
                        }
                    });
                    S3Client client = client(server);
                    Parts parts = client.begin("a", NEVER)) {
                parts.write(hello());
                if (same) {
                    assertThat(parts.complete().etag()).isEqualTo("m-1");
                } else {
                    assertThatThrownBy(parts::complete)
                            .isInstanceOf(StoreException.Failed.class)
                            .hasMessageContaining("other bytes");
                }
            }
        }
    }

    @Test
    void complete_partsHaveChecksums_namesThemWhateverTheStoreEchoed() throws IOException {
        byte[] begun = RawServer.response(
                "200 OK\r\nx-amz-checksum-algorithm: SHA256",
                "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>");
        byte[] head = RawServer.response("200 OK\r\nETag: \"m-1\"" + LAST_MODIFIED, "hello");
        try (RawServer server = RawServer.start(inOrder(begun, PART, COMPLETE, head));
                S3Client client = client(server);
                Parts parts = client.begin("a", NEVER)) {
            parts.write(hello());
            assertThat(parts.complete().etag()).isEqualTo("m-1");
            assertThat(server.requests().get(0).field("x-amz-checksum-algorithm"))
                    .isEqualTo("SHA256");
            assertThat(server.requests().get(1).field("x-amz-checksum-sha256")).isEqualTo(SHA256_OF_HELLO);
            assertThat(server.requests().get(2).body())
                    .contains("<ChecksumSHA256>" + SHA256_OF_HELLO + "</ChecksumSHA256>");
        }
    }

    @Test
    void copy_rangeByRange_asksForNoChecksums() throws IOException {
        byte[] copied = ok("<CopyPartResult><ETag>&quot;p&quot;</ETag></CopyPartResult>");
        byte[] source = RawServer.response("200 OK\r\nETag: \"e\"" + LAST_MODIFIED, "x".repeat(150));
        byte[] target = RawServer.response("200 OK\r\nETag: \"m-1\"" + LAST_MODIFIED, "x".repeat(150));
        try (RawServer server = RawServer.start(inOrder(source, BEGUN, copied, copied, COMPLETE, target));
                S3Client client = client(server)) {
            assertThat(client.copy("a", "e", "b", NEVER).etag()).isEqualTo("m-1");
            assertThat(server.requests().get(1).field("x-amz-checksum-algorithm"))
                    .isEmpty();
            assertThat(server.requests().get(4).body())
                    .contains("<PartNumber>2</PartNumber>")
                    .doesNotContain("Checksum");
        }
    }

    @Test
    void copy_errorWithStatus200_fails() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> out.write(
                        request.head().startsWith("HEAD")
                                ? RawServer.response("200 OK" + ETAG_OF_HELLO + LAST_MODIFIED, "hello")
                                : error("200 OK", "AccessDenied")));
                S3Client client = client(server)) {
            assertThatThrownBy(() -> client.copy("a", MD5_OF_HELLO, "b", NEVER))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessage("PUT b: 200 AccessDenied (It is .)");
            RawServer.Request copy = server.requests().get(1);
            assertThat(copy.field("x-amz-copy-source")).isEqualTo("/uploads/a");
            assertThat(copy.field("x-amz-copy-source-if-match")).isEqualTo("\"" + MD5_OF_HELLO + "\"");
            assertThat(copy.field("Content-Length")).isEqualTo("0");
        }
    }

    @Test
    void list_documentThatIsWrong_fails() throws IOException {
        String entry = "<Contents><Key>p/b</Key><Size>5</Size></Contents>";
        for (String body : List.of(
                "",
                "{}",
                "<html><body>Sign in</body></html>",
                "<ListBucketResult>",
                "<ListBucketResult>" + entry,
                "<ListBucketResult><Contents><Key>p/b</Key></Contents></ListBucketResult>",
                "<ListBucketResult><Contents><Size>5</Size></Contents></ListBucketResult>",
                "<ListBucketResult><Contents><Key>p/b</Key><Size>-5</Size></Contents></ListBucketResult>",
                "<ListBucketResult>" + entry + entry + "</ListBucketResult>",
                "<ListBucketResult><Contents><Key>q</Key><Size>5</Size></Contents></ListBucketResult>",
                "<ListBucketResult><Contents><Key>p/a</Key><Size>5</Size></Contents></ListBucketResult>",
                "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
                "<!DOCTYPE a [<!ENTITY b \"p/b\">]><ListBucketResult><Contents><Key>&b;</Key><Size>5</Size></Contents>"
                        + "</ListBucketResult>",
                "<!DOCTYPE a SYSTEM \"file:///etc/hostname\"><ListBucketResult/>",
                "<a>".repeat(10_000),
                "<ListBucketResult>" + entry + "</ListBucketResult>x")) {
            try (RawServer server = RawServer.start(inOrder(ok(body)));
                    S3Client client = client(server)) {
                assertThatThrownBy(() -> client.list("p/", "p/a"))
                        .as(body)
                        .isInstanceOf(StoreException.Failed.class)
                        .hasMessageStartingWith("GET the bucket: 200 with ")
                        .hasMessageEndingWith(", which is not S3");
            }
        }
    }

    @Test
    void list_cutOff_isAskedForAgain() throws IOException {
        byte[] whole = ok("<ListBucketResult><Contents><Key>b</Key><Size>5</Size></Contents></ListBucketResult>");
        for (int cut : new int[] {0, 10, whole.length - 27, whole.length - 1}) {
            try (RawServer server = RawServer.start(
                            (number, request, out) -> out.write(whole, 0, number == 1 ? cut : whole.length));
                    S3Client client = client(server)) {
                assertThat(client.list("", "")).hasSize(1);
                assertThat(server.requests()).hasSize(2);
            }
        }
    }

    @Test
    void directories_samePageForEver_fails() throws IOException {
        byte[] page =
                ok("<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
                        + "<CommonPrefixes><Prefix>p/a/</Prefix></CommonPrefixes></ListBucketResult>");
        try (RawServer server = RawServer.start(inOrder(page));
                S3Client client = client(server)) {
            assertThatThrownBy(() -> client.directories("p/")).isInstanceOf(StoreException.Failed.class);
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void open_cutAtRandomOffsets_givesTheSameBytes() throws IOException {
        byte[] bytes = new byte[200_000];
        Random random = new Random(7);
        random.nextBytes(bytes);
        try (RawServer server = RawServer.start((number, request, out) -> {
                    String[] range =
                            request.field("Range").replace("bytes=", "").split("-", -1);
                    int first = Integer.parseInt(range[0]);
                    int end = Integer.parseInt(range[1]) + 1;
                    out.write(("HTTP/1.1 206 Partial\r\nETag: \"e\"\r\nContent-Range: bytes " + first + "-" + (end - 1)
                                    + "/200000\r\nContent-Length: " + (end - first) + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    out.write(bytes, first, Math.min(end - first, 1 + random.nextInt(30_000)));
                });
                S3Client client = client(server);
                InputStream in = client.open("a", 100, 199_000, "e")) {
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, 100, 199_100));
            assertThat(server.requests())
                    .hasSizeGreaterThan(5)
                    .allMatch(request -> request.field("If-Match").equals("\"e\""));
        }
    }

    @Test
    void open_anotherObjectAfterACut_isGone() throws IOException {
        try (RawServer server = RawServer.start(inOrder(
                        ("HTTP/1.1 206 Partial\r\nETag: \"e\"\r\nContent-Range: bytes 0-99/100\r\nContent-Length: 100\r\n\r\n"
                                        + "begin")
                                .getBytes(StandardCharsets.US_ASCII),
                        error("412 Precondition Failed", "PreconditionFailed")));
                S3Client client = client(server);
                InputStream in = client.open("a", 0, 100, "e")) {
            assertThatThrownBy(in::readAllBytes).isInstanceOf(StoreException.Gone.class);
        }
    }

    @Test
    void readUrl_lifeThatNoStoreAccepts_isRefused() {
        S3Bucket bucket = S3Bucket.of(URI.create("https://s3.example.org"), "uploads", "eu-1", false);
        try (S3Client client = new S3Client(bucket, () -> KEY, Clock.systemUTC())) {
            for (Duration life : List.of(Duration.ZERO, Duration.ofMillis(999), Duration.ofDays(8))) {
                assertThatThrownBy(() -> client.readUrl("a", life)).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }
}
