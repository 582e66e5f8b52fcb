package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.internal.handover.FinishTokens.Named;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FinishTokensTest {

    private static final Instant NOW = WebhookFixture.NOW;
    private static final Instant EXPIRES = NOW.plusSeconds(3600);
    private static final Named NAMED = named("http://app1.lan:8080/shop", "https://shop.example/");

    /** The fields of {@link #NAMED} at {@link #NOW}, in hex. */
    private static final String FIELDS = "6b015d90" + "6b016ba0" // issued, expires
            + "000102030405060708090a0b0c0d0e0f" // id
            + "6b016ba0" // hour
            + "19" + hex("http://app1.lan:8080/shop")
            + "0015" + hex("https://shop.example/");

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Named named(String base, String receiver) {
        return new Named(
                new Location(URI.create(base), ExpiryHour.of(EXPIRES), WebhookFixture.ID), URI.create(receiver));
    }

    private static FinishTokens at(Instant now) {
        return new FinishTokens(TestRings.photos(), Clock.fixed(now, ZoneOffset.UTC));
    }

    private static String forged(String kind, String fleet, String fields) {
        return Forge.packed(kind, fleet, HexFormat.of().parseHex(fields));
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
        String token = at(NOW).mint(NAMED, EXPIRES);
        assertThat(token).hasSizeLessThan(200).doesNotContain("shop");
        assertThat(ResourceTokens.isMeant(token)).isTrue(); // which says that it is packed
        assertThat(at(NOW).verify(token)).isEqualTo(NAMED);
        assertThat(at(NOW).verify(forged("upload-finish", "photos", FIELDS))).isEqualTo(NAMED);
    }

    @Test
    void verify_afterItsTime_gone() throws TokenRefusedException {
        String token = at(NOW).mint(NAMED, EXPIRES);
        assertThat(at(EXPIRES.plusSeconds(59)).verify(token)).isEqualTo(NAMED);
        assertRefused(token, Reason.EXPIRED, ProblemType.UPLOAD_GONE, EXPIRES.plusSeconds(60));
        assertRefused(token, Reason.ISSUED_LATER, ProblemType.UNAVAILABLE, NOW.minusSeconds(61));
    }

    /** Whoever has the URL of an upload cannot finish its hand-over with it, nor resume an upload with a finish URL. */
    @Test
    void verify_otherKindOrFleet_refused() throws TokenRefusedException {
        for (String kind : List.of("upload-resource", "upload-share", "upload-link-request", "upload-finis")) {
            assertRefused(forged(kind, "photos", FIELDS), Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        }
        assertRefused(forged("upload-finish", "films", FIELDS), Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        ResourceTokens resources = new ResourceTokens(TestRings.photos(), Clock.fixed(NOW, ZoneOffset.UTC));
        String resource = resources.mint(new UploadResource(NAMED.location().base(), WebhookFixture.ID, EXPIRES));
        assertRefused(resource, Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> resources.verify(at(NOW).mint(NAMED, EXPIRES)));
    }

    @Test
    void verify_anyByteChangedLeftOutOrAdded_refused() {
        String token = at(NOW).mint(NAMED, EXPIRES);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int i = 0; i < token.length(); i++) {
            String before = token.substring(0, i);
            String after = token.substring(i + 1);
            char neighbour = alphabet.charAt(alphabet.indexOf(token.charAt(i)) ^ 1);
            for (String changed :
                    List.of(before + neighbour + after, before + '.' + after, before + after, before, token + "A")) {
                assertThatExceptionOfType(TokenRefusedException.class)
                        .as(changed)
                        .isThrownBy(() -> at(NOW).verify(changed));
            }
        }
    }

    /** Fields that only a host could have written, but none does. */
    @ParameterizedTest
    @ValueSource(ints = {0, 8, 16, 47, 48, 54, 80, 100, 141})
    void verify_fieldsCutOff_refused(int characters) {
        String cut = FIELDS.substring(0, Math.min(characters, FIELDS.length() - 2) & ~1);
        assertRefused(forged("upload-finish", "photos", cut), Reason.CLAIMS, ProblemType.NOT_FOUND, NOW);
    }

    @Test
    void verify_fieldsThatNoHostWrites_refused() {
        String tail = FIELDS.substring(0, 56);
        for (String fields : List.of(
                FIELDS + "00",
                tail + "03" + hex("nix") + "0015" + hex("https://shop.example/"),
                tail + "19" + hex("http://app1.lan:8080/shop") + "0002" + hex("a b"),
                tail + "19" + hex("http://app1.lan:8080/shop") + "0001" + "ff")) {
            assertRefused(forged("upload-finish", "photos", fields), Reason.CLAIMS, ProblemType.NOT_FOUND, NOW);
        }
    }

    @Test
    void mint_baseThatIsTooLong_saysWhat() {
        Named named = named("http://app1.lan/" + "x".repeat(250), "https://shop.example/");
        assertThatIllegalStateException()
                .isThrownBy(() -> at(NOW).mint(named, EXPIRES))
                .withMessageContaining("no URL to finish at can be made");
    }
}
