package io.github.uploadreceipts.objectstorage.internal.swift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.SwiftCredentials;
import io.github.uploadreceipts.objectstorage.testing.RawServer;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What the client makes of responses that are wrong, late or cut off. */
@Execution(ExecutionMode.CONCURRENT)
class SwiftClientTest {

    private static final Optional<Instant> NEVER = Optional.empty();
    private static final String LAST_MODIFIED = "\r\nLast-Modified: Sun, 29 Nov 2026 06:00:00 GMT";
    private static final String MD5_OF_HELLO = "5d41402abc4b2a76b9719d911017c592";

    private static SwiftClient client(RawServer server) {
        return SwiftClient.of(URI.create(server.url() + "/v1/AUTH_photos"), "c", refused -> "token", () -> "key", 100);
    }

    private static ByteBuffer hello() {
        return ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII));
    }

    /** Every request that the server may refuse. */
    private interface Call {
        Object on(SwiftClient client) throws StoreException;
    }

    private static final List<Call> CALLS = List.of(
            client -> client.put("a", hello(), NEVER),
            client -> client.putIfAbsent("a", hello(), NEVER),
            client -> client.head("a"),
            client -> client.get("a", 100),
            client -> client.open("a", 0, 5, MD5_OF_HELLO),
            client -> client.open("a", 0, 0, MD5_OF_HELLO),
            client -> client.copy("a", MD5_OF_HELLO, "b", NEVER),
            client -> client.delete("a"),
            client -> client.list("", ""),
            client -> client.directories(""),
            client -> client.readUrl("a", Duration.ofMinutes(1)));

    private static void assertAll(RawServer.Script script, Class<? extends StoreException> type, String message)
            throws IOException {
        try (RawServer server = RawServer.start(script);
                SwiftClient client = client(server)) {
            for (Call call : CALLS) {
                assertThatThrownBy(() -> call.on(client))
                        .isInstanceOf(type)
                        .hasMessageContaining(message)
                        .hasMessageNotContaining("token");
            }
        }
    }

    @Test
    void anything_redirect_isNotFollowed() throws IOException {
        try (RawServer other = RawServer.start((number, request, out) -> out.write(RawServer.response("200 OK", "")))) {
            for (String status : List.of("301 Moved", "302 Found", "307 Temporary", "308 Permanent")) {
                byte[] redirect = RawServer.response(status + "\r\nLocation: " + other.url() + "/v1/a/c/a", "");
                assertAll(
                        (number, request, out) -> out.write(redirect),
                        StoreException.Failed.class,
                        ": " + status.substring(0, 3));
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
                SwiftClient client = client(server)) {
            assertThatThrownBy(() -> client.get("a", 10))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageStartingWith("GET c/a: 400 (no no no ")
                    .message()
                    .hasSizeLessThan(300);
            assertThat(written.get()).isLessThan(900);
        }
    }

    @Test
    void anything_neverTwoHundred_isUnavailableAfterTwoTries() throws IOException {
        for (String status : List.of("503 Service Unavailable", "500 Error", "429 Too Many", "502 Bad Gateway")) {
            byte[] response = RawServer.response(status, "");
            assertAll(
                    (number, request, out) -> out.write(response),
                    StoreException.Unavailable.class,
                    ": " + status.substring(0, 3));
        }
        try (RawServer server = RawServer.start((number, request, out) -> {});
                SwiftClient client = client(server)) {
            assertThatThrownBy(() -> client.head("a")).isInstanceOf(StoreException.Unavailable.class);
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void anything_notReached_isUnavailable() throws IOException {
        RawServer server = RawServer.start((number, request, out) -> {});
        server.close();
        try (SwiftClient client = client(server)) {
            assertThatThrownBy(() -> client.head("a"))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageStartingWith("HEAD c/a: ");
        }
    }

    @Test
    void anything_connectionsWereClosedSilently_isSentOnANewOne() throws IOException {
        byte[] none = "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (RawServer server = RawServer.start((number, request, out) -> out.write(none));
                SwiftClient client = client(server)) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.head("a")).isEmpty();
            }
        }
    }

    @Test
    void anything_status507_isFull() throws IOException {
        byte[] response = RawServer.response("507 Insufficient Storage", "");
        assertAll((number, request, out) -> out.write(response), StoreException.Full.class, ": 507");
    }

    @Test
    void put_503ThenFine_sendsTheBodyTwice() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> out.write(RawServer.response(
                        number == 1 ? "503 Busy" : "201 Created\r\nEtag: " + MD5_OF_HELLO + LAST_MODIFIED, "")));
                SwiftClient client = client(server)) {
            assertThat(client.put("a", hello(), NEVER).size()).isEqualTo(5);
            assertThat(server.requests()).extracting(RawServer.Request::body).containsExactly("hello", "hello");
            assertThat(server.requests().get(0).field("X-Auth-Token")).isEqualTo("token");
            assertThat(server.requests().get(0).field("ETag")).isEqualTo(MD5_OF_HELLO);
        }
    }

    @Test
    void put_responseThatProvesNothing_fails() throws IOException {
        for (String wrong : List.of(
                "200 OK\r\nEtag: " + MD5_OF_HELLO + LAST_MODIFIED,
                "201 Created" + LAST_MODIFIED,
                "201 Created\r\nEtag: 00000000000000000000000000000000" + LAST_MODIFIED,
                "422 Unprocessable")) {
            try (RawServer server =
                            RawServer.start((number, request, out) -> out.write(RawServer.response(wrong, "")));
                    SwiftClient client = client(server)) {
                assertThatThrownBy(() -> client.put("a", hello(), NEVER)).isInstanceOf(StoreException.Failed.class);
            }
        }
    }

    @Test
    void putIfAbsent_responseToTheFirstTryIsLost_knowsItsOwnObject() throws IOException {
        for (boolean own : new boolean[] {true, false}) {
            StringBuilder writer = new StringBuilder();
            try (RawServer server = RawServer.start((number, request, out) -> {
                        if (number == 1) {
                            writer.append(own ? request.field("X-Object-Meta-Writer") : "another");
                        } else if (number == 2) {
                            out.write(RawServer.response("412 Precondition Failed", ""));
                        } else {
                            out.write(RawServer.response("200 OK\r\nX-Object-Meta-Writer: " + writer, ""));
                        }
                    });
                    SwiftClient client = client(server)) {
                assertThat(client.putIfAbsent("a", hello(), NEVER)).isEqualTo(own);
            }
        }
    }

    @Test
    void anything_tokenRefused_getsANewOneOnce() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> {
            if (request.head().startsWith("POST /v3/auth/tokens ")) {
                out.write(RawServer.response("201 Created\r\nX-Subject-Token: t" + number, "{}"));
            } else {
                boolean fresh = request.field("X-Auth-Token").equals("t3");
                out.write(RawServer.response(fresh ? "404 Not Found" : "401 Unauthorized", ""));
            }
        })) {
            SwiftCredentials credentials =
                    SwiftCredentials.password(server.url() + "/v3", "Default", "photos", "writer", () -> "s\"e");
            try (SwiftClient client =
                    SwiftClient.of(URI.create(server.url() + "/v1/AUTH_p"), "c", credentials::token, null)) {
                assertThat(client.head("a")).isEmpty();
                assertThat(client.head("a")).isEmpty();
                assertThat(server.requests()).hasSize(5);
                assertThat(server.requests().get(0).body())
                        .isEqualTo(
                                "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"name\":\"writer\","
                                        + "\"password\":\"s\\\"e\",\"domain\":{\"name\":\"Default\"}}}},"
                                        + "\"scope\":{\"project\":{\"name\":\"photos\",\"domain\":{\"name\":\"Default\"}}}}}");
            }
        }
        byte[] refused = RawServer.response("401 Unauthorized", "");
        assertAll((number, request, out) -> out.write(refused), StoreException.Failed.class, ": 401");
    }

    @Test
    void copy_laterWriteIsStored_isLookedAt() throws IOException {
        for (boolean same : new boolean[] {true, false}) {
            try (RawServer server = RawServer.start((number, request, out) -> {
                        if (request.head().startsWith("PUT")) {
                            out.write(RawServer.response("202 Accepted", ""));
                        } else {
                            String etag = same || number == 1 ? MD5_OF_HELLO : "other";
                            out.write(RawServer.response("200 OK\r\nEtag: " + etag + LAST_MODIFIED, "hello"));
                        }
                    });
                    SwiftClient client = client(server)) {
                if (same) {
                    assertThat(client.copy("a", MD5_OF_HELLO, "b", NEVER).size())
                            .isEqualTo(5);
                } else {
                    assertThatThrownBy(() -> client.copy("a", MD5_OF_HELLO, "b", NEVER))
                            .isInstanceOf(StoreException.Failed.class);
                }
            }
        }
    }

    @Test
    void close_failed_canBeTriedAgain() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> out.write(RawServer.response(
                        number == 1
                                ? "201 Created\r\nEtag: " + MD5_OF_HELLO + LAST_MODIFIED
                                : number == 2 ? "403 Forbidden" : "204 Gone",
                        "")));
                SwiftClient client = client(server)) {
            SwiftParts parts = client.begin("a", NEVER);
            parts.write(hello());
            assertThatThrownBy(parts::close).isInstanceOf(StoreException.Failed.class);
            parts.close();
            parts.close();
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void list_jsonThatIsWrong_fails() throws IOException {
        String entry = "{\"name\":\"p/b\",\"bytes\":5}";
        for (String json : List.of(
                "",
                "{}",
                "[",
                "[" + entry,
                "[{\"name\":\"p/b\"}]",
                "[{\"bytes\":5}]",
                "[{\"name\":\"p/b\",\"bytes\":\"5\"}]",
                "[{\"name\":\"p/b\",\"name\":\"p/c\",\"bytes\":5}]",
                "[" + entry + "," + entry + "]",
                "[{\"name\":\"q\",\"bytes\":5}]",
                "[{\"name\":\"p/a\",\"bytes\":5}]",
                "[" + entry + "]x")) {
            try (RawServer server =
                            RawServer.start((number, request, out) -> out.write(RawServer.response("200 OK", json)));
                    SwiftClient client = client(server)) {
                assertThatThrownBy(() -> client.list("p/", "p/a"))
                        .as(json)
                        .isInstanceOf(StoreException.Failed.class)
                        .hasMessageContaining("GET c: 200 with ");
            }
        }
    }

    @Test
    void list_cutOff_isAskedForAgain() throws IOException {
        byte[] whole = RawServer.response("200 OK", "[{\"name\":\"b\",\"bytes\":5},{\"name\":\"c\",\"bytes\":5}]");
        for (int cut : new int[] {0, 10, whole.length - 27, whole.length - 1}) {
            try (RawServer server = RawServer.start(
                            (number, request, out) -> out.write(whole, 0, number == 1 ? cut : whole.length));
                    SwiftClient client = client(server)) {
                assertThat(client.list("", "")).hasSize(2);
                assertThat(server.requests()).hasSize(2);
            }
        }
    }

    @Test
    void get_otherBytesThanItsEtag_fails() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) ->
                        out.write(RawServer.response("200 OK\r\nEtag: " + MD5_OF_HELLO, "hellO")));
                SwiftClient client = client(server)) {
            assertThatThrownBy(() -> client.get("a", 100)).isInstanceOf(StoreException.Failed.class);
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
                    head(out, first, end, "\"etag\"");
                    out.write(bytes, first, Math.min(end - first, 1 + random.nextInt(30_000)));
                });
                SwiftClient client = client(server);
                InputStream in = client.open("a", 100, 199_000, "etag")) {
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, 100, 199_100));
            assertThat(server.requests())
                    .hasSizeGreaterThan(5)
                    .allMatch(request -> request.field("If-Match").equals("\"etag\""));
        }
    }

    private static void head(OutputStream out, int first, int end, String etag) throws IOException {
        out.write(("HTTP/1.1 206 Partial\r\nEtag: " + etag + "\r\nContent-Range: bytes " + first + "-" + (end - 1)
                        + "/200000\r\nContent-Length: " + (end - first) + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void open_cutAgainAndAgainWithoutAByte_fails() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> {
                    String first = request.field("Range").replace("bytes=", "").split("-", -1)[0];
                    head(out, Integer.parseInt(first), 100, "etag");
                    out.write(number == 1 ? new byte[10] : new byte[0]);
                });
                SwiftClient client = client(server);
                InputStream in = client.open("a", 0, 100, "etag")) {
            assertThat(in.readNBytes(10)).hasSize(10);
            assertThatThrownBy(in::read).isInstanceOf(StoreException.Unavailable.class);
        }
    }

    @Test
    void open_anotherObjectAfterACut_isGone() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> {
                    if (number == 1) {
                        head(out, 0, 100, "etag");
                        out.write(new byte[10]);
                    } else {
                        out.write(RawServer.response("412 Precondition Failed", ""));
                    }
                });
                SwiftClient client = client(server);
                InputStream in = client.open("a", 0, 100, "etag")) {
            assertThatThrownBy(in::readAllBytes).isInstanceOf(StoreException.Gone.class);
        }
    }

    @Test
    void open_responseOfOtherBytes_fails() throws IOException {
        for (String wrong : List.of(
                "200 OK\r\nEtag: etag",
                "206 Partial\r\nEtag: etag",
                "206 Partial\r\nEtag: etag\r\nContent-Range: bytes 0-4/100",
                "206 Partial\r\nEtag: other\r\nContent-Range: bytes 1-5/100")) {
            try (RawServer server =
                            RawServer.start((number, request, out) -> out.write(RawServer.response(wrong, "hello")));
                    SwiftClient client = client(server)) {
                assertThatThrownBy(() -> client.open("a", 1, 5, "etag")).isInstanceOf(StoreException.Failed.class);
            }
        }
    }

    @Test
    void delete_someSegmentsStay_isUnavailable() throws IOException {
        try (RawServer server = RawServer.start((number, request, out) -> out.write(
                        request.head().startsWith("HEAD")
                                ? RawServer.response(
                                        "200 OK\r\nX-Static-Large-Object: True\r\nEtag: \"e\"" + LAST_MODIFIED, "")
                                : RawServer.response(
                                        "200 OK",
                                        "{\"Response Status\":\"400 Bad Request\",\"Number Deleted\":1,"
                                                + "\"Errors\":[[\"/c/s\",\"503\"]]}")));
                SwiftClient client = client(server)) {
            assertThatThrownBy(() -> client.delete("a")).isInstanceOf(StoreException.Unavailable.class);
        }
    }

    @Test
    void readUrl_digests_areThoseOfSwift() throws IOException {
        assertThat(signatureLength("{\"tempurl\":{\"allowed_digests\":[\"sha1\",\"sha512\",\"sha256\"]}}"))
                .isEqualTo(64);
        assertThat(signatureLength("{\"tempurl\":{\"allowed_digests\":[\"sha512\"]}}"))
                .isEqualTo(128);
        assertThatThrownBy(() -> signatureLength("{\"tempurl\":{\"allowed_digests\":[\"sha1\"]}}"))
                .isInstanceOf(StoreException.Failed.class)
                .hasMessageContaining("[sha1] only");
        assertThatThrownBy(() -> signatureLength("{\"swift\":{}}"))
                .isInstanceOf(StoreException.Failed.class)
                .hasMessageContaining("tempurl");
    }

    @Test
    void signature_isTheKnownOne() {
        // python3 -c 'import hmac; print(hmac.new(b"mykey", b"GET\\n1323479485\\n/v1/AUTH_a/c/\\xc3\\xa4",
        // "sha256").hexdigest())'
        assertThat(TempUrls.signature("HmacSHA256", "mykey", "GET", 1_323_479_485L, "/v1/AUTH_a/c/\u00e4"))
                .isEqualTo("21affb4916f208c3d8ed22b26bfdaeabb1b71a13a7a2ea83e1486dd2ffe3ea99");
    }

    private static int signatureLength(String info) throws IOException {
        try (RawServer server =
                        RawServer.start((number, request, out) -> out.write(RawServer.response("200 OK", info)));
                SwiftClient client = client(server)) {
            String url =
                    client.readUrl("a", Duration.ofMinutes(1)).orElseThrow().toString();
            return url.replaceAll(".*sig=", "").replaceAll("&.*", "").length();
        }
    }
}
