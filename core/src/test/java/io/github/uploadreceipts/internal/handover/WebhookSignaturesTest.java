package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.internal.key.WebhookSecrets;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSignaturesTest {

    private static final Instant NOW = WebhookFixture.NOW;
    private static final UploadId ID = WebhookFixture.ID;
    private static final URI RECEIVER = WebhookFixture.RECEIVER;
    private static final String BODY = "{\"type\":\"upload.finished\"}";

    private static WebhookSignatures at(KeyRing ring, Instant now) {
        return new WebhookSignatures(ring, Clock.fixed(now, ZoneOffset.UTC));
    }

    private static HandOverMessage message(Map<String, String> fields, String body) {
        return new HandOverMessage(
                fields.get("webhook-id"),
                fields.get("webhook-timestamp"),
                fields.get("webhook-signature"),
                body.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> signed() {
        return at(TestRings.photos(), NOW).sign(RECEIVER, ID, BODY);
    }

    private static HandOverMessage with(String name, String value) {
        Map<String, String> fields = new java.util.HashMap<>(signed());
        fields.put(name, value);
        return message(fields, BODY);
    }

    private static void assertAccepted(HandOverMessage message) {
        assertThatCode(() -> at(TestRings.photos(), NOW).verify(RECEIVER, ID, message))
                .doesNotThrowAnyException();
    }

    private static void assertRefused(HandOverMessage message) {
        assertRefused(RECEIVER, ID, message, NOW);
    }

    private static void assertRefused(URI receiver, UploadId id, HandOverMessage message, Instant now) {
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> at(TestRings.photos(), now).verify(receiver, id, message))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.SIGNATURE_INVALID));
    }

    /** The example in the documentation of libraries for Standard Webhooks. */
    @Test
    void hmac_knownAnswer() {
        byte[] hmac = WebhookSignatures.hmac(
                Base64.getDecoder().decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "1614265330",
                "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8));
        assertThat(Base64.getEncoder().encodeToString(hmac)).isEqualTo("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /** Computed with Python's hmac: HKDF of the bytes 64 to 95, as the comment of the class says. */
    @Test
    void secret_knownAnswer() {
        assertThat(WebhookSecrets.of(TestRings.photos(), RECEIVER.toString(), NOW))
                .singleElement()
                .satisfies(secret -> assertThat(WebhookSecrets.text(secret))
                        .isEqualTo("whsec_U1/y0Ao2+6cOLhRvnmPzdfJg8zcMZb+gCr5LgkzjTLo="));
    }

    @Test
    void secret_ofAnotherUrlOrFleet_differs() {
        List<byte[]> secrets = List.of(
                WebhookSecrets.of(TestRings.photos(), "https://a.example/", NOW).get(0),
                WebhookSecrets.of(TestRings.photos(), "https://a.example/x", NOW)
                        .get(0),
                WebhookSecrets.of(
                                TestRings.of(TestRings.ring(
                                        "films", TestRings.SIGNING, TestRings.ENCRYPTION, TestRings.DERIVATION)),
                                "https://a.example/",
                                NOW)
                        .get(0));
        assertThat(secrets.stream().map(WebhookSecrets::text)).doesNotHaveDuplicates();
    }

    @Test
    void verify_whatWasSigned() {
        assertAccepted(message(signed(), BODY));
    }

    @Test
    void verify_oneOfSeveralSignatures() {
        String genuine = signed().get("webhook-signature");
        assertAccepted(with("webhook-signature", "v1,AAAA v2,xyz v1a,x  " + genuine));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "v1",
                "v1,",
                "v1,AAAA",
                "v1,!",
                "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
            })
    void verify_otherSignature_refused(String signature) {
        assertRefused(with("webhook-signature", signature));
    }

    /** Each further signature costs a computation only for the secrets, and there is an end to them. */
    @Test
    void verify_genuineSignatureBehindTooMany_refused() {
        assertRefused(with("webhook-signature", "v1,AAAA ".repeat(16) + signed().get("webhook-signature")));
    }

    @Test
    void verify_anotherBody_refused() {
        assertRefused(message(signed(), BODY.replace("finished", "refused")));
    }

    @Test
    void verify_anotherReceiver_refused() {
        assertRefused(URI.create("https://shop.example/uploads?shop=8"), ID, message(signed(), BODY), NOW);
    }

    /** Who sees a message in a network without TLS could send it again for another upload. */
    @Test
    void verify_messageAboutAnotherUpload_refused() {
        assertRefused(RECEIVER, UploadId.random(), message(signed(), BODY), NOW);
    }

    @Test
    void verify_timeIsFiveMinutesApart() {
        HandOverMessage message = message(signed(), BODY);
        Duration tolerance = Duration.ofMinutes(5);
        assertThatCode(() -> {
                    at(TestRings.photos(), NOW.plus(tolerance)).verify(RECEIVER, ID, message);
                    at(TestRings.photos(), NOW.minus(tolerance)).verify(RECEIVER, ID, message);
                })
                .doesNotThrowAnyException();
        assertRefused(RECEIVER, ID, message, NOW.plus(tolerance).plusSeconds(1));
        assertRefused(RECEIVER, ID, message, NOW.minus(tolerance).minusSeconds(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "now", "-1", "1795251600.0", "1795251600000000", "２"})
    void verify_timestampThatIsNone_refused(String timestamp) {
        assertRefused(with("webhook-timestamp", timestamp));
    }

    /** Whether a receiver has the old secret or the new one, and whichever it signs with. */
    @Test
    void keysAreRotated_bothSecretsWork() {
        KeyRing old = TestRings.photos();
        KeyRing rotated = old.rotate(NOW, NOW.plusSeconds(3600), Duration.ofDays(8));
        Map<String, String> fields = at(rotated, NOW).sign(RECEIVER, ID, BODY);
        assertThat(fields.get("webhook-signature").split(" ")).hasSize(2).contains(signed().get("webhook-signature"));
        assertThatCode(() -> {
                    at(old, NOW).verify(RECEIVER, ID, message(fields, BODY));
                    at(rotated, NOW).verify(RECEIVER, ID, message(signed(), BODY));
                })
                .doesNotThrowAnyException();
        Instant later = NOW.plus(Duration.ofDays(9));
        Map<String, String> then = at(rotated, later).sign(RECEIVER, ID, BODY);
        assertThat(then.get("webhook-signature")).doesNotContain(" ");
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> at(old, later).verify(RECEIVER, ID, message(then, BODY)));
    }
}
