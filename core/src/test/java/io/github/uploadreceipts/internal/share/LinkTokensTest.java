package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ContentKey;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LinkTokensTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final UploadId ID = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");
    private static final ExpiryHour HOUR = ExpiryHour.parse("2026-11-22T09");
    private static final String KIND = "upload-share";
    private static final ContentKey KEY = SealKey.of(new byte[SealKey.BYTES]);
    private static final PasswordVerifier PASSWORD = PasswordVerifier.of(new byte[PasswordVerifier.BYTES]);

    /** The fields of {@link #full} at {@link #NOW}, in hex. */
    private static final String FIELDS = "6b015d90" + "6b016ba0" // issued, expires
            + "37" + "0003" // sealed, password, inline, subject, note; three downloads
            + "0000000000000005"
            + "00".repeat(32) // digest
            + "000102030405060708090a0b0c0d0e0f" // id
            + "01" + "6b02af10" + text("http://app1.lan:8080/shop")
            + text("image/png") + text("a.png")
            + "00".repeat(48) // content key and seal id
            + "00".repeat(48) // password
            + text("ann") + text("From Bob.");

    private static String text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().toHexDigits((byte) bytes.length) + HexFormat.of().formatHex(bytes);
    }

    private static String forged(String fields) {
        return Forge.packed(KIND, "photos", HexFormat.of().parseHex(fields));
    }

    private static LinkTokens at(Instant now) {
        return new LinkTokens(TestRings.photos(), Clock.fixed(now, ZoneOffset.UTC));
    }

    private static UploadReceipt upload(
            String name, List<String> owners, Optional<String> subject, Optional<ContentKey> key) {
        return new UploadReceipt(
                ID,
                name,
                "image/png",
                5,
                ContentDigest.of(new byte[32]),
                owners.stream()
                        .map(owner -> new Location(URI.create(owner), HOUR, ID))
                        .toList(),
                subject,
                Instant.EPOCH,
                NOW.plusSeconds(3600),
                Optional.empty(),
                Optional.empty(),
                key);
    }

    private static LinkTerms full() {
        UploadReceipt upload =
                upload("a.png", List.of("http://app1.lan:8080/shop"), Optional.of("ann"), Optional.of(KEY));
        return new LinkTerms(upload, true, false, Optional.of(PASSWORD), 3, false, Optional.of("From Bob."));
    }

    private static LinkTerms plain(String owner) {
        UploadReceipt upload = upload("a.png", List.of(owner), Optional.empty(), Optional.empty());
        return new LinkTerms(upload, false, true, Optional.empty(), 0, false, Optional.empty());
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
        LinkTerms plain = plain("http://app1.lan");
        assertThat(at(NOW).verify(at(NOW).mint(plain))).isEqualTo(plain);
        List<String> owners = List.of("http://a.lan", "http://b.lan", "https://c.lan:8443/x", "http://[fd00::1]:8080");
        UploadReceipt copied = upload("Übersicht.png", owners, Optional.empty(), Optional.empty());
        LinkTerms ofCopies = new LinkTerms(copied, false, false, Optional.empty(), 0, true, Optional.empty());
        assertThat(at(NOW).verify(at(NOW).mint(ofCopies))).isEqualTo(ofCopies);
    }

    @Test
    void verify_afterItsTime_gone() throws TokenRefusedException {
        String token = at(NOW).mint(full());
        assertThat(at(NOW.plusSeconds(3659)).verify(token)).isEqualTo(full());
        assertRefused(token, Reason.EXPIRED, ProblemType.UPLOAD_GONE, NOW.plusSeconds(3660));
    }

    /** The clock of the host that is asked is behind, and the upload is there. */
    @Test
    void verify_beforeItsTime_unavailableForNow() {
        String token = at(NOW).mint(full());
        assertRefused(token, Reason.ISSUED_LATER, ProblemType.UNAVAILABLE, NOW.minusSeconds(61));
    }

    /** As {@code ResourceTokensTest} changes the tokens of upload URLs. */
    @Test
    void verify_anyCharacterChanged() {
        String token = at(NOW).mint(full());
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        LinkTokens tokens = at(NOW);
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

    /** The longest that is common: sealed, with a password and a name of 20 bytes. */
    @Test
    void mint_short() {
        LinkTokens tokens = new LinkTokens(KeyRing.generate("a-fleet-with-a-name"), Clock.fixed(NOW, ZoneOffset.UTC));
        String owner = "http://photos-10.photos.default.svc:8080";
        String name = "twenty-bytes-name.jp";
        assertThat(owner).hasSize(40);
        assertThat(name).hasSize(20);
        UploadReceipt upload = upload(name, List.of(owner), Optional.empty(), Optional.of(KEY));
        LinkTerms terms = new LinkTerms(upload, true, false, Optional.of(PASSWORD), 0, false, Optional.empty());
        assertThat(tokens.mint(terms)).hasSizeLessThanOrEqualTo(400);
    }

    /** Whatever a receipt may hold but several locations of the longest kind. */
    @Test
    void mint_longestFields() throws TokenRefusedException {
        String owner = "http://app1.lan/" + "b".repeat(239);
        UploadReceipt upload = upload("n".repeat(255), List.of(owner), Optional.of("s".repeat(255)), Optional.of(KEY));
        LinkTerms terms =
                new LinkTerms(upload, true, false, Optional.of(PASSWORD), 65_535, false, Optional.of("w".repeat(200)));
        assertThat(at(NOW).verify(at(NOW).mint(terms))).isEqualTo(terms);
    }

    @Test
    void mint_tooLong() {
        assertThatIllegalStateException()
                .isThrownBy(() -> at(NOW).mint(plain("http://app1.lan/" + "b".repeat(240))))
                .withMessage("no share link can be made: a text has 256 bytes, more than 255");
        UploadReceipt upload = upload(
                "n".repeat(255),
                Collections.nCopies(4, "http://app1.lan/" + "b".repeat(239)),
                Optional.of("s".repeat(255)),
                Optional.of(KEY));
        LinkTerms terms =
                new LinkTerms(upload, true, false, Optional.of(PASSWORD), 0, false, Optional.of("w".repeat(200)));
        assertThatIllegalStateException()
                .isThrownBy(() -> at(NOW).mint(terms))
                .withMessageStartingWith("no share link can be made: its token would have");
    }

    static List<Arguments> fieldsThatWeDoNotWrite() {
        String owner = text("http://app1.lan:8080/shop");
        String id = "000102030405060708090a0b0c0d0e0f";
        return List.of(
                Arguments.of("nothing", ""),
                Arguments.of("times only", FIELDS.substring(0, 16)),
                Arguments.of("an unknown flag", FIELDS.replace("6b016ba037", "6b016ba0b7")),
                Arguments.of("a key that no flag announces", FIELDS.replace("6b016ba037", "6b016ba036")),
                Arguments.of("no password where one is announced", FIELDS.replace("00".repeat(48) + "03", "03")),
                Arguments.of("no note where one is announced", FIELDS.replace(text("From Bob."), "")),
                Arguments.of("an empty note", FIELDS.replace(text("From Bob."), "00")),
                Arguments.of("an empty subject", FIELDS.replace(text("ann"), "00")),
                Arguments.of("a note that is cut off", FIELDS.substring(0, FIELDS.length() - 2)),
                Arguments.of("more than a note", FIELDS + "00"),
                Arguments.of("no location", FIELDS.replace("01" + "6b02af10" + owner, "00")),
                Arguments.of("255 locations", FIELDS.replace("01" + "6b02af10", "ff" + "6b02af10")),
                Arguments.of("an hour that is none", FIELDS.replace("6b02af10", "6b02af11")),
                Arguments.of("an id that is cut off", FIELDS.replace(id, id.substring(2))),
                Arguments.of("a negative size", FIELDS.replace("0000000000000005", "ff00000000000005")),
                Arguments.of("a path as its name", FIELDS.replace(text("a.png"), text("../a"))),
                Arguments.of("a type with a line end", FIELDS.replace(text("image/png"), text("image/\r\nx"))),
                Arguments.of("no UTF-8", FIELDS.replace(text("ann"), "03c0af70")),
                Arguments.of("ftp", FIELDS.replace(owner, text("ftp://app1.lan"))),
                Arguments.of("no URL", FIELDS.replace(owner, text("http://["))),
                Arguments.of("downloads that caches serve", FIELDS.replace("6b016ba037", "6b016ba03f")),
                Arguments.of("expires before it is issued", FIELDS.replace("6b016ba0", "6b015d8f")),
                Arguments.of("a life of more than 400 days", FIELDS.replace("6b016ba0", "6d10b591")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void fieldsThatWeDoNotWrite(String what, String fields) {
        assertThat(fields).isNotEqualTo(FIELDS);
        assertRefused(forged(fields), Reason.CLAIMS, ProblemType.NOT_FOUND, NOW);
    }

    /** A wrong link, an unknown one, and one of another fleet that has expired must look alike. */
    @Test
    void verify_ofAnotherKindFleetOrKey() {
        byte[] fields = HexFormat.of().parseHex(FIELDS);
        assertRefused(Forge.packed("upload-resource", "photos", fields), Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        String ofAnotherFleet = Forge.packed(KIND, "videos", fields);
        assertRefused(ofAnotherFleet, Reason.SEAL, ProblemType.NOT_FOUND, NOW);
        assertRefused(ofAnotherFleet, Reason.SEAL, ProblemType.NOT_FOUND, NOW.plusSeconds(86_400));
        String ofAnotherKey = new LinkTokens(KeyRing.generate("photos"), Clock.fixed(NOW, ZoneOffset.UTC)).mint(full());
        assertRefused(ofAnotherKey, Reason.HEADER, ProblemType.NOT_FOUND, NOW);
        assertRefused("A".repeat(2049), Reason.TOO_LONG, ProblemType.NOT_FOUND, NOW);
    }

    @Test
    void terms_thatContradictThemselves() {
        UploadReceipt upload = plain("http://app1.lan").upload();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinkTerms(upload, false, true, Optional.empty(), 1, false, Optional.empty()))
                .withMessage("a cache would serve downloads that nobody counts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinkTerms(upload, false, true, Optional.of(PASSWORD), 0, false, Optional.empty()))
                .withMessage("a cache would serve the upload without its password");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new LinkTerms(upload, false, false, Optional.empty(), 65_536, false, Optional.empty()))
                .withMessage("downloads is 65536, but must be 1 to 65535");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new LinkTerms(upload, false, false, Optional.empty(), 0, false, Optional.of("é".repeat(101))))
                .withMessage("the note has 202 bytes, but must have 1 to 200");
    }
}
