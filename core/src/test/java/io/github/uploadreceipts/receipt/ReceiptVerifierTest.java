package io.github.uploadreceipts.receipt;

import static io.github.uploadreceipts.internal.token.Forge.RECEIPT_HEADER;
import static io.github.uploadreceipts.key.TestRings.ENCRYPTION;
import static io.github.uploadreceipts.key.TestRings.SIGNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.AESDecrypter;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.Refusals;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Verifies one receipt at a time: those that are accepted, and for each reason a token that is refused for this reason.
 */
class ReceiptVerifierTest {

    /** The token of {@link Receipts#full}, signed with the known key. Computed with Python's hmac and base64. */
    static final String KNOWN = "eyJhbGciOiJIUzI1NiIsImtpZCI6InMxIiwidHlwIjoidXBsb2FkLXJlY2VpcHQrand0In0"
            + ".eyJpc3MiOiJwaG90b3MiLCJhdWQiOiJyZWNlaXB0cyIsImlhdCI6MTc5NTI1MTYwMCwiZXhwIjoxNzk1MzM4MDAwLCJqdGkiOiJBQUVD"
            + "QXdRRkJnY0lDUW9MREEwT0R3IiwibmFtZSI6ImNhZsOpLmpwZyIsInR5cGUiOiJpbWFnZS9qcGVnIiwic2l6ZSI6NSwiZGlnZXN0Ijoi"
            + "c2hhLTI1Nj06TFBKTnVsK3dvdzRtNkRzcXhibmluaHNXSGx3ZnAwSmVjd1F6WXBPTG1DUT06IiwibG9jIjpbImh0dHA6Ly9hcHAxLmxh"
            + "bjo4MDgwL2ludGVybmFsL3VwbG9hZHMvMjAyNi0xMS0yMlQwOS9BQUVDQXdRRkJnY0lDUW9MREEwT0R3Il0sInN1YiI6ImFubiIsImJh"
            + "dGNoIjp7ImlkIjoiYi0xIiwiY291bnQiOjN9LCJzZXEiOjIsImN0eCI6eyJhbGJ1bSI6NywidGFncyI6WyJ4Iix0cnVlXX19"
            + ".Re-hv_NA0u97tMm3UUHXxyFjdbnAOJp9YgiLQNB3seE";

    /**
     * The same token, encrypted. Computed with Python's cryptography; the content key is the bytes 64 to 95, the nonce
     * 96 to 107.
     */
    static final String KNOWN_ENCRYPTED =
            "eyJhbGciOiJBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoiZTEiLCJ0eXAiOiJ1cGxvYWQtcmVjZWlwdCtqd3QiLCJj"
                    + "dHkiOiJKV1QifQ.6mp7ydsNNPCipq25P3cTOwhaniBAvmrf78J3g5bH6QjiPGDfPLqiFg.YGFiY2RlZmdoaWpr.yVFDbWXT8"
                    + "89G6DN_UPwVOkFFp2JeU-V-VDmCjuKsSoNphpp3H4Oz_uGTz0F_dkJZnBQrJzke59g8JE8bn8mdwiXPy34GIW_pJ3DXCdgqA"
                    + "nLSOxySCXWhiThiET2HCzQ8Q5M_jKQ6OuVF28p1xgiVipF67Wpq0zsEmySU-D4nQZwiQW1vruM3GkFyYfFJm0rPuUqi7kmMt"
                    + "7Se7k3xVwiytrVz3d012eFqziNNmyuTQAlql5BZ6VdmmrFUbHbh4ozphF_0Jb6XNiFArezMFUsfHf2Eh-b3fAd3VWeh3eqbT"
                    + "yW1AirwFqwcYgTEL9btUZbBysT9zEWqOzu22fod2umRrfuIl3JTSzCO0jaKZSRochLQNnKQ9LKByrHN19PLS3gq9oVdWW2tt"
                    + "3Fv8J4kLZYltHusgKV4H8THy76-xAj2m7IAWg4YJ-qd8mR-uQrgq8rNchYassdSJq8QQUG08ohXrwLeIahzSNC_hxr-LcePf"
                    + "t5YDdZsho8qpOd5Cam0tsh3-8SmpZBXxsbBb6ayRPe4KQpQGdmJ_S-Rq35EBCYWPAAA0_szmDCSH-5fID6Qj0q7HqzddpGsk"
                    + "CoxU3UgVjT1aq8AC1vrIuuLo33PTwb6UivJ1ijTZs5BEwS1WVdmPlXQynC39apO-YURbpnft-Xc_d2kiS7EEJBT9lTtIYw9s"
                    + "ZC65z83e_Wnm_fb1VjyWKzQsibHftDHv_CLofrTEM_MokDhXnBo7-Xc4AdS7WY7zRtwNNDG_v6XCj570RiL4Pc2BLFMjC7JD"
                    + "e-v7qYl8FaK0SM-AcBWuUkHq0xSC5wdHedROPAAidxbdqbnbXrN_m7DmLBXZQ.eS_zO4Igjk7RCfTNgAJDyw";

    private static final KeyRing RING = TestRings.photos();
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
    private static final ReceiptVerifier SIGNED = verifierAt(NOON, false);
    private static final ReceiptVerifier ENCRYPTED = verifierAt(NOON, true);

    private static ReceiptVerifier verifierAt(Instant now, boolean encrypted) {
        return ReceiptVerifier.create(RING, Clock.fixed(now, ZoneOffset.UTC), encrypted)
                .subject("ann");
    }

    private static String signed() {
        return new ReceiptTokens(RING, false).issue(Receipts.full());
    }

    private static String encrypted() {
        return new ReceiptTokens(RING, true).issue(Receipts.full());
    }

    private static void assertRefused(ReceiptVerifier verifier, String token, Reason reason) {
        assertThatExceptionOfType(TokenRefusedException.class)
                .as(token)
                .isThrownBy(() -> verifier.verify(token))
                .satisfies(Refusals::assertMessage)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void issue_knownAnswer() {
        assertThat(signed()).isEqualTo(KNOWN);
    }

    @Test
    void verify_roundTrip() throws TokenRefusedException {
        assertThat(SIGNED.verify(signed())).isEqualTo(Receipts.full());
        assertThat(ENCRYPTED.verify(encrypted())).isEqualTo(Receipts.full());
        assertThat(ENCRYPTED.verify(KNOWN_ENCRYPTED)).isEqualTo(Receipts.full());
        UploadReceipt plain = Receipts.plain(UploadId.random());
        assertThat(SIGNED.verify(new ReceiptTokens(RING, false).issue(plain))).isEqualTo(plain);
        assertThat(encrypted())
                .as("each token has its own content key")
                .isNotEqualTo(encrypted())
                .doesNotContain(KNOWN.split("\\.", -1)[1]);
    }

    @Test
    void verify_path_roundTrip() throws TokenRefusedException {
        UploadReceipt inFolder = Receipts.at("Holidays/\u00DCbung/a.jpg");
        assertThat(SIGNED.verify(new ReceiptTokens(RING, false).issue(inFolder)))
                .isEqualTo(inFolder)
                .isNotEqualTo(Receipts.full());
        assertThat(ENCRYPTED.verify(new ReceiptTokens(RING, true).issue(inFolder)))
                .isEqualTo(inFolder);
        for (String path : List.of("a.jpg", "../a.jpg", "a//b", "a/" + "b".repeat(1024))) {
            assertThatIllegalArgumentException().as(path).isThrownBy(() -> Receipts.at(path));
        }
    }

    @Test
    void verify_anyJoseLibraryWithTheKeyFile(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("ring.json");
        KeyRing ring = KeyRing.generate("photos");
        ring.write(file);
        JWKSet keys = JWKSet.load(file.toFile());
        JWEObject jwe = JWEObject.parse(new ReceiptTokens(ring, true).issue(Receipts.full()));
        jwe.decrypt(
                new AESDecrypter(keys.getKeyByKeyId(jwe.getHeader().getKeyID()).toOctetSequenceKey()));
        assertThat(jwe.getHeader().getContentType()).isEqualTo("JWT");
        JWSObject jws = jwe.getPayload().toJWSObject();
        assertThat(jws.verify(new MACVerifier(
                        keys.getKeyByKeyId(jws.getHeader().getKeyID()).toOctetSequenceKey())))
                .isTrue();
        assertThat(jws.getHeader().getType().getType()).isEqualTo("upload-receipt+jwt");
        assertThat(jws.getPayload().toJSONObject())
                .containsEntry("iss", "photos")
                .containsEntry("sub", "ann")
                .containsEntry("size", 5L);
    }

    /** The characters of tokens, and some others, which no token may contain. */
    private static final char[] ANY =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0~\u00e9\uff21".toCharArray();

    private static void assertNotAccepted(ReceiptVerifier verifier, String token) {
        try {
            verifier.verify(token);
        } catch (TokenRefusedException e) {
            return;
        }
        throw new AssertionError("accepted: " + token);
    }

    /** Replaces each character by every other one, leaves it out, doubles it, and swaps it with the next. */
    @Test
    @Tag("slow")
    void verify_everySingleCharacterChange() {
        for (String token : List.of(KNOWN, KNOWN_ENCRYPTED)) {
            ReceiptVerifier verifier = token.equals(KNOWN) ? SIGNED : ENCRYPTED;
            for (int i = 0; i < token.length(); i++) {
                String before = token.substring(0, i);
                String after = token.substring(i + 1);
                char own = token.charAt(i);
                for (char c : ANY) {
                    if (c != own) {
                        assertNotAccepted(verifier, before + c + after);
                    }
                }
                assertNotAccepted(verifier, before + after);
                assertNotAccepted(verifier, before + own + own + after);
                if (!after.isEmpty() && after.charAt(0) != own) {
                    assertNotAccepted(verifier, before + after.charAt(0) + own + after.substring(1));
                }
            }
        }
    }

    @Test
    void verify_lastCharacterWithBitsThatDecodingDrops() {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        char last = KNOWN.charAt(KNOWN.length() - 1);
        int value = alphabet.indexOf(last);
        for (int other = value & ~3; other <= (value | 3); other++) {
            if (other != value) {
                String token = KNOWN.substring(0, KNOWN.length() - 1) + alphabet.charAt(other);
                assertThat(Base64.getUrlDecoder().decode(token.split("\\.", -1)[2]))
                        .as("decodes to the same bytes")
                        .isEqualTo(Base64.getUrlDecoder().decode(KNOWN.split("\\.", -1)[2]));
                assertRefused(SIGNED, token, Reason.SHAPE);
            }
        }
    }

    @Test
    void verify_tagBorderMoved_sameBytesInOtherParts() {
        String[] parts = encrypted().split("\\.", -1);
        byte[] text = Base64.getUrlDecoder().decode(parts[3]);
        byte[] tag = Base64.getUrlDecoder().decode(parts[4]);
        byte[] longer = Arrays.copyOf(tag, tag.length + 1);
        System.arraycopy(tag, 0, longer, 1, tag.length);
        longer[0] = text[text.length - 1];
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        parts[3] = encoder.encodeToString(Arrays.copyOf(text, text.length - 1));
        parts[4] = encoder.encodeToString(longer);
        assertRefused(ENCRYPTED, String.join(".", parts), Reason.SEAL);
    }

    @Test
    void verify_partsOfAnyLength() {
        String[] parts = encrypted().split("\\.", -1);
        for (int part = 1; part < 5; part++) {
            for (int length = 1; length < 70; length++) {
                String[] changed = parts.clone();
                changed[part] = Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[length]);
                assertRefused(ENCRYPTED, String.join(".", changed), Reason.SEAL);
            }
        }
    }

    static Stream<Arguments> misshapen() {
        String[] parts = KNOWN.split("\\.", -1);
        return Stream.of(
                        "",
                        ".",
                        "..",
                        "a.b.c",
                        KNOWN + "=",
                        KNOWN + "\n",
                        "\n" + KNOWN,
                        " " + KNOWN,
                        KNOWN + ".",
                        KNOWN + "*",
                        KNOWN + "AA",
                        KNOWN + ".AAAA",
                        KNOWN.replaceFirst("\\.", ".\n"),
                        KNOWN.replace('-', '+'),
                        parts[0] + "." + parts[1],
                        parts[0] + "." + parts[1] + ".",
                        parts[0] + ".." + parts[2],
                        "." + parts[1] + "." + parts[2],
                        KNOWN.substring(0, KNOWN.length() - 3) + "\u0391\u0391\u0391")
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("misshapen")
    void verify_shape(String token) {
        assertRefused(SIGNED, token, Reason.SHAPE);
    }

    @Test
    void verify_tooLong() {
        String[] parts = KNOWN.split("\\.", -1);
        int room = 8 * 1024 - parts[0].length() - parts[2].length() - 2;
        String longest = parts[0] + "." + "A".repeat(room) + "." + parts[2];
        assertRefused(SIGNED, longest, Reason.SEAL);
        assertRefused(SIGNED, longest + "A", Reason.TOO_LONG);
        assertRefused(SIGNED, "\n".repeat(10_000_000), Reason.TOO_LONG);
    }

    @Test
    void verify_protectionIsPolicy_neverRead() {
        assertRefused(ENCRYPTED, signed(), Reason.PROTECTION);
        assertRefused(SIGNED, encrypted(), Reason.PROTECTION);
        assertRefused(ENCRYPTED, Forge.jwe(encrypted()), Reason.PROTECTION);
    }

    @Test
    void verify_insideOfANestedToken() {
        String payload = new String(
                Base64.getUrlDecoder().decode(KNOWN.split("\\.", -1)[1]), java.nio.charset.StandardCharsets.UTF_8);
        String unsigned = Forge.base64url("{\"alg\":\"none\"}") + "." + Forge.base64url(payload) + ".";
        assertRefused(ENCRYPTED, Forge.jwe(payload), Reason.SHAPE);
        assertRefused(ENCRYPTED, Forge.jwe(unsigned), Reason.SHAPE);
        assertRefused(ENCRYPTED, Forge.jwe(unsigned + "AAAA"), Reason.HEADER);
        assertRefused(ENCRYPTED, Forge.jwe(KNOWN.substring(0, KNOWN.length() - 4) + "AAAA"), Reason.SEAL);
        assertRefused(ENCRYPTED, Forge.jwe(Forge.jws(Forge.PEER_HEADER, payload)), Reason.HEADER);
        assertRefused(ENCRYPTED, Forge.jweOfAnotherMint(KNOWN), Reason.HEADER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"none\"}",
                "{\"alg\":\"none\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\"}",
                "{\"alg\":\"HS384\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s2\",\"typ\":\"upload-receipt+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"e1\",\"typ\":\"upload-receipt+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"JWT\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-peer+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\",\"crit\":[]}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\",\"zip\":\"DEF\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\",\"jku\":\"http://evil\"}",
                "{\"alg\":\"HS256\",\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\"}",
                "{\"kid\":\"s1\",\"alg\":\"HS256\",\"typ\":\"upload-receipt+jwt\"}",
                " {\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\"}"
            })
    void verify_headersThatWeDoNotWrite_thoughWellSigned(String header) {
        assertRefused(SIGNED, Forge.jws(header, claims("", "")), Reason.HEADER);
    }

    static Stream<String> headersThatSayMore() {
        Stream<String> algorithms = Stream.of(
                        "none",
                        "None",
                        "NONE",
                        "nONE",
                        "noNe",
                        "",
                        "HS384",
                        "HS512",
                        "hs256",
                        "RS256",
                        "PS256",
                        "ES256",
                        "EdDSA",
                        "dir",
                        "A256KW",
                        "PBES2-HS256+A128KW")
                .map(algorithm -> RECEIPT_HEADER.replace("HS256", algorithm));
        Stream<String> members = Stream.of(
                        "\"jwk\":{\"kty\":\"oct\",\"k\":\"" + TestRings.SIGNING_SECRET + "\"}",
                        "\"jku\":\"https://peer.lan/keys\"",
                        "\"x5u\":\"https://peer.lan/chain\"",
                        "\"x5c\":[\"MIIB\"]",
                        "\"x5t\":\"AAAA\"",
                        "\"x5t#S256\":\"AAAA\"",
                        "\"crit\":[]",
                        "\"crit\":[\"exp\"],\"exp\":1",
                        "\"crit\":[\"b64\"],\"b64\":false",
                        "\"b64\":false",
                        "\"b64\":true",
                        "\"zip\":\"DEF\"",
                        "\"p2s\":\"AAAAAAAAAAA\",\"p2c\":2147483647",
                        "\"enc\":\"A256GCM\"",
                        "\"cty\":\"JWT\"",
                        "\"kid\":\"s1\"",
                        "\"typ\":\"upload-receipt+jwt\"",
                        "\"x\":" + "[".repeat(2000) + "]".repeat(2000),
                        "\"x\":" + "9".repeat(4000))
                .map(member -> RECEIPT_HEADER.replace("}", "," + member + "}"));
        return Stream.of(algorithms, members, Stream.of(RECEIPT_HEADER + " ", RECEIPT_HEADER + "{}", "[]", "{", "1"))
                .flatMap(headers -> headers);
    }

    @ParameterizedTest
    @MethodSource("headersThatSayMore")
    void verify_headersThatSayMore_thoughWellSigned(String header) {
        assertRefused(SIGNED, Forge.jws(header, claims("", "")), Reason.HEADER);
        assertRefused(ENCRYPTED, Forge.jwe(Forge.jws(header, claims("", ""))), Reason.HEADER);
    }

    /** The header of an encrypted token must be exactly ours. It chooses neither the key nor the algorithms. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"e1\",\"typ\":\"upload-receipt+jwt\",\"cty\":\"JWT\"}",
                "{\"alg\":\"A128KW\",\"enc\":\"A256GCM\",\"kid\":\"e1\",\"typ\":\"upload-receipt+jwt\",\"cty\":\"JWT\"}",
                "{\"alg\":\"A256KW\",\"enc\":\"A128GCM\",\"kid\":\"e1\",\"typ\":\"upload-receipt+jwt\",\"cty\":\"JWT\"}",
                "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\",\"cty\":\"JWT\"}",
                "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"kid\":\"e1\",\"typ\":\"upload-peer+jwt\",\"cty\":\"JWT\"}",
                "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"kid\":\"e1\",\"typ\":\"upload-receipt+jwt\"}",
                "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"kid\":\"e1\",\"typ\":\"upload-receipt+jwt\",\"cty\":\"JWT\","
                        + "\"zip\":\"DEF\"}",
                "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"kid\":\"e1\",\"typ\":\"upload-receipt+jwt\",\"cty\":\"JWT\","
                        + "\"crit\":[\"exp\"],\"exp\":1}",
                "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A256GCM\",\"kid\":\"e1\",\"p2s\":\"AAAAAAAAAAA\","
                        + "\"p2c\":2147483647}"
            })
    void verify_encryptedHeadersThatWeDoNotWrite(String header) {
        String own = encrypted();
        String token = Forge.base64url(header) + own.substring(own.indexOf('.'));
        assertRefused(ENCRYPTED, token, Reason.HEADER);
        assertRefused(SIGNED, token, Reason.PROTECTION);
    }

    @Test
    void verify_peerTokenAsReceipt_andTheReverse() {
        PeerTokens peers = new PeerTokens(RING, Clock.fixed(NOON, ZoneOffset.UTC));
        UploadReceipt receipt = Receipts.full();
        String peerToken = peers.mint(
                new PeerRequest("GET", receipt.owner(), 5, receipt.digest(), receipt.type(), Optional.empty()));
        assertRefused(SIGNED, peerToken, Reason.HEADER);
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() ->
                        peers.verify(signed(), "GET", OwnUrls.of(receipt.owner().base()), receipt.owner()))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.HEADER));
    }

    @Test
    void verify_otherFleet() {
        KeyRing other = TestRings.of(TestRings.ring("videos", SIGNING, ENCRYPTION));
        assertRefused(SIGNED, new ReceiptTokens(other, false).issue(Receipts.full()), Reason.ISSUER);
        KeyRing stranger = KeyRing.generate("photos");
        assertRefused(SIGNED, new ReceiptTokens(stranger, false).issue(Receipts.full()), Reason.HEADER);
        KeyRing guesser = TestRings.of(TestRings.ring("photos", SIGNING.replace("AAEC", "BAEC"), ENCRYPTION));
        assertRefused(SIGNED, new ReceiptTokens(guesser, false).issue(Receipts.full()), Reason.SEAL);
    }

    @Test
    void verify_keyExpired() throws TokenRefusedException {
        String until = ",\"exp\":%d}".formatted(NOON.getEpochSecond());
        for (boolean encrypt : new boolean[] {false, true}) {
            String token = encrypt ? encrypted() : signed();
            KeyRing ring = TestRings.of(TestRings.ring(
                    "photos",
                    encrypt ? SIGNING : SIGNING.replace("}", until),
                    encrypt ? ENCRYPTION.replace("}", until) : ENCRYPTION));
            ReceiptVerifier before = ReceiptVerifier.create(
                            ring, Clock.fixed(NOON.minusSeconds(1), ZoneOffset.UTC), encrypt)
                    .subject("ann");
            assertThat(before.verify(token)).isEqualTo(Receipts.full());
            ReceiptVerifier at = ReceiptVerifier.create(ring, Clock.fixed(NOON, ZoneOffset.UTC), encrypt)
                    .subject("ann");
            assertRefused(at, token, Reason.KEY_EXPIRED);
        }
    }

    @Test
    void verify_afterRotation_oldReceiptsStillCount() throws TokenRefusedException {
        KeyRing rotated = RING.rotate(NOON, NOON, Duration.ofDays(1));
        ReceiptVerifier verifier = ReceiptVerifier.create(rotated, Clock.fixed(NOON, ZoneOffset.UTC), false)
                .subject("ann");
        assertThat(verifier.verify(signed())).isEqualTo(Receipts.full());
    }

    @Test
    void verify_time() throws TokenRefusedException {
        String token = signed();
        Instant end = Receipts.EXPIRES;
        assertThat(verifierAt(end.plusSeconds(59), false).verify(token)).isEqualTo(Receipts.full());
        assertRefused(verifierAt(end.plusSeconds(60), false), token, Reason.EXPIRED);
        assertRefused(verifierAt(end, false).leeway(Duration.ZERO), token, Reason.EXPIRED);
        assertThat(verifierAt(Receipts.ISSUED.minusSeconds(60), false).verify(token))
                .isEqualTo(Receipts.full());
        assertRefused(verifierAt(Receipts.ISSUED.minusSeconds(61), false), token, Reason.ISSUED_LATER);
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> verifierAt(end.plusSeconds(60), false).verify(token))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.RECEIPT_EXPIRED));
        assertRefused(
                verifierAt(end.plusSeconds(60), false),
                token.substring(0, token.length() - 4) + "AAAA",
                Reason.SEAL); // the seal is checked first, so a forged token does not show what has expired
    }

    @Test
    void verify_subject() throws TokenRefusedException {
        ReceiptVerifier nobody = ReceiptVerifier.create(RING, Clock.fixed(NOON, ZoneOffset.UTC), false);
        assertRefused(nobody, signed(), Reason.SUBJECT);
        assertRefused(nobody.subject("bob"), signed(), Reason.SUBJECT);
        assertRefused(nobody.subject("Ann"), signed(), Reason.SUBJECT);
        UploadReceipt unbound = Receipts.plain(UploadId.random());
        String token = new ReceiptTokens(RING, false).issue(unbound);
        assertThat(nobody.verify(token)).isEqualTo(unbound);
        assertThat(nobody.subject("bob").verify(token)).isEqualTo(unbound);
    }

    /** Returns the claims of the known receipt with {@code from} replaced by {@code to}. */
    private static String claims(String from, String to) {
        String claims = "{\"iss\":\"photos\",\"aud\":\"receipts\",\"iat\":1795251600,\"exp\":1795338000,"
                + "\"jti\":\"AAECAwQFBgcICQoLDA0ODw\",\"name\":\"a.jpg\",\"type\":\"image/jpeg\",\"size\":5,"
                + "\"digest\":\"sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:\","
                + "\"loc\":[\"http://app1.lan:8080/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw\"],"
                + "\"sub\":\"ann\",\"batch\":{\"id\":\"b\",\"count\":3},\"seq\":2}";
        assertThat(claims).contains(from);
        return claims.replace(from, to);
    }

    @Test
    void verify_handMadeClaims() throws TokenRefusedException {
        assertThat(SIGNED.verify(Forge.jws(RECEIPT_HEADER, claims("", ""))).name())
                .isEqualTo("a.jpg");
    }

    static Stream<Arguments> badClaims() {
        return Stream.of(
                Arguments.of("\"iss\":\"photos\"", "\"iss\":[\"photos\"]", Reason.ISSUER),
                Arguments.of("\"iss\":\"photos\",", "", Reason.ISSUER),
                Arguments.of("\"aud\":\"receipts\",", "", Reason.AUDIENCE),
                Arguments.of("\"aud\":\"receipts\"", "\"aud\":[\"receipts\"]", Reason.AUDIENCE),
                Arguments.of("\"aud\":\"receipts\"", "\"aud\":\"http://app1.lan:8080\"", Reason.AUDIENCE),
                Arguments.of("\"exp\":1795338000,", "", Reason.CLAIMS),
                Arguments.of("\"iat\":1795251600,", "", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":\"1795338000\"", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":1795338000.0", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":1e12", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":9223372036854775807", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":9223372036854775808", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":1795251599", Reason.CLAIMS),
                Arguments.of("\"iat\":1795251600", "\"iat\":-1", Reason.CLAIMS),
                Arguments.of("\"iat\":1795251600", "\"iat\":-9223372036854775808", Reason.CLAIMS),
                Arguments.of("\"iat\":1795251600", "\"iat\":1", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"sub\":\"ann\",\"sub\":\"ann\"", Reason.CLAIMS),
                Arguments.of("\"count\":3", "\"count\":3,\"count\":3", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"sub\":null", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"sub\":\"\"", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"x\":[[[[]]]]", Reason.CLAIMS),
                Arguments.of("\"jti\":\"AAECAwQFBgcICQoLDA0ODw\"", "\"jti\":\"AAECAwQFBgcICQoLDA0OEA\"", Reason.CLAIMS),
                Arguments.of("\"jti\":\"AAECAwQFBgcICQoLDA0ODw\"", "\"jti\":\"AAECAwQFBgcICQoLDA0ODx\"", Reason.CLAIMS),
                Arguments.of("\"type\":\"image/jpeg\"", "\"type\":\"image\"", Reason.CLAIMS),
                Arguments.of("\"size\":5", "\"size\":-5", Reason.CLAIMS),
                Arguments.of("\"size\":5", "\"size\":\"5\"", Reason.CLAIMS),
                Arguments.of("sha-256=", "sha-512=", Reason.CLAIMS),
                Arguments.of("CQ=:", "CR=:", Reason.CLAIMS),
                Arguments.of("http://app1.lan:8080", "file://app1.lan:8080", Reason.CLAIMS),
                Arguments.of("http://app1.lan:8080", "http://u@app1.lan:8080", Reason.CLAIMS),
                Arguments.of("http://app1.lan:8080", "http://app1.lan:80", Reason.CLAIMS),
                Arguments.of("2026-11-22T09/", "2026-11-22T09/../", Reason.CLAIMS),
                Arguments.of("2026-11-22T09", "2026-13-22T09", Reason.CLAIMS),
                Arguments.of("\"loc\":[", "\"loc\":[5,", Reason.CLAIMS),
                Arguments.of("\"seq\":2", "\"seq\":4", Reason.CLAIMS),
                Arguments.of("\"seq\":2", "\"seq\":4294967298", Reason.CLAIMS),
                Arguments.of(",\"seq\":2", "", Reason.CLAIMS),
                Arguments.of("\"count\":3", "\"count\":0", Reason.CLAIMS),
                Arguments.of("\"iss\":\"photos\"", "\"iss\":null", Reason.ISSUER),
                Arguments.of("\"exp\":1795338000", "\"exp\":null", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":-1", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":1795251600", Reason.EXPIRED),
                Arguments.of("\"exp\":1795338000", "\"exp\":" + "9".repeat(999), Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":" + "9".repeat(4000), Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":1e999999999", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":[1795338000]", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":true", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":\"1795338000\"", Reason.CLAIMS),
                Arguments.of("\"iat\":1795251600", "\"iat\":\"1795251600\"", Reason.CLAIMS),
                Arguments.of("\"iat\":1795251600", "\"iat\":-1", Reason.CLAIMS),
                Arguments.of("\"exp\":1795338000", "\"exp\":1829811601", Reason.CLAIMS), // 400 days and a second
                Arguments.of("\"size\":5", "\"size\":18446744073709551621", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"sub\":[\"ann\"]", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"sub\":\"ann\",\"s\\u0075b\":\"bob\"", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"sub\":\"\\ud800\"", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"ctx\":{\"a\":{\"b\":1,\"b\":1}}", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"ctx\":{\"a\":\"\\udfff\"}", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"ctx\":7", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"ctx\":null", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"ctx\":[\"a\"]", Reason.CLAIMS),
                Arguments.of("\"sub\":\"ann\"", "\"x\":" + "[".repeat(1500) + "]".repeat(1500), Reason.CLAIMS),
                Arguments.of("sha-256=", "md5=:AAAA:,sha-256=", Reason.CLAIMS),
                Arguments.of("CQ=:", "CQ=: ", Reason.CLAIMS),
                Arguments.of("\"seq\":2", "\"seq\":2,\"path\":7", Reason.CLAIMS),
                Arguments.of("\"seq\":2", "\"seq\":2,\"path\":null", Reason.CLAIMS),
                Arguments.of("\"seq\":2", "\"seq\":2,\"path\":\"a\"", Reason.CLAIMS),
                Arguments.of("\"seq\":2", "\"seq\":2,\"path\":\"" + "a/".repeat(32) + "a\"", Reason.CLAIMS),
                Arguments.of("\"seq\":2}", "\"seq\":2}{}", Reason.CLAIMS),
                Arguments.of("\"seq\":2}", "\"seq\":2}\u0000", Reason.CLAIMS),
                Arguments.of("\"seq\":2}", "\"seq\":2}x", Reason.CLAIMS));
    }

    @ParameterizedTest
    @MethodSource("badClaims")
    void verify_claimsThatWeDoNotWrite_thoughWellSigned(String from, String to, Reason reason) {
        assertRefused(SIGNED, Forge.jws(RECEIPT_HEADER, claims(from, to)), reason);
    }

    /** Jackson iterates over an object's values as over an array's elements, so the verifier must check the type. */
    @Test
    void verify_locationsInAnObject() {
        String claims = claims("\"loc\":[\"http", "\"loc\":{\"0\":\"http").replace("ODw\"],", "ODw\"},");
        assertRefused(SIGNED, Forge.jws(RECEIPT_HEADER, claims), Reason.CLAIMS);
    }

    @Test
    void verify_fleetNamedLikeANumber() throws TokenRefusedException {
        KeyRing ring = TestRings.of(TestRings.ring("7", SIGNING, ENCRYPTION));
        ReceiptVerifier verifier = ReceiptVerifier.create(ring, Clock.fixed(NOON, ZoneOffset.UTC), false)
                .subject("ann");
        String text = Forge.jws(RECEIPT_HEADER, claims("\"photos\"", "\"7\""));
        assertThat(verifier.verify(text).name()).isEqualTo("a.jpg");
        assertRefused(verifier, Forge.jws(RECEIPT_HEADER, claims("\"photos\"", "7")), Reason.ISSUER);
    }

    /** UTF-8 encodes a lone surrogate as a question mark, so the receipt would be for another subject. */
    @Test
    void uploadReceipt_textThatIsNone() {
        for (String half : List.of("ann\uD800", "\uDC00", "\uDC00\uD800")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> Receipts.of(Receipts.ID, "a", Optional.of(half), Optional.empty(), Optional.empty()));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Receipts.of(
                            Receipts.ID,
                            "a",
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of("{\"a\":\"" + half + "\"}")));
        }
    }

    /**
     * The issuing host may run on a JDK with another version of Unicode, so the verifying host makes the name safe
     * again.
     */
    @Test
    void verify_nameThatOurUnicodeDoesNotKnow_madeSafeHere() throws TokenRefusedException {
        String token = Forge.jws(RECEIPT_HEADER, claims("a.jpg", "\uD83B\uDFFF../a\u202E.jpg"));
        assertThat(SIGNED.verify(token).name()).isEqualTo("a.jpg");
    }

    @Test
    void issue_sizeLimit() {
        String context = "{\"c\":\"" + "x".repeat(1024 - 8) + "\"}";
        UploadReceipt largest = Receipts.of(
                Receipts.ID,
                "n".repeat(255),
                Optional.of("s".repeat(256)),
                Optional.of(new Batch("b".repeat(64), 1000, 1000)),
                Optional.of(context));
        assertThat(new ReceiptTokens(RING, false).issue(largest)).hasSizeBetween(2500, 3 * 1024);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReceiptTokens(RING, true).issue(largest))
                .withMessageContaining("more than 3072; shorten the context");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Receipts.of(Receipts.ID, "a", Optional.empty(), Optional.empty(), Optional.of(context + " ")))
                .withMessage("the context has 1025 bytes, but must have 1 to 1024");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "1", "{\"a\":1.5}", "{\"a\":1,\"a\":2}", "{\"a\":[[[]]]}", "{} {}"})
    void issue_badContext(String context) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReceiptTokens(RING, false)
                        .issue(Receipts.of(
                                Receipts.ID, "a", Optional.empty(), Optional.empty(), Optional.of(context))));
    }

    private static UploadReceipt receipt(List<Location> locations, Instant expires) {
        UploadReceipt good = Receipts.full();
        return new UploadReceipt(
                Receipts.ID,
                "a",
                "text/plain",
                1,
                good.digest(),
                locations,
                Optional.empty(),
                Receipts.ISSUED,
                expires,
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void uploadReceipt_fourLocationsAtMost_eachOfThisUpload() {
        Location location = Receipts.location(Receipts.ID);
        assertThat(receipt(Collections.nCopies(4, location), Receipts.EXPIRES).locations())
                .hasSize(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> receipt(Collections.nCopies(5, location), Receipts.EXPIRES))
                .withMessage("the receipt has 5 locations, but must have 1 to 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> receipt(List.of(location, Receipts.location(UploadId.random())), Receipts.EXPIRES))
                .withMessage("a location is of another upload");
    }

    @Test
    void uploadReceipt_expiresAfterItIsIssued() {
        List<Location> locations = List.of(Receipts.location(Receipts.ID));
        assertThat(receipt(locations, Receipts.ISSUED.plusSeconds(1)).expiresAt())
                .isEqualTo(Receipts.ISSUED.plusSeconds(1));
        assertThatIllegalArgumentException().isThrownBy(() -> receipt(locations, Receipts.ISSUED));
    }

    @Test
    void batch_anyOtherPlace() {
        assertThat(new Batch("!~", 3, 3).plus(-2)).isEqualTo(new Batch("!~", 3, 1));
        assertThat(new Batch("b".repeat(64), 1, 1).count()).isEqualTo(1);
        for (String id : List.of("", " ", "a b", "\u00E4", "b".repeat(65))) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Batch(id, 1, 1));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new Batch("b", 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Batch("b", 3, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Batch("b", 3, 4));
    }

    @Test
    void uploadReceipt_checksEverything() {
        UploadReceipt good = Receipts.full();
        ContentDigest digest = good.digest();
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Receipts.of(Receipts.ID, "../a", Optional.empty(), Optional.empty(), Optional.empty()));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Receipts.of(Receipts.ID, "a", Optional.of("ü".repeat(129)), Optional.empty(), Optional.empty()))
                .withMessage("the subject has 258 bytes, but must have 1 to 256");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UploadReceipt(
                        Receipts.ID,
                        "a",
                        "text/plain",
                        1,
                        digest,
                        List.of(),
                        Optional.empty(),
                        Receipts.ISSUED,
                        Receipts.EXPIRES,
                        Optional.empty(),
                        Optional.empty()))
                .withMessage("the receipt has 0 locations, but must have 1 to 4");
        assertThat(new IssuedReceipt(good, KNOWN)).hasToString("IssuedReceipt[AAECAwQFBgcICQoLDA0ODw]");
    }
}
