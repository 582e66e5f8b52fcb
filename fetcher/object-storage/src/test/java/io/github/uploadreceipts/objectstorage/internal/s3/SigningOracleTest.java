package io.github.uploadreceipts.objectstorage.internal.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/** Signatures of requests of any kind, compared with those that Amazon's own signer makes. */
class SigningOracleTest {

    private static final int REQUESTS = 1_000;
    private static final String PRINTABLE = "abcXYZ019-._~/+ %!*'();:@&=$,?#[]\\\"<>{}|^`";
    private static final List<String> SCRIPTS = List.of(
            "größe café", "Ελληνικά", "Кириллица", "العربية", "עברית", "हिन्दी", "日本語", "한국어", "ไทย", "😀👩‍👩‍👧");

    /** Everything that a signature depends on. */
    private record Case(S3Bucket bucket, S3Request request, S3Credentials key, Instant now) {}

    @Test
    void sign_anyRequest_isThatOfAmazon() {
        Random random = new Random(4);
        for (int i = 0; i < REQUESTS; i++) {
            Case each = newCase(random, true);
            SortedMap<String, String> ours = new Signing(each.bucket()).sign(each.request(), each.key(), each.now());
            ours.put("host", each.bucket().authority());

            SortedMap<String, String> theirs = new TreeMap<>();
            sign(each, AuthLocation.HEADER, Duration.ZERO)
                    .headers()
                    .forEach((name, values) -> theirs.put(name.toLowerCase(Locale.ROOT), String.join(",", values)));
            assertThat(ours).as("request %s: %s", i, each).isEqualTo(theirs);
        }
    }

    @Test
    void presign_anyRequest_isThatOfAmazon() {
        Random random = new Random(5);
        for (int i = 0; i < REQUESTS; i++) {
            Case each = newCase(random, false);
            Duration life = Duration.ofSeconds(1 + random.nextInt(7 * 86_400));
            String ours = new Signing(each.bucket()).presign(each.request(), each.key(), each.now(), life);

            String theirs = sign(each, AuthLocation.QUERY_STRING, life).getUri().toString();
            assertThat(sorted(ours)).as("request %s: %s", i, each).isEqualTo(sorted(theirs));
        }
    }

    @Test
    void presign_overHttp_isAsOverHttps() {
        S3Request request = new S3Request("GET", "a b");
        S3Credentials key = new S3Credentials("key", "secret");
        List<String> urls = Stream.of("http", "https")
                .map(scheme -> S3Bucket.of(URI.create(scheme + "://localhost:9000"), "uploads", "eu-1", true))
                .map(bucket -> new Signing(bucket).presign(request, key, Instant.EPOCH, Duration.ofMinutes(1)))
                .toList();
        assertThat(urls.get(1)).isEqualTo(urls.get(0).replace("http:", "https:"));
    }

    /** The order of parameters does not matter. */
    private static List<String> sorted(String url) {
        return Arrays.stream(url.split("[?&]", -1)).sorted().toList();
    }

    private static Case newCase(Random random, boolean withBody) {
        boolean pathStyle = random.nextBoolean();
        // Over http, Amazon's signer signs the payload of a URL as well, which we do not have.
        String endpoint = (withBody && random.nextBoolean() ? "http" : "https") + "://"
                + pick(random, "s3.example.org", "S3.eu-1.Example.org", "a.b")
                + pick(random, "", ":80", ":443", ":8443", ":9000");
        S3Bucket bucket = S3Bucket.of(
                URI.create(endpoint),
                pathStyle ? pick(random, "uploads", "Up_loads.of-2026") : "up-loads",
                pick(random, "us-east-1", "eu-1", "default"),
                pathStyle);
        S3Request request = new S3Request(
                pick(random, "GET", "PUT", "POST", "HEAD", "DELETE"), random.nextInt(8) == 0 ? "" : key(random));
        for (int i = random.nextInt(5); i > 0; i--) {
            String name = pick(random, "uploads", "partNumber", "prefix", "a+b", text(random, 8) + "n");
            request.parameter(name, random.nextInt(4) == 0 ? "" : text(random, 30));
        }
        if (withBody) {
            byte[] body = new byte[random.nextInt(100)];
            random.nextBytes(body);
            request.body(ByteBuffer.wrap(body), "application/octet-stream");
        } else {
            request.field("content-type", pick(random, "image/jpeg", "text/plain;  charset=utf-8"));
            request.field("content-length", Integer.toString(random.nextInt(1 << 30)));
            request.field("x-amz-acl", "private");
        }
        addFields(request, random);
        return new Case(bucket, request, credentials(random), Instant.ofEpochSecond(random.nextLong(1L << 32)));
    }

    private static void addFields(S3Request request, Random random) {
        Map<String, String> fields = Map.of(
                "if-none-match", "*",
                "range", "bytes=0-9",
                "x-amz-meta-note", "two  spaces   and three, ",
                "x-amz-copy-source", "/uploads/a%20b",
                "content-disposition", "attachment; filename=\"a  b.jpg\"");
        fields.forEach((name, value) -> {
            if (random.nextBoolean()) {
                request.field(name, value);
            }
        });
    }

    private static S3Credentials credentials(Random random) {
        Optional<String> token =
                random.nextBoolean() ? Optional.of("FwoGZXIvYXdzE+/==" + random.nextLong()) : Optional.empty();
        return new S3Credentials("AKIA" + random.nextInt(1_000), "secret/+" + random.nextLong(), token);
    }

    private static String key(Random random) {
        String key = text(random, random.nextInt(10) == 0 ? 300 : 30);
        return switch (random.nextInt(10)) {
            case 0 -> "a//b/../c/./" + key;
            case 1 -> "a/" + key + "/";
            default -> "a" + key;
        };
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(length); i >= 0; i--) {
            if (random.nextInt(6) == 0) {
                text.append(SCRIPTS.get(random.nextInt(SCRIPTS.size())));
            } else {
                text.append(PRINTABLE.charAt(random.nextInt(PRINTABLE.length())));
            }
        }
        return text.toString();
    }

    private static String pick(Random random, String... texts) {
        return texts[random.nextInt(texts.length)];
    }

    private static SdkHttpRequest sign(Case each, AuthLocation location, Duration life) {
        S3Bucket bucket = each.bucket();
        String path = (bucket.pathStyle() ? "/" + bucket.name() : "")
                + (bucket.pathStyle() && each.request().key().isEmpty()
                        ? ""
                        : "/"
                                + SdkHttpUtils.urlEncodeIgnoreSlashes(
                                        each.request().key()));
        SdkHttpRequest.Builder request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.fromValue(each.request().method()))
                .protocol(bucket.scheme())
                .host(bucket.host())
                .port(bucket.port() < 0 ? null : bucket.port())
                .encodedPath(path);
        each.request()
                .query()
                .forEach(parameter -> request.appendRawQueryParameter(parameter.name(), parameter.value()));
        each.request().fields().forEach(request::putHeader);
        byte[] body = new byte[each.request().body().remaining()];
        each.request().body().get(body);
        return AwsV4HttpSigner.create()
                .sign(builder -> {
                    builder.identity(identity(each.key()))
                            .request(request.build())
                            .payload(ContentStreamProvider.fromByteArray(body))
                            .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "s3")
                            .putProperty(AwsV4HttpSigner.REGION_NAME, bucket.region())
                            .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
                            .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false)
                            .putProperty(AwsV4FamilyHttpSigner.AUTH_LOCATION, location)
                            .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(each.now(), ZoneOffset.UTC));
                    if (location == AuthLocation.QUERY_STRING) {
                        builder.putProperty(AwsV4FamilyHttpSigner.PAYLOAD_SIGNING_ENABLED, false)
                                .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, life);
                    }
                })
                .request();
    }

    private static AwsCredentialsIdentity identity(S3Credentials key) {
        return key.sessionToken()
                .<AwsCredentialsIdentity>map(
                        token -> AwsSessionCredentialsIdentity.create(key.accessKeyId(), key.secretAccessKey(), token))
                .orElseGet(() -> AwsCredentialsIdentity.create(key.accessKeyId(), key.secretAccessKey()));
    }
}
