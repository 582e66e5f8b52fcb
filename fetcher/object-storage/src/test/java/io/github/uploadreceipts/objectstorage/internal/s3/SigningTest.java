package io.github.uploadreceipts.objectstorage.internal.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The examples of Amazon's "Signature Calculations for the Authorization Header", and of its pages on URLs and POST. */
class SigningTest {

    private static final S3Credentials KEY =
            new S3Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    private static final String CREDENTIAL = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
    private static final Instant TIME = Instant.parse("2013-05-24T00:00:00Z");

    private final Signing signing =
            new Signing(S3Bucket.of(URI.create("https://s3.amazonaws.com"), "examplebucket", "us-east-1", false));

    private void assertSignature(S3Request request, String fields, String signature) {
        assertThat(signing.sign(request, KEY, TIME))
                .containsEntry(
                        "authorization",
                        "AWS4-HMAC-SHA256 Credential=" + CREDENTIAL + ", SignedHeaders=" + fields + ", Signature="
                                + signature)
                .containsEntry("x-amz-date", "20130524T000000Z")
                .doesNotContainKey("host");
    }

    @Test
    void sign_getObject() {
        assertSignature(
                new S3Request("GET", "test.txt").field("range", "bytes=0-9"),
                "host;range;x-amz-content-sha256;x-amz-date",
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }

    @Test
    void sign_putObject() {
        S3Request request = new S3Request("PUT", "test$file.text")
                .body(ByteBuffer.wrap("Welcome to Amazon S3.".getBytes(UTF_8)), "")
                .field("date", "Fri, 24 May 2013 00:00:00 GMT")
                .field("x-amz-storage-class", "REDUCED_REDUNDANCY");
        request.fields().remove("content-type"); // the example has none
        assertSignature(
                request,
                "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    }

    @Test
    void sign_getLifecycle() {
        assertSignature(
                new S3Request("GET", "").parameter("lifecycle", ""),
                "host;x-amz-content-sha256;x-amz-date",
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    }

    @Test
    void sign_listObjects() {
        assertSignature(
                new S3Request("GET", "").parameter("max-keys", "2").parameter("prefix", "J"),
                "host;x-amz-content-sha256;x-amz-date",
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }

    @Test
    void presign_getObject() {
        assertThat(signing.presign(new S3Request("GET", "test.txt"), KEY, TIME, Duration.ofDays(1)))
                .isEqualTo("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                        + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                        + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                        + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    }

    @Test
    void formSignature_policy() {
        String policy = """
                { "expiration": "2015-12-30T12:00:00.000Z",
                  "conditions": [
                    {"bucket": "sigv4examplebucket"},
                    ["starts-with", "$key", "user/user1/"],
                    {"acl": "public-read"},
                    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
                    ["starts-with", "$Content-Type", "image/"],
                    {"x-amz-meta-uuid": "14365123651274"},
                    {"x-amz-server-side-encryption": "AES256"},
                    ["starts-with", "$x-amz-meta-tag", ""],

                    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
                    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
                    {"x-amz-date": "20151229T000000Z" }
                  ]
                }""";
        Instant time = Instant.parse("2015-12-29T00:00:00Z");
        assertThat(signing.formFields(KEY, time))
                .isEqualTo(Map.of(
                        "x-amz-algorithm", "AWS4-HMAC-SHA256",
                        "x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request",
                        "x-amz-date", "20151229T000000Z"));
        String text =
                Base64.getEncoder().encodeToString(policy.replace("\n", "\r\n").getBytes(UTF_8));
        assertThat(signing.formSignature(text, KEY, time))
                .isEqualTo("8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
    }

    @Test
    void formFields_sessionToken_isNamed() {
        S3Credentials temporary = new S3Credentials("key", "secret", Optional.of("token"));
        assertThat(signing.formFields(temporary, TIME)).containsEntry("x-amz-security-token", "token");
    }
}
