package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ResourceTokensTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final UploadResource RESOURCE = resource("http://app1.lan:8080/shop");
    private static final SealKey KEY = SealKey.random();
    private static final String KIND = "upload-resource";

    /** The fields of {@link #RESOURCE} at {@link #NOW}, in hex. */
    private static final String FIELDS = "6b015d90" + "6b016ba0" // issued, expires
            + "000102030405060708090a0b0c0d0e0f" // id
            + "19" + hex("http://app1.lan:8080/shop");

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String forged(String fields) {
        return Forge.packed(KIND, "photos", HexFormat.of().parseHex(fields));
    }

    private static UploadResource resource(String owner) {
        return new UploadResource(URI.create(owner), UploadId.parse("AAECAwQFBgcICQoLDA0ODw"), NOW.plusSeconds(3600));
    }

    private static ResourceTokens at(Instant now) {
        return new ResourceTokens(TestRings.photos(), Clock.fixed(now, ZoneOffset.UTC));
    }

    private static void assertRefused(String token, Reason reason, ProblemType type, Instant now) {
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> at(now).verify(token))
                .satisfies(e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.problem().type()).isEqualTo(type);
                });
    }

    @Test
    void verify_whatWasMinted() throws TokenRefusedException {
        String token = at(NOW).mint(RESOURCE);
        assertThat(ResourceTokens.isMeant(token)).isTrue();
        assertThat(at(NOW).verify(token)).isEqualTo(RESOURCE);
        assertThat(at(NOW).verify(forged(FIELDS))).isEqualTo(RESOURCE);
    }

    private static UploadResource sealed(UploadResource resource) {
        return new UploadResource(resource.owner(), resource.id(), resource.expiresAt(), Optional.of(KEY));
    }

    @Test
    void verify_sealedUpload_keyIsInTheTokenOnly() throws TokenRefusedException {
        UploadResource resource = sealed(RESOURCE);
        String token = at(NOW).mint(resource);
        assertThat(at(NOW).verify(token)).isEqualTo(resource);
        String key = HexFormat.of().formatHex(KEY.bytes());
        assertThat(at(NOW).verify(forged(FIELDS + key))).isEqualTo(resource);
        assertRefused(forged(FIELDS + key.substring(2)), Reason.CLAIMS, ProblemType.NOT_FOUND, NOW);
        assertRefused(forged(FIELDS + key + "00"), Reason.CLAIMS, ProblemType.NOT_FOUND, NOW);
        String seen = HexFormat.of().formatHex(Base64.getUrlDecoder().decode(token));
        assertThat(seen).doesNotContain(key.substring(0, 16));
        assertThat(resource.toString()).contains("a seal key");
    }

    @Test
    void verify_afterItsTime_gone() throws TokenRefusedException {
        String token = at(NOW).mint(RESOURCE);
        assertThat(at(NOW.plusSeconds(3659)).verify(token)).isEqualTo(RESOURCE);
        assertRefused(token, Reason.EXPIRED, ProblemType.UPLOAD_GONE, NOW.plusSeconds(3660));
    }

    /** The clock of the host that is asked is behind, and the upload is there. */
    @Test
    void verify_beforeItsTime_unavailableForNow() {
        String token = at(NOW).mint(RESOURCE);
        assertRefused(token, Reason.ISSUED_LATER, ProblemType.UNAVAILABLE, NOW.minusSeconds(61));
    }

    /**
     * Each character is replaced by its neighbour in the alphabet, which changes one bit, by one that no token has, and
     * left out; what is left of the token at each place is shown, too.
     */
    @Test
    void verify_anyCharacterChanged() {
        String token = at(NOW).mint(RESOURCE);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        ResourceTokens tokens = at(NOW);
        for (int i = 0; i < token.length(); i++) {
            String before = token.substring(0, i);
            String after = token.substring(i + 1);
            char neighbour = alphabet.charAt(alphabet.indexOf(token.charAt(i)) ^ 1);
            for (String changed : List.of(before + neighbour + after, before + '.' + after, before + after, before)) {
                assertThatExceptionOfType(TokenRefusedException.class)
                        .as("%s at %s", changed, i)
                        .isThrownBy(() -> tokens.verify(changed))
                        .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.NOT_FOUND));
            }
        }
    }

    /** Front servers and people cut long URLs, and the URLs of 16 parallel parts have to fit into one header field. */
    @Test
    void mint_short() {
        ResourceTokens tokens = new ResourceTokens(KeyRing.generate("a-fleet-with-a-name"), Clock.systemUTC());
        String url = "http://photos-10.photos.default.svc:8080";
        assertThat(url).hasSize(40);
        UploadResource resource = new UploadResource(URI.create(url), RESOURCE.id(), Instant.now());
        assertThat(tokens.mint(resource)).hasSizeLessThan(140 + 30);
        assertThat(tokens.mint(sealed(resource))).hasSizeLessThanOrEqualTo(230);
    }

    @Test
    void mint_internalUrlTooLong() throws TokenRefusedException {
        UploadResource longest = resource("http://app1.lan/" + "b".repeat(239));
        assertThat(at(NOW).verify(at(NOW).mint(longest))).isEqualTo(longest);
        assertThatIllegalStateException()
                .isThrownBy(() -> at(NOW).mint(resource("http://app1.lan/" + "b".repeat(240))))
                .withMessage("no upload URL can be made: a text has 256 bytes, more than 255;"
                        + " shorten the internal URL");
    }

    static List<Arguments> fieldsThatWeDoNotWrite() {
        String url = "19" + hex("http://app1.lan:8080/shop");
        return List.of(
                Arguments.of("nothing", ""),
                Arguments.of("no owner", FIELDS.replace(url, "")),
                Arguments.of("an empty owner", FIELDS.replace(url, "00")),
                Arguments.of("an owner that is cut off", FIELDS.substring(0, FIELDS.length() - 2)),
                Arguments.of("more than an owner", FIELDS + "00"),
                Arguments.of("no UTF-8", FIELDS.replace(hex("shop"), "73c0af70")),
                Arguments.of("ftp", FIELDS.replace(url, "0e" + hex("ftp://app1.lan"))),
                Arguments.of("a user", FIELDS.replace(url, "11" + hex("http://u@app1.lan"))),
                Arguments.of("no URL", FIELDS.replace(url, "08" + hex("http://["))),
                Arguments.of("a path of dots", FIELDS.replace(hex("shop"), hex("/../"))),
                Arguments.of("expires before it is issued", FIELDS.replace("6b016ba0", "6b015d8f")),
                Arguments.of("a life of more than 400 days", FIELDS.replace("6b016ba0", "6d10b591")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void fieldsThatWeDoNotWrite(String what, String fields) {
        assertRefused(forged(fields), Reason.CLAIMS, ProblemType.NOT_FOUND, NOW);
    }

    @Test
    void verify_ofAnotherKindFleetOrKey() {
        byte[] fields = HexFormat.of().parseHex(FIELDS);
        assertRefused(Forge.packed("upload-share", "photos", fields), Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        assertRefused(Forge.packed(KIND, "videos", fields), Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        String ofAnotherKey = new ResourceTokens(KeyRing.generate("photos"), Clock.systemUTC()).mint(RESOURCE);
        assertRefused(ofAnotherKey, Reason.HEADER, ProblemType.NOT_FOUND, NOW);
        String ofAnotherVersion = "Ag" + forged(FIELDS).substring(2);
        assertRefused(ofAnotherVersion, Reason.HEADER, ProblemType.NOT_FOUND, NOW);
        assertRefused("A".repeat(513), Reason.TOO_LONG, ProblemType.NOT_FOUND, NOW);
    }

    @Test
    void verify_underAKeyThatHasExpired() {
        String root = TestRings.DERIVATION.replace("}", ",\"exp\":1795255000}");
        KeyRing ring = TestRings.of(TestRings.ring("photos", TestRings.SIGNING, TestRings.ENCRYPTION, root));
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        String token = new ResourceTokens(ring, clock).mint(RESOURCE);
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> new ResourceTokens(ring, Clock.offset(clock, Duration.ofSeconds(3400))).verify(token))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.KEY_EXPIRED));
    }
}
