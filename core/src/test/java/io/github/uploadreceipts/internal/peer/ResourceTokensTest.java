package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourceTokensTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final UploadResource RESOURCE = resource("http://app1.lan:8080/shop");
    private static final String TYP = "upload-resource+jwt";
    private static final String CLAIMS = "{\"iss\":\"photos\",\"aud\":\"resources\",\"iat\":1795251600,"
            + "\"exp\":1795255200,\"jti\":\"AAECAwQFBgcICQoLDA0ODw\",\"loc\":\"http://app1.lan:8080/shop\"}";

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
        assertThat(at(NOW).verify(Forge.nested(TYP, CLAIMS))).isEqualTo(RESOURCE);
    }

    @Test
    void verify_afterItsTime_gone() throws TokenRefusedException {
        String token = at(NOW).mint(RESOURCE);
        assertThat(at(NOW.plusSeconds(3659)).verify(token)).isEqualTo(RESOURCE);
        assertRefused(token, Reason.EXPIRED, ProblemType.UPLOAD_GONE, NOW.plusSeconds(3660));
    }

    /** Each character is replaced by its neighbour in the alphabet, which changes one bit, and by a dot. */
    @Test
    void verify_anyCharacterChanged() {
        String token = at(NOW).mint(RESOURCE);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        ResourceTokens tokens = at(NOW);
        for (int i = 0; i < token.length(); i++) {
            int at = alphabet.indexOf(token.charAt(i));
            char neighbour = at < 0 ? 'A' : alphabet.charAt(at ^ 1);
            for (char other : new char[] {neighbour, at < 0 ? '-' : '.'}) {
                String changed = token.substring(0, i) + other + token.substring(i + 1);
                assertThatExceptionOfType(TokenRefusedException.class)
                        .as("%s at %s", other, i)
                        .isThrownBy(() -> tokens.verify(changed))
                        .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.NOT_FOUND));
            }
        }
    }

    /** Front servers refuse long URLs. Both key ids have the length that rotation gives them. */
    @Test
    void mint_short() {
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        ResourceTokens tokens = new ResourceTokens(KeyRing.generate("a-fleet-with-a-name"), Clock.systemUTC());
        UploadResource plain = new UploadResource(URI.create("http://app1.lan:8080"), RESOURCE.id(), Instant.now());
        String longBase = "https://" + "a".repeat(44) + ".example.org:8443/" + "b".repeat(30);
        assertThat(longBase).hasSize(100);
        assertThat(tokens.mint(plain)).hasSizeLessThan(700);
        assertThat(tokens.mint(new UploadResource(URI.create(longBase), RESOURCE.id(), Instant.now())))
                .hasSizeLessThan(ResourceTokens.MAX_LENGTH);
        assertThatIllegalStateException()
                .isThrownBy(() -> new ResourceTokens(TestRings.photos(), clock)
                        .mint(resource("http://app1.lan/" + "b".repeat(400))))
                .withMessageContaining("location");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CLAIMS|\"jti\":\"AA|\"jti\":\"A",
                "CLAIMS|\"jti\":\"AAECAwQFBgcICQoLDA0ODw\",|",
                "CLAIMS|\"http://app1.lan:8080/shop\"|\"ftp://app1.lan\"",
                "CLAIMS|\"http://app1.lan:8080/shop\"|\"http://u@app1.lan\"",
                "CLAIMS|\"http://app1.lan:8080/shop\"|\"http://app1.lan/../x\"",
                "CLAIMS|\"http://app1.lan:8080/shop\"|\"http://[\"",
                "CLAIMS|\"http://app1.lan:8080/shop\"|null",
                "CLAIMS|\"loc\"|\"loc\":\"http://a\",\"loc\"",
                "CLAIMS|1795255200|\"1795255200\"",
                "CLAIMS|1795255200|9223372036854775807",
                "AUDIENCE|resources|receipts",
                "ISSUER|photos|videos",
            })
    void verify_claimsThatWeDoNotWrite(Reason reason, String from, String to) {
        assertThat(CLAIMS).contains(from);
        String token = Forge.nested(TYP, CLAIMS.replace(from, to == null ? "" : to));
        assertRefused(token, reason, ProblemType.NOT_FOUND, NOW);
    }

    @Test
    void verify_otherTyp() {
        assertRefused(Forge.nested("upload-receipt+jwt", CLAIMS), Reason.HEADER, ProblemType.NOT_FOUND, NOW);
        assertRefused(Forge.jws("{}", CLAIMS), Reason.PROTECTION, ProblemType.NOT_FOUND, NOW);
    }
}
