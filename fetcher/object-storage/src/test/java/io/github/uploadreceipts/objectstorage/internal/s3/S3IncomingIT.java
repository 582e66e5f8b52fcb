package io.github.uploadreceipts.objectstorage.internal.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.testing.FormClient;
import io.github.uploadreceipts.objectstorage.testing.RawServer;
import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients have written to a bucket of a real store, taken into that of the hosts. */
class S3IncomingIT {

    private static final Pattern POLICY = Pattern.compile("name=\"policy\"\r\n\r\n([^\r]*)");
    private static final int COPIED_AT_ONCE = 5 << 20; // no part but the last may be smaller

    private static S3Engine engine;
    private static S3Client hosts;
    private static S3Incoming incoming;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        engine = S3Engine.start(directory);
        Supplier<S3Credentials> key = engine::credentials;
        hosts = new S3Client(bucket(engine.endpoint(), engine.newBucket()), key, Clock.systemUTC());
        incoming = S3Incoming.of(
                bucket(engine.endpoint(), engine.newBucket()), key, key, Clock.systemUTC(), hosts, COPIED_AT_ONCE);
    }

    @AfterAll
    static void stop() {
        incoming.close();
        hosts.close();
        engine.close();
    }

    private static S3Bucket bucket(URI endpoint, String name) {
        return S3Bucket.of(endpoint, name, "us-east-1", true);
    }

    private static Head write(String name, byte[] bytes) throws Exception {
        WriteRequest form = incoming.write(name, bytes.length, Instant.now().plusSeconds(60));
        assertThat(new FormClient().send(form.url(), form.fields(), "f", bytes).statusCode())
                .isEqualTo(204);
        return incoming.head(name).orElseThrow();
    }

    private static byte[] read(Head copy, String name) throws IOException {
        try (InputStream in = hosts.open(name, 0, copy.size(), copy.etag())) {
            return in.readAllBytes();
        }
    }

    @Test
    void form_isTaken_listed_deleted() throws Exception {
        Head head = write("a/b", new byte[] {1, 2, 3});
        assertThat(head.size()).isEqualTo(3);
        Head copy = incoming.take("a/b", head.etag(), "a/copy", Optional.empty());
        assertThat(read(copy, "a/copy")).containsExactly(1, 2, 3);
        assertThat(incoming.list("a/", "")).containsExactly(new Listed("a/b", 3));
        assertThat(incoming.directories("")).contains("a");
        assertThat(incoming.delete("a/b")).isTrue();
        assertThat(incoming.head("a/b")).isEmpty();
        assertThat(hosts.head("a/copy")).contains(copy);
    }

    @Test
    void take_ofManyRanges_sameBytes() throws Exception {
        byte[] bytes = new byte[2 * COPIED_AT_ONCE + 1];
        new Random(1).nextBytes(bytes);
        Head head = write("large", bytes);
        Head copy = incoming.take("large", head.etag(), "large-copy", Optional.empty());
        assertThat(read(copy, "large-copy")).isEqualTo(bytes);
    }

    @Test
    void take_anotherObjectByNow_isGone() throws Exception {
        Head head = write("changed", new byte[] {1});
        var unused = write("changed", new byte[] {2});
        assertThatThrownBy(() -> incoming.take("changed", head.etag(), "late", Optional.empty()))
                .isInstanceOf(StoreException.Gone.class);
        assertThatThrownBy(() -> incoming.take("absent", head.etag(), "late", Optional.empty()))
                .isInstanceOf(StoreException.Gone.class);
        assertThat(hosts.head("late")).isEmpty();
    }

    /** There were such stores: they checked the signature of a policy, and not all that it says. */
    @ParameterizedTest
    @ValueSource(strings = {"key", "acl", "metadata", "size", "expiry"})
    void store_doesNotCheckOneThing_isNotUsed(String unchecked) throws Exception {
        byte[] head =
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"e\"\r\nLast-Modified: Sun, 29 Nov 2026 06:00:00 GMT\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] taken = "HTTP/1.1 204 None\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] refused = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        AtomicInteger asked = new AtomicInteger();
        try (RawServer server = RawServer.start((number, request, out) -> {
                    asked.set(number);
                    String wrong = request.head().startsWith("POST") ? wrong(request.body()) : unchecked;
                    boolean isHead = request.head().startsWith("HEAD");
                    out.write(isHead ? head : wrong.isEmpty() || wrong.equals(unchecked) ? taken : refused);
                });
                S3Incoming any = S3Incoming.of(
                        bucket(URI.create(server.url()), "clients"),
                        () -> new S3Credentials("id", "secret"),
                        () -> new S3Credentials("id", "secret"),
                        Clock.systemUTC(),
                        hosts)) {
            assertThatThrownBy(() -> any.write("a", 5, Instant.now().plusSeconds(60)))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("do not permit");
            int before = asked.get();
            assertThatThrownBy(() -> any.write("b", 5, Instant.now().plusSeconds(60)))
                    .isInstanceOf(StoreException.Unavailable.class);
            assertThat(asked).as("it is not tried again at once").hasValue(before);
        }
    }

    /** Returns what a store has to refuse in a form of the probe. */
    private static String wrong(String form) {
        if (form.contains("-probe-other\r\n")) {
            return "key";
        }
        if (form.contains("name=\"acl\"")) {
            return "acl";
        }
        if (form.contains("x-amz-meta-probe")) {
            return "metadata";
        }
        if (form.contains("filename=\"probe\"\r\n\r\n1")) {
            return "size";
        }
        Matcher policy = POLICY.matcher(form);
        assertThat(policy.find()).isTrue();
        String text = new String(Base64.getDecoder().decode(policy.group(1)), StandardCharsets.UTF_8);
        Instant end = Instant.parse(text.replaceAll(".*\"expiration\":\"([^\"]*)\".*", "$1"));
        return end.isBefore(Instant.now()) ? "expiry" : "";
    }
}
