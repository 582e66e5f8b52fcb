package io.github.uploadreceipts.internal.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.internal.key.RingKey;
import io.github.uploadreceipts.internal.key.RingKey.Use;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.TokenRefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Project Wycheproof's vectors, read from the directory in the system property {@code upload-receipts-test.vectors}.
 * The tests are skipped without it.
 *
 * <p>Every vector is counted by its outcome, and the counts are asserted, so that none is passed over. Some vectors
 * that Wycheproof calls valid are refused on purpose: they have another algorithm, a shorter key or tag, or a text that
 * is not canonical. {@link TokenCodec#verify} refuses every vector, because no vector has a header that we write. The
 * counted outcomes are about the seal: the tests admit a header if it names exactly the key's algorithm, and at most
 * the key's id.
 */
class WycheproofTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> OURS = Set.of("HS256", "HS384", "HS512", "A256KW");

    private final Map<String, Integer> counts = new TreeMap<>();

    private static JsonNode read(String file) throws IOException {
        String directory = System.getProperty("upload-receipts-test.vectors", "");
        assumeTrue(
                !directory.isEmpty(),
                "no vectors given; run with -Dupload-receipts-test.vectors=DIR, Project Wycheproof's testvectors");
        JsonNode json = JSON.readTree(Path.of(directory, file).toFile());
        assertThat(json.path("numberOfTests").asInt()).isPositive();
        return json;
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private void assertCounts(JsonNode file, String expected) {
        String lines = counts.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining("\n"));
        System.out.println("Wycheproof, " + file.path("numberOfTests") + " vectors:\n" + lines.indent(4));
        assertThat(lines).isEqualTo(expected);
        assertThat(counts.values().stream().mapToInt(Integer::intValue).sum())
                .as("every vector is counted once")
                .isEqualTo(file.path("numberOfTests").asInt());
    }

    @Test
    void hmacSha256() throws IOException {
        hmac("hmac_sha256_test.json", "HS256", """
                108 invalid, refused: SEAL
                30 valid, opened
                6 valid, refused on purpose: key shorter than the hash
                30 valid, refused on purpose: tag cut short""");
    }

    @Test
    void hmacSha512() throws IOException {
        hmac("hmac_sha512_test.json", "HS512", """
                108 invalid, refused: SEAL
                30 valid, opened
                6 valid, refused on purpose: key shorter than the hash
                30 valid, refused on purpose: tag cut short""");
    }

    private void hmac(String name, String algorithm, String expected) throws IOException {
        JsonNode file = read(name);
        int fullTag = Integer.parseInt(algorithm.substring(2));
        for (JsonNode group : file.path("testGroups")) {
            boolean hasFullTag = group.path("tagSize").asInt() == fullTag;
            for (JsonNode vector : group.path("tests")) {
                byte[] secret = HexFormat.of().parseHex(vector.path("key").asText());
                byte[] tag = HexFormat.of().parseHex(vector.path("tag").asText());
                boolean genuine = TokenCodec.isGenuine(
                        TestRings.ringKey("k", Use.SIGNING, algorithm, secret),
                        HexFormat.of().parseHex(vector.path("msg").asText()),
                        Base64.getUrlEncoder().withoutPadding().encodeToString(tag));
                boolean taken = ring(TestRings.key("k", "sig", algorithm, base64url(secret), ""))
                        .isPresent();
                boolean valid = isValid(vector);
                assertThat(genuine).as("%s", vector).isEqualTo(valid && taken && hasFullTag);
                if (!valid) {
                    count("invalid, refused: SEAL");
                } else if (!taken) {
                    count("valid, refused on purpose: key shorter than the hash");
                } else {
                    count(hasFullTag ? "valid, opened" : "valid, refused on purpose: tag cut short");
                }
            }
        }
        assertCounts(file, expected);
    }

    private static String base64url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static boolean isValid(JsonNode vector) {
        String result = vector.path("result").asText();
        assertThat(result).isIn("valid", "invalid");
        return result.equals("valid");
    }

    @Test
    void jsonWebSignature() throws IOException {
        tokens("json_web_signature_test.json", """
                1 invalid, opened: 367, which is the very text of a valid one
                1 invalid, opened: 370, which is the very text of a valid one
                325 invalid, refused by the key ring: "kty" must be "oct"
                1 invalid, refused: HEADER
                2 invalid, refused: SEAL
                25 invalid, refused: SHAPE
                8 valid, opened
                2 valid, refused on purpose: ES256
                2 valid, refused on purpose: ES512
                6 valid, refused on purpose: PS256
                6 valid, refused on purpose: PS384
                4 valid, refused on purpose: PS512
                8 valid, refused on purpose: RS256
                4 valid, refused on purpose: RS384
                4 valid, refused on purpose: RS512
                1 valid, refused on purpose: characters outside base64url: 372
                1 valid, refused on purpose: characters outside base64url: 373""");
    }

    @Test
    void jsonWebEncryption() throws IOException {
        tokens("json_web_encryption_test.json", """
                7 invalid, refused by the key ring: "alg" must be HS256, HS384 or HS512 to sign, A256KW to encrypt, HKDF-SHA-256 to derive keys
                41 invalid, refused by the key ring: "kty" must be "oct"
                13 invalid, refused: HEADER
                13 invalid, refused: SHAPE
                1 valid, opened
                1 valid, refused on purpose: A128GCMKW
                3 valid, refused on purpose: A128KW
                1 valid, refused on purpose: A192GCMKW
                1 valid, refused on purpose: A192KW
                4 valid, refused on purpose: A256GCMKW
                1 valid, refused on purpose: A256KW with A128CBC-HS256
                1 valid, refused on purpose: A256KW with A128GCM
                1 valid, refused on purpose: A256KW with A192CBC-HS384
                1 valid, refused on purpose: A256KW with A192GCM
                2 valid, refused on purpose: A256KW with A256CBC-HS512
                7 valid, refused on purpose: ECDH-ES
                12 valid, refused on purpose: ECDH-ES+A128KW
                2 valid, refused on purpose: ECDH-ES+A192KW
                4 valid, refused on purpose: ECDH-ES+A256KW
                7 valid, refused on purpose: RSA-OAEP
                7 valid, refused on purpose: RSA-OAEP-256
                8 valid, refused on purpose: RSA1_5
                1 valid, refused on purpose: dir""");
    }

    @Test
    void jsonWebCrypto() throws IOException {
        tokens("json_web_crypto_test.json", """
                44 invalid, refused by the key ring: "kty" must be "oct"
                6 invalid, refused: HEADER
                3 invalid, refused: SEAL
                24 invalid, refused: SHAPE
                2 valid, opened
                1 valid, refused on purpose: A256KW with A256CBC-HS512
                1 valid, refused on purpose: ECDH-ES+A128KW
                1 valid, refused on purpose: ES256
                1 valid, refused on purpose: RS256""");
    }

    @Test
    void jsonWebKey() throws IOException {
        tokens("json_web_key_test.json", """
                2 invalid, refused by the key ring: "alg" must be HS256, HS384 or HS512 to sign, A256KW to encrypt, HKDF-SHA-256 to derive keys
                1 invalid, refused by the key ring: "k" is not base64url without padding
                11 invalid, refused by the key ring: "kty" must be "oct"
                1 invalid, refused by the key ring: HS256 needs 32 bytes, the key has 0
                1 invalid, refused by the key ring: HS256 needs 32 bytes, the key has 31
                1 invalid, refused by the key ring: HS384 needs 48 bytes, the key has 0
                1 invalid, refused by the key ring: HS384 needs 48 bytes, the key has 47
                1 invalid, refused by the key ring: HS512 needs 64 bytes, the key has 0
                1 invalid, refused by the key ring: HS512 needs 64 bytes, the key has 63
                1 invalid, refused: SEAL
                4 valid, opened
                1 valid, refused on purpose: RS256""");
    }

    private void tokens(String name, String expected) throws IOException {
        JsonNode file = read(name);
        for (JsonNode group : file.path("testGroups")) {
            List<JsonNode> keys = new ArrayList<>();
            group.path("private").path("keys").forEach(keys::add);
            if (keys.isEmpty()) {
                keys.add(group.path("private"));
            }
            Set<String> validTexts = new HashSet<>();
            for (JsonNode vector : group.path("tests")) {
                boolean encrypted = vector.has("jwe");
                JsonNode text = vector.path(encrypted ? "jwe" : "jws");
                String token = text.isTextual() ? text.textValue() : text.toString();
                assertNoTokenOfOurs(keys, token, encrypted);
                String verdict = verdict(vector, keys, token, encrypted);
                if (verdict.equals("valid, opened")) {
                    validTexts.add(token);
                }
                if (verdict.startsWith("invalid, opened")) {
                    assertThat(token).as(verdict).isIn(validTexts);
                    verdict += ", which is the very text of a valid one";
                }
                count(verdict);
            }
        }
        assertCounts(file, expected);
    }

    /**
     * Checks that the complete verification refuses the token. The fleet has the vector's keys if a key ring accepts
     * them.
     */
    private static void assertNoTokenOfOurs(List<JsonNode> keys, String token, boolean encrypted) {
        KeyRing ring = ring(keys.stream().map(JsonNode::toString).toArray(String[]::new))
                .orElseGet(TestRings::photos);
        for (TokenKind kind : TokenKind.values()) {
            assertThatExceptionOfType(TokenRefusedException.class)
                    .as(token)
                    .isThrownBy(() -> new TokenCodec(ring, kind)
                            .verify(token, List.of("receipts"), encrypted, NOW, Duration.ZERO));
        }
    }

    private String verdict(JsonNode vector, List<JsonNode> keys, String token, boolean encrypted) {
        boolean valid = isValid(vector);
        Optional<String> refused = ringRefusal(keys);
        if (refused.isPresent()) {
            return valid
                    ? "valid, refused on purpose: " + algorithms(keys.get(0), token)
                    : "invalid, refused by the key ring: " + refused.get();
        }
        Map<String, RingKey> admitted = admit(keys, token, encrypted);
        TokenCodec codec = new TokenCodec(TestRings.photos(), TokenKind.RECEIPT);
        try {
            if (encrypted) {
                String plain = codec.decrypt(token, admitted, NOW);
                assertThat(HexFormat.of().formatHex(plain.getBytes(StandardCharsets.ISO_8859_1)))
                        .isEqualTo(vector.path("pt").asText());
            } else {
                codec.verifySignature(token, codec.signer(token, admitted, NOW));
            }
            return valid ? "valid, opened" : "invalid, opened: " + vector.path("tcId");
        } catch (TokenRefusedException e) {
            if (!valid) {
                return "invalid, refused: " + e.reason();
            }
            return "valid, refused on purpose: "
                    + switch (e.reason()) {
                        case HEADER -> algorithms(keys.get(0), token);
                        case SHAPE -> "characters outside base64url: " + vector.path("tcId");
                        default -> throw new AssertionError("a valid vector is refused: " + vector, e);
                    };
        }
    }

    private static String algorithms(JsonNode key, String token) {
        JsonNode header = header(token);
        String algorithm = header.path("alg").asText(key.path("alg").asText());
        return OURS.contains(algorithm)
                ? algorithm + " with " + header.path("enc").asText()
                : algorithm;
    }

    private static JsonNode header(String token) {
        try {
            return JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[0]));
        } catch (IllegalArgumentException | IOException e) {
            return JSON.createObjectNode();
        }
    }

    private static Map<String, RingKey> admit(List<JsonNode> keys, String token, boolean encrypted) {
        JsonNode header = header(token);
        Set<String> members = new HashSet<>();
        header.fieldNames().forEachRemaining(members::add);
        for (JsonNode key : keys) {
            boolean same = header.path("alg").equals(key.path("alg"))
                    && (!header.has("kid") || header.path("kid").equals(key.path("kid")))
                    && (!encrypted || header.path("enc").asText().equals("A256GCM"))
                    && Set.of("alg", "enc", "kid").containsAll(members);
            if (same) {
                return Map.of(
                        token.split("\\.", -1)[0],
                        TestRings.ringKey(
                                "k",
                                encrypted ? Use.ENCRYPTION : Use.SIGNING,
                                key.path("alg").asText(),
                                Base64.getUrlDecoder().decode(key.path("k").asText())));
            }
        }
        return Map.of();
    }

    /**
     * Returns why a key ring refuses the keys. One repeated byte as a key is not such a reason here, as one vector has
     * such a key and its seals are tested.
     */
    private static Optional<String> ringRefusal(List<JsonNode> keys) {
        try {
            ringOf(keys.stream().map(JsonNode::toString).toArray(String[]::new));
            return Optional.empty();
        } catch (UncheckedIOException e) {
            String message = String.valueOf(e.getCause().getMessage());
            String cause = message.substring(message.indexOf("is not a key ring: ") + 19);
            boolean ours =
                    keys.stream().allMatch(key -> OURS.contains(key.path("alg").asText()));
            return Optional.of(cause.replaceFirst("^key [^ ]+: ", ""))
                    .filter(text -> !(ours && text.contains("one byte repeated")));
        }
    }

    private static Optional<KeyRing> ring(String... keys) {
        try {
            return Optional.of(ringOf(keys));
        } catch (UncheckedIOException e) {
            return Optional.empty();
        }
    }

    private static KeyRing ringOf(String... keys) {
        List<String> all = new ArrayList<>(List.of(keys));
        all.add(TestRings.key("filler-s", "sig", "HS256", TestRings.secret(7, 32), ""));
        all.add(TestRings.key("filler-e", "enc", "A256KW", TestRings.secret(70, 32), ""));
        return TestRings.of(TestRings.ring("photos", all.toArray(String[]::new)));
    }
}
