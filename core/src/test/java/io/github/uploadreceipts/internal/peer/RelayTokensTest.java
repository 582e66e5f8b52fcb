package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RelayTokensTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final URI HERE = URI.create("http://app1.lan:8080/shop");
    private static final UploadResource RESOURCE =
            new UploadResource(HERE, UploadId.parse("AAECAwQFBgcICQoLDA0ODw"), NOW.plusSeconds(3600));
    private static final String HEADER = "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-relay+jwt\"}";
    private static final String CLAIMS = "{\"iss\":\"photos\",\"aud\":\"http://app1.lan:8080/shop\",\"iat\":1795251600,"
            + "\"exp\":1795251660,\"jti\":\"AAECAwQFBgcICQoLDA0ODw\",\"method\":\"PATCH\",\"purpose\":\"SERVE\","
            + "\"id\":\"AAECAwQFBgcICQoLDA0ODw\",\"loc\":\"http://app1.lan:8080/shop\",\"until\":1795255200}";

    private static RelayTokens at(Instant now) {
        return new RelayTokens(TestRings.photos(), Clock.fixed(now, ZoneOffset.UTC));
    }

    private static RelayRequest request(RelayRequest.Purpose purpose) {
        return new RelayRequest(HERE, "PATCH", purpose, Optional.of(RESOURCE), Optional.empty());
    }

    private static void assertRefused(Reason reason, Instant now, String token, String method, URI host) {
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> at(now).verify(token, method, OwnUrls.of(host)))
                .satisfies(e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.problem().type()).isEqualTo(ProblemType.PEER_TOKEN_REFUSED);
                });
    }

    @ParameterizedTest
    @EnumSource
    void verify_whatWasMinted(RelayRequest.Purpose purpose) throws TokenRefusedException {
        RelayRequest request = request(purpose);
        assertThat(at(NOW).verify(at(NOW).mint(request), "PATCH", OwnUrls.of(HERE)))
                .isEqualTo(request);
        RelayRequest permitted = new RelayRequest(HERE, "POST", purpose, Optional.empty(), Optional.of("{}"));
        assertThat(at(NOW).verify(at(NOW).mint(permitted), "POST", OwnUrls.of(HERE)))
                .isEqualTo(permitted);
    }

    /** A relay token is only signed, so the key of a sealed upload is encrypted within it, for a minute. */
    @Test
    void verify_sealedUpload_keyIsEncrypted() throws TokenRefusedException {
        SealKey key = SealKey.random();
        UploadResource resource =
                new UploadResource(RESOURCE.owner(), RESOURCE.id(), RESOURCE.expiresAt(), Optional.of(key));
        RelayRequest request =
                new RelayRequest(HERE, "PATCH", RelayRequest.Purpose.SERVE, Optional.of(resource), Optional.empty());
        String token = at(NOW).mint(request);
        assertThat(at(NOW).verify(token, "PATCH", OwnUrls.of(HERE))).isEqualTo(request);
        String claims = new String(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), StandardCharsets.US_ASCII);
        assertThat(claims)
                .contains("\"seal\":\"")
                .doesNotContain(
                        Base64.getUrlEncoder().encodeToString(key.bytes()).substring(0, 16));
        String packed = claims.replaceAll(".*\"seal\":\"([^\"]+)\".*", "$1");
        assertThat(Forge.packed("upload-relay-key", "photos", new byte[56])).hasSameSizeAs(packed);

        String sealed = CLAIMS.replace("\"until\"", "\"seal\":\"" + packed + "\",\"until\"");
        assertThat(at(NOW).verify(Forge.jws(HEADER, sealed), "PATCH", OwnUrls.of(HERE)))
                .isEqualTo(request);
        for (String other : List.of(
                packed.substring(1),
                new ResourceTokens(TestRings.photos(), Clock.fixed(NOW, ZoneOffset.UTC)).mint(resource),
                Forge.packed("upload-relay-key", "photos", times(new byte[47])),
                Forge.packed("upload-relay-key", "photos", times(new byte[49])))) {
            String changed = Forge.jws(HEADER, sealed.replace(packed, other));
            assertThatExceptionOfType(TokenRefusedException.class)
                    .isThrownBy(() -> at(NOW).verify(changed, "PATCH", OwnUrls.of(HERE)))
                    .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.PEER_TOKEN_REFUSED));
        }
    }

    private static byte[] times(byte[] key) {
        int now = (int) NOW.getEpochSecond();
        return ByteBuffer.allocate(8 + key.length)
                .putInt(now)
                .putInt(now + 60)
                .put(key)
                .array();
    }

    @Test
    void verify_anyOtherRequest() {
        String token = at(NOW).mint(request(RelayRequest.Purpose.SERVE));
        assertRefused(Reason.REQUEST, NOW, token, "DELETE", HERE);
        assertRefused(Reason.REQUEST, NOW, token, "patch", HERE);
        assertRefused(Reason.AUDIENCE, NOW, token, "PATCH", URI.create("http://app1.lan:8080"));
        assertRefused(Reason.AUDIENCE, NOW, token, "PATCH", URI.create("http://app2.lan:8080/shop"));
        assertRefused(Reason.EXPIRED, NOW.plusSeconds(120), token, "PATCH", HERE);
        assertRefused(Reason.ISSUED_LATER, NOW.minusSeconds(61), token, "PATCH", HERE);
    }

    @Test
    void verify_clocksThatDiffer_logNamesBoth() {
        String token = at(NOW).mint(request(RelayRequest.Purpose.SERVE));
        for (Instant now : List.of(NOW.minusSeconds(90), NOW.plusSeconds(150))) {
            assertThatExceptionOfType(TokenRefusedException.class)
                    .isThrownBy(() -> at(now).verify(token, "PATCH", OwnUrls.of(HERE)))
                    .satisfies(e -> assertThat(e.explanation())
                            .endsWith(": its issuer's clock said " + NOW + ", and this host's clock says " + now));
        }
    }

    @Test
    void request_isAboutAnUploadOrAPermit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new RelayRequest(HERE, "POST", RelayRequest.Purpose.SERVE, Optional.empty(), Optional.empty()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RelayRequest(
                        HERE, "POST", RelayRequest.Purpose.SERVE, Optional.of(RESOURCE), Optional.of("{}")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"purpose\":\"SERVE\"|\"purpose\":\"OWN\"",
                "\"purpose\":\"SERVE\",|",
                "\"method\":\"PATCH\",|",
                "\"jti\":\"AA|\"jti\":\"A",
                "\"id\":\"AA|\"id\":\"A",
                ",\"until\":1795255200|",
                "1795255200|\"1795255200\"",
                "1795255200|9223372036854775807",
                "\"loc\":\"http|\"loc\":\"ftp",
                "\"id\":\"AAECAwQFBgcICQoLDA0ODw\",|",
                ",\"until\"|,\"permit\":\"{}\",\"until\"",
                "1795251660|1795251661",
            })
    void verify_claimsThatWeDoNotWrite(String from, String to) throws TokenRefusedException {
        assertThat(at(NOW).verify(Forge.jws(HEADER, CLAIMS), "PATCH", OwnUrls.of(HERE)))
                .isEqualTo(request(RelayRequest.Purpose.SERVE));
        assertThat(CLAIMS).contains(from);
        String changed = Forge.jws(HEADER, CLAIMS.replace(from, to == null ? "" : to));
        assertRefused(Reason.CLAIMS, NOW, changed, "PATCH", HERE);
    }

    /**
     * Containers limit the header fields of a request to 8 KiB. A relay token shares them with the client's own fields.
     */
    @Test
    void mint_longestPermit_fitsIntoAHeader() throws TokenRefusedException {
        String context = "{\"a\":\"" + "\\\"".repeat(505) + "\"}";
        String permit = PermitClaims.write(
                UploadPermit.of("\"".repeat(256), UploadLimits.defaults()).context(context));
        RelayRequest request =
                new RelayRequest(HERE, "POST", RelayRequest.Purpose.SERVE, Optional.empty(), Optional.of(permit));
        String token = at(NOW).mint(request);
        assertThat(token).hasSizeLessThan(5 * 1024);
        assertThat(at(NOW).verify(token, "POST", OwnUrls.of(HERE))).isEqualTo(request);
    }
}
