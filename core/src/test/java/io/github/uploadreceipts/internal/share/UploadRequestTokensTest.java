package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.internal.share.UploadRequestTerms.SenderName;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UploadRequestTokensTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final String KIND = "upload-request";
    private static final PasswordVerifier PASSWORD = PasswordVerifier.of(new byte[PasswordVerifier.BYTES]);

    /** The fields of {@link #full} at {@link #NOW}, in hex. */
    private static final String FIELDS = "6b015d90" + "6b016ba0" // issued, expires
            + "df" // words, who asks, size, password, name required, sealed, hand-over
            + "0014" + "00015180" + "0000000000100000" // 20 files, kept for a day, 1 MiB
            + text("r1") + text("ann") + text("Photos")
            + "02" + text("image/*") + text("application/pdf")
            + "000d" + HexFormat.of().formatHex("Please\nsend.\n".getBytes(StandardCharsets.US_ASCII))
            + text("Ann M.")
            + "00".repeat(48) // password
            + "0012" + HexFormat.of().formatHex("https://app.lan/ho".getBytes(StandardCharsets.US_ASCII));

    private static String text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().toHexDigits((byte) bytes.length) + HexFormat.of().formatHex(bytes);
    }

    private static UploadRequestTerms full() {
        return new UploadRequestTerms(
                "r1",
                "ann",
                "Photos",
                Optional.of("Please\nsend.\n"),
                Optional.of("Ann M."),
                NOW.plusSeconds(3600),
                Duration.ofDays(1),
                20,
                Optional.of(1L << 20),
                List.of("image/*", "application/pdf"),
                Optional.of(PASSWORD),
                SenderName.REQUIRED,
                true,
                Optional.of(URI.create("https://app.lan/ho")));
    }

    static UploadRequestTerms plain(String receiver, SenderName name) {
        return new UploadRequestTerms(
                "r1",
                receiver,
                "Files",
                Optional.empty(),
                Optional.empty(),
                NOW.plusSeconds(3600),
                Duration.ofDays(1),
                1,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                name,
                false,
                Optional.empty());
    }

    private static String forged(String fields) {
        return Forge.packed(KIND, "photos", HexFormat.of().parseHex(fields));
    }

    private static UploadRequestTokens at(Instant now) {
        return new UploadRequestTokens(TestRings.photos(), Clock.fixed(now, ZoneOffset.UTC));
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
        assertThat(at(NOW).verify(at(NOW).mint(full()))).isEqualTo(full());
        assertThat(at(NOW).verify(forged(FIELDS))).isEqualTo(full());
        for (SenderName name : SenderName.values()) {
            UploadRequestTerms plain = plain("ann", name);
            assertThat(at(NOW).verify(at(NOW).mint(plain))).isEqualTo(plain);
        }
    }

    @Test
    void verify_afterItsTime_gone_andBeforeIt_unavailableForNow() throws TokenRefusedException {
        String token = at(NOW).mint(full());
        assertThat(at(NOW.plusSeconds(3659)).verify(token)).isEqualTo(full());
        assertRefused(token, Reason.EXPIRED, ProblemType.UPLOAD_GONE, NOW.plusSeconds(3660));
        assertRefused(token, Reason.ISSUED_LATER, ProblemType.UNAVAILABLE, NOW.minusSeconds(61));
    }

    @Test
    void verify_anyCharacterChanged() {
        String token = at(NOW).mint(full());
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        UploadRequestTokens tokens = at(NOW);
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

    /** Then no link fails when its URL is made. */
    @Test
    void mint_longestFields() throws TokenRefusedException {
        String[] types = IntStream.range(0, 16)
                .mapToObj(i -> "image/x" + "%08d".formatted(i))
                .toArray(String[]::new);
        types[15] += "x".repeat(254 - String.join("", types).length());
        UploadRequestTerms longest = new UploadRequestTerms(
                "r".repeat(64),
                "s".repeat(255),
                "t".repeat(150),
                Optional.of("w".repeat(500)),
                Optional.of("a".repeat(100)),
                NOW.plus(Duration.ofDays(365)),
                Duration.ofDays(365),
                1_000,
                Optional.of(Long.MAX_VALUE),
                List.of(types),
                Optional.of(PASSWORD),
                SenderName.NOT_ASKED,
                true,
                Optional.of(URI.create("https://app.lan/" + "h".repeat(496))));
        assertThat(at(NOW).verify(at(NOW).mint(longest))).isEqualTo(longest);
        assertThat(at(NOW).mint(plain("ann", SenderName.OPTIONAL))).hasSizeLessThan(120);
    }

    static List<Arguments> fieldsThatWeDoNotWrite() {
        return List.of(
                Arguments.of("nothing", ""),
                Arguments.of("times only", FIELDS.substring(0, 16)),
                Arguments.of("a hand-over by ftp", FIELDS.replace("6874747073", "6674703a2f")),
                Arguments.of("no hand-over where one is announced", FIELDS.substring(0, FIELDS.length() - 40)),
                Arguments.of("a name that is required and not asked for", FIELDS.replace("6b016ba0df", "6b016ba0ff")),
                Arguments.of("a password that no flag announces", FIELDS.replace("6b016ba0df", "6b016ba0d7")),
                Arguments.of("no password where one is announced", FIELDS.replace("00".repeat(48), "")),
                Arguments.of("more than a hand-over", FIELDS + "00"),
                Arguments.of("no files", FIELDS.replace("0014" + "00015180", "0000" + "00015180")),
                Arguments.of("1,001 files", FIELDS.replace("0014" + "00015180", "03e9" + "00015180")),
                Arguments.of("kept for no time", FIELDS.replace("0014" + "00015180", "0014" + "00000000")),
                Arguments.of("kept for 366 days", FIELDS.replace("0014" + "00015180", "0014" + "01e28500")),
                Arguments.of("a negative size", FIELDS.replace("0000000000100000", "ff00000000100000")),
                Arguments.of("no id", FIELDS.replace(text("r1"), "00")),
                Arguments.of("an id with a space", FIELDS.replace(text("r1"), text("r "))),
                Arguments.of("no receiver", FIELDS.replace(text("ann"), "00")),
                Arguments.of("no UTF-8", FIELDS.replace(text("ann"), "03c0af70")),
                Arguments.of("no title", FIELDS.replace(text("Photos"), "00")),
                Arguments.of("a type that is none", FIELDS.replace(text("image/*"), text("images!"))),
                Arguments.of("255 types", FIELDS.replace("02" + text("image/*"), "ff" + text("image/*"))),
                Arguments.of("no words where some are announced", FIELDS.replace("6b016ba0df", "6b016ba0de")),
                Arguments.of("nobody asks", FIELDS.replace(text("Ann M."), "00")),
                Arguments.of("expires before it is issued", FIELDS.replace("6b016ba0", "6b015d8f")),
                Arguments.of("a life of more than 400 days", FIELDS.replace("6b016ba0", "6d10b591")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void fieldsThatWeDoNotWrite(String what, String fields) {
        assertThat(fields).isNotEqualTo(FIELDS);
        assertRefused(forged(fields), Reason.CLAIMS, ProblemType.NOT_FOUND, NOW);
    }

    @Test
    void verify_ofAnotherKindFleetOrKey() {
        byte[] fields = HexFormat.of().parseHex(FIELDS);
        assertRefused(Forge.packed("upload-share", "photos", fields), Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        String ofAnotherFleet = Forge.packed(KIND, "videos", fields);
        assertRefused(ofAnotherFleet, Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        assertRefused(ofAnotherFleet, Reason.SEAL, ProblemType.NOT_FOUND, NOW.plusSeconds(86_400));
        String ofAnotherKey =
                new UploadRequestTokens(KeyRing.generate("photos"), Clock.fixed(NOW, ZoneOffset.UTC)).mint(full());
        assertRefused(ofAnotherKey, Reason.HEADER, ProblemType.NOT_FOUND, NOW);
        assertRefused("A".repeat(3073), Reason.TOO_LONG, ProblemType.NOT_FOUND, NOW);
    }
}
