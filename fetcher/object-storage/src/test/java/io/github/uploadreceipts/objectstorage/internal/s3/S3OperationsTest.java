package io.github.uploadreceipts.objectstorage.internal.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.Operations.Finding;
import io.github.uploadreceipts.objectstorage.internal.client.Operations.Grade;
import io.github.uploadreceipts.objectstorage.testing.RawServer;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What an operator is told of buckets that are not as they should be. */
@Execution(ExecutionMode.CONCURRENT)
class S3OperationsTest {

    private static final byte[] NO_RULES = error("404 Not Found", "NoSuchLifecycleConfiguration");

    private static byte[] error(String status, String code) {
        return RawServer.response(status, "<Error><Code>" + code + "</Code></Error>");
    }

    private static byte[] ok(String body) {
        return RawServer.response("200 OK", body);
    }

    private static byte[] rules(String conditions) {
        return ok("<LifecycleConfiguration><Rule>" + conditions
                + "<Status>Enabled</Status><AbortIncompleteMultipartUpload>"
                + "<DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
                + "</LifecycleConfiguration>");
    }

    /** A bucket. What is written to it as its lifecycle is kept. */
    private static final class Bucket implements RawServer.Script {

        byte[] bucket = ok("<ListBucketResult/>");
        byte[] created = ok("");
        byte[] lifecycle = NO_RULES;
        byte[] cors = error("404 Not Found", "NoSuchCORSConfiguration");
        byte[] versioning = ok("<VersioningConfiguration/>");
        private final Map<String, String> objects = new ConcurrentHashMap<>();

        @Override
        public void respond(int number, RawServer.Request request, OutputStream out) throws IOException {
            String line = request.head().lines().findFirst().orElse("");
            if (line.startsWith("PUT") && line.contains("?cors")) {
                cors = ok(request.body());
                out.write(ok(""));
            } else if (line.contains("?cors")) {
                out.write(cors);
            } else if (line.contains("?lifecycle")) {
                if (line.startsWith("PUT")) {
                    lifecycle = ok(request.body());
                    out.write(ok(""));
                } else {
                    out.write(lifecycle);
                }
            } else if (line.contains("?versioning")) {
                out.write(versioning);
            } else if (line.contains("?list-type")) {
                out.write(bucket);
            } else if (line.startsWith("PUT /uploads HTTP")) {
                out.write(created);
            } else {
                object(line, request, out);
            }
        }

        private void object(String line, RawServer.Request request, OutputStream out) throws IOException {
            String path = line.split(" ", -1)[1];
            String known = objects.get(path);
            String fields = "\r\nETag: \"e\"\r\nLast-Modified: Sun, 29 Nov 2026 06:00:00 GMT";
            if (line.startsWith("DELETE")) {
                objects.remove(path);
                out.write("HTTP/1.1 204 Gone\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            } else if (!line.startsWith("PUT")) {
                out.write(
                        known == null
                                ? RawServer.response("404 Not Found", "")
                                : RawServer.response("200 OK" + fields, known));
            } else {
                objects.put(path, request.body());
                String sum = request.field("x-amz-checksum-sha256");
                out.write(RawServer.response("200 OK" + fields + "\r\nx-amz-checksum-sha256: " + sum, ""));
            }
        }
    }

    private static S3Operations operations(RawServer server) {
        S3Bucket bucket = S3Bucket.of(URI.create(server.url()), "uploads", "eu-1", true);
        S3Bucket clients = S3Bucket.of(URI.create(server.url()), "uploads-incoming", "eu-1", true);
        return new S3Operations(
                bucket, () -> new S3Credentials("id", "secret"), Clock.systemUTC(), () -> clients, Optional.empty());
    }

    private static List<String> prepared(Bucket bucket) throws IOException {
        try (RawServer server = RawServer.start(bucket);
                S3Operations operations = operations(server)) {
            return operations.prepare();
        }
    }

    private static List<Finding> checked(Bucket bucket) throws IOException {
        try (RawServer server = RawServer.start(bucket);
                S3Operations operations = operations(server)) {
            return operations.check();
        }
    }

    @Test
    void prepare_noRules_addsOne() throws IOException {
        try (RawServer server = RawServer.start(new Bucket());
                S3Operations operations = operations(server)) {
            assertThat(operations.prepare())
                    .containsExactly("uploads was there", "a lifecycle rule deletes abandoned parts after 2 days");
            assertThat(operations.prepare())
                    .containsExactly("uploads was there", "a lifecycle rule for abandoned parts was there");
            assertThat(server.requests())
                    .filteredOn(request -> request.head().startsWith("PUT"))
                    .hasSize(1)
                    .allMatch(request -> !request.field("content-md5").isEmpty());
        }
    }

    @Test
    void prepare_rulesCannotBeRead_leavesThem() throws IOException {
        for (byte[] failure : List.of(
                error("403 Forbidden", "AccessDenied"),
                error("503 Down", "SlowDown"),
                error("404 None", "NoSuchBucket"))) {
            Bucket bucket = new Bucket();
            bucket.lifecycle = failure;
            assertThatThrownBy(() -> prepared(bucket)).isInstanceOf(StoreException.class);
            assertThat(bucket.lifecycle).isSameAs(failure);
        }
    }

    @Test
    void prepare_otherRules_saysWhatToAdd() throws IOException {
        for (String conditions : List.of(
                "<Prefix>logs/</Prefix>",
                "<Filter><Prefix>logs/</Prefix></Filter>",
                "<Filter><And><Prefix/><Tag/></And></Filter>")) {
            Bucket bucket = new Bucket();
            byte[] rules = rules(conditions);
            bucket.lifecycle = rules;
            assertThat(prepared(bucket)).anyMatch(line -> line.contains("add one yourself"));
            assertThat(bucket.lifecycle).isSameAs(rules);
        }
    }

    @Test
    void prepare_storeHasNoRules_saysSo() throws IOException {
        for (byte[] none : List.of(error("501 Not Implemented", "NotImplemented"), ok("<ListBucketResult/>"))) {
            Bucket bucket = new Bucket();
            bucket.lifecycle = none;
            assertThat(prepared(bucket)).anyMatch(line -> line.contains("takes no lifecycle rule"));
            assertThat(bucket.lifecycle).isSameAs(none);
        }
    }

    @Test
    void prepare_regionIsUnknown_saysWhatToSet() {
        Bucket bucket = new Bucket();
        bucket.bucket = error("404 Not Found", "NoSuchBucket");
        bucket.created = error("400 Bad Request", "InvalidLocationConstraint");
        assertThatThrownBy(() -> prepared(bucket))
                .hasMessageStartingWith("PUT the bucket: 400 InvalidLocationConstraint")
                .hasMessageContaining("no region of this name");
    }

    @Test
    void prepare_bucketIsOurs_isAsGoodAsCreated() throws IOException {
        Bucket bucket = new Bucket();
        bucket.bucket = error("404 Not Found", "NoSuchBucket");
        bucket.created = error("409 Conflict", "BucketAlreadyOwnedByYou");
        assertThat(prepared(bucket)).contains("uploads was created");
        bucket.created = error("409 Conflict", "BucketAlreadyExists");
        assertThatThrownBy(() -> prepared(bucket)).isInstanceOf(StoreException.Failed.class);
        bucket.bucket = RawServer.response("404 Not Found", "a proxy's page");
        assertThatThrownBy(() -> prepared(bucket)).hasMessageStartingWith("GET the bucket: 404");
    }

    @Test
    void rules_countIfForAllObjects() throws IOException {
        for (String conditions : List.of("", "<Prefix/>", "<Filter/>", "<Filter><Prefix></Prefix></Filter>")) {
            Bucket bucket = new Bucket();
            bucket.lifecycle = rules(conditions);
            assertThat(prepared(bucket)).contains("a lifecycle rule for abandoned parts was there");
        }
        Bucket bucket = new Bucket();
        bucket.lifecycle = rules("<Prefix>logs/</Prefix>");
        assertThat(checked(bucket)).anyMatch(finding -> finding.text().startsWith("no lifecycle rule"));
        bucket.lifecycle = error("403 Forbidden", "AccessDenied");
        assertThat(checked(bucket))
                .anyMatch(finding ->
                        finding.grade() == Grade.LESS && finding.text().contains("403 AccessDenied"));
    }

    @Test
    void check_bucketKeepsVersions_isBad() throws IOException {
        Map<byte[], Grade> grades = Map.of(
                ok("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"), Grade.BAD,
                ok("<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"), Grade.LESS,
                error("403 Forbidden", "AccessDenied"), Grade.LESS,
                error("501 Not Implemented", "NotImplemented"), Grade.GOOD,
                ok("<ListBucketResult/>"), Grade.GOOD);
        for (byte[] versioning : grades.keySet()) {
            Bucket bucket = new Bucket();
            bucket.versioning = versioning;
            assertThat(checked(bucket))
                    .filteredOn(finding -> finding.text().contains("version"))
                    .singleElement()
                    .extracting(Finding::grade)
                    .isEqualTo(grades.get(versioning));
        }
    }

    @Test
    void prepareIncoming_setsPagesAndExpiry_once() throws IOException {
        Bucket bucket = new Bucket();
        try (RawServer server = RawServer.start(bucket);
                S3Operations operations = operations(server)) {
            List<String> origins = List.of("https://a.example", "https://b.example");
            assertThat(operations.prepareIncoming(() -> "", origins))
                    .containsExactly(
                            "uploads-incoming was there",
                            "pages of https://a.example, https://b.example may write",
                            "a lifecycle rule deletes what no host has recorded after 2 days");
            assertThat(new String(bucket.cors, StandardCharsets.US_ASCII))
                    .contains("<AllowedOrigin>https://a.example</AllowedOrigin><AllowedOrigin>https://b.example<")
                    .contains("<AllowedMethod>POST<");
            assertThat(operations.prepareIncoming(() -> "", List.of("https://c.example")))
                    .containsExactly(
                            "uploads-incoming was there",
                            "pages of https://c.example may write",
                            "a lifecycle rule for what no host records was there");
            assertThat(new String(bucket.cors, StandardCharsets.US_ASCII)).doesNotContain("a.example");
            bucket.lifecycle = rules("");
            assertThat(operations.prepareIncoming(() -> "", origins))
                    .anyMatch(line -> line.contains("uploads-incoming has other lifecycle rules"));
        }
    }
}
