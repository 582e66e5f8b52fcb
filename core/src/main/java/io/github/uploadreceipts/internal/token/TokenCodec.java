package io.github.uploadreceipts.internal.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.AESDecrypter;
import com.nimbusds.jose.crypto.AESEncrypter;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.key.RingKey;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Mints and verifies tokens of one kind: a compact JWS (RFC 7515), optionally inside a compact JWE (RFC 7516).
 *
 * <p>This class accepts only the headers that it writes itself, one per kind and key. It compares them and does not
 * parse them, so nothing in a token can choose an algorithm, a key source or a compression. Tickets are an exception,
 * because others may mint them: their headers may order and space the same three members in another way.
 */
public final class TokenCodec {

    private static final Pattern SIGNED = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+){2}");
    private static final Pattern ENCRYPTED = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+){4}");
    private static final int TAG_LENGTH = 22; // 128 bits
    private static final StrictJson JSON = StrictJson.ofDepth(4);
    private static final StrictJson HEADER = StrictJson.ofDepth(1);

    /** By how much the clocks of hosts may differ, by default. */
    public static final Duration LEEWAY = Duration.ofSeconds(60);

    private final KeyRing ring;
    private final TokenKind kind;
    private volatile Headers headers = new Headers(List.of(), Map.of(), Map.of());

    /** The accepted headers of signed and of encrypted tokens, each with its key, for one reading of the key ring. */
    record Headers(List<RingKey> keys, Map<String, RingKey> signed, Map<String, RingKey> encrypted) {}

    /**
     * What a verified token says.
     *
     * @param claims all its claims
     * @param key the key that signed it
     */
    public record Verified(ObjectNode claims, RingKey key) {}

    /** Mints and verifies tokens of {@code kind} with the keys of {@code ring}. */
    public TokenCodec(KeyRing ring, TokenKind kind) {
        this.ring = ring;
        this.kind = kind;
    }

    /**
     * Returns the token with these claims, to which {@code iss}, {@code aud}, {@code iat} and {@code exp} are added.
     *
     * @param encrypted whether to encrypt the token, so that nobody but the fleet can read the claims
     */
    public String mint(ObjectNode claims, String audience, Instant issuedAt, Instant expiresAt, boolean encrypted) {
        ObjectNode all = StrictJson.object()
                .put("iss", ring.fleet())
                .put("aud", audience)
                .put("iat", issuedAt.getEpochSecond())
                .put("exp", expiresAt.getEpochSecond());
        all.setAll(claims);
        try {
            String token = sign(all.toString().getBytes(StandardCharsets.UTF_8), issuedAt);
            return encrypted ? encrypt(token, issuedAt) : token;
        } catch (JOSEException | ParseException e) {
            throw new IllegalStateException("the platform cannot sign or encrypt: " + e.getMessage(), e);
        }
    }

    private String sign(byte[] claims, Instant now) throws JOSEException, ParseException {
        RingKey key = RingKeys.current(ring, RingKey.Use.SIGNING, now);
        JWSObject jws = new JWSObject(JWSHeader.parse(new Base64URL(signedHeader(key))), new Payload(claims));
        jws.sign(new MACSigner(key.secret()));
        return jws.serialize();
    }

    private String encrypt(String token, Instant now) throws JOSEException, ParseException {
        RingKey key = RingKeys.current(ring, RingKey.Use.ENCRYPTION, now);
        JWEObject jwe = new JWEObject(JWEHeader.parse(new Base64URL(encryptedHeader(key))), new Payload(token));
        jwe.encrypt(new AESEncrypter(key.secret()));
        return jwe.serialize();
    }

    /**
     * Verifies a token and returns what it says. The token must be of this kind, be protected by keys of the fleet, be
     * for one of {@code audiences}, and not have expired.
     *
     * @param encrypted whether the token must be encrypted, whatever the token itself says
     * @param leeway by how much clocks may differ
     * @throws TokenRefusedException at the first check that fails
     */
    public Verified verify(String token, List<String> audiences, boolean encrypted, Instant now, Duration leeway)
            throws TokenRefusedException {
        require(token.length() <= kind.maxLength(), Reason.TOO_LONG);
        String signed = encrypted ? decrypt(token, headers().encrypted(), now) : token;
        RingKey key = signer(signed, headers().signed(), now);
        ObjectNode claims = parse(verifySignature(signed, key));
        requireClaims(claims, audiences, now, leeway);
        return new Verified(claims, key);
    }

    private void requireForm(String token, Pattern form, Pattern otherForm) throws TokenRefusedException {
        require(!otherForm.matcher(token).matches(), Reason.PROTECTION);
        require(form.matcher(token).matches(), Reason.SHAPE);
        for (String part : token.split("\\.", -1)) {
            require(isCanonical(part), Reason.SHAPE);
        }
    }

    /**
     * Returns whether this is the only text for its bytes. The last character may have bits that decoding drops, and
     * then two texts would be the same token.
     */
    private static boolean isCanonical(String part) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Decrypts a token. Returns one character for each byte.
     *
     * @param known the headers that are accepted, each with its key
     */
    String decrypt(String token, Map<String, RingKey> known, Instant now) throws TokenRefusedException {
        requireForm(token, ENCRYPTED, SIGNED);
        String[] parts = token.split("\\.", -1);
        RingKey key = requireKey(known.get(parts[0]), now);
        // the library joins ciphertext and tag; if the border could be elsewhere, two texts would be the same token
        require(parts[4].length() == TAG_LENGTH, Reason.SEAL);
        try {
            // a header of our own, because the library would interpret the token's header
            byte[] plain = new AESDecrypter(key.secret())
                    .decrypt(
                            new JWEHeader(JWEAlgorithm.parse(key.algorithm()), EncryptionMethod.A256GCM),
                            new Base64URL(parts[1]),
                            new Base64URL(parts[2]),
                            new Base64URL(parts[3]),
                            new Base64URL(parts[4]),
                            parts[0].getBytes(StandardCharsets.US_ASCII));
            return new String(plain, StandardCharsets.ISO_8859_1);
        } catch (JOSEException e) {
            throw refused(Reason.SEAL);
        }
    }

    /**
     * Returns the key that a signed token names.
     *
     * @param known the headers that are accepted, each with its key; not used for tickets, whose headers vary
     */
    RingKey signer(String token, Map<String, RingKey> known, Instant now) throws TokenRefusedException {
        requireForm(token, SIGNED, ENCRYPTED);
        String header = token.substring(0, token.indexOf('.'));
        return requireKey(kind == TokenKind.TICKET ? ticketSigner(header) : known.get(header), now);
    }

    /** Verifies the signature of a signed token, and returns its payload. */
    byte[] verifySignature(String token, RingKey key) throws TokenRefusedException {
        String[] parts = token.split("\\.", -1);
        byte[] signingInput = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
        require(isGenuine(key, signingInput, parts[2]), Reason.SEAL);
        return Base64.getUrlDecoder().decode(parts[1]);
    }

    /**
     * Returns the key for a header that others may have written. It must have the same three members as ours, no
     * others.
     */
    private @Nullable RingKey ticketSigner(String header) throws TokenRefusedException {
        ObjectNode members;
        try {
            members = HEADER.parseObject(Base64.getUrlDecoder().decode(header));
        } catch (IOException e) {
            throw refused(Reason.HEADER);
        }
        return RingKeys.of(ring).stream()
                .filter(key -> key.use() == RingKey.Use.SIGNING && header(key).equals(members))
                .findFirst()
                .orElse(null);
    }

    private ObjectNode header(RingKey key) {
        return StrictJson.object()
                .put("alg", key.algorithm())
                .put("kid", key.kid())
                .put("typ", kind.typ());
    }

    /** Verifies a signature with the algorithm of the key, whatever a header says. */
    static boolean isGenuine(RingKey key, byte[] signingInput, String signature) {
        try {
            return new MACVerifier(key.secret())
                    .verify(new JWSHeader(JWSAlgorithm.parse(key.algorithm())), signingInput, new Base64URL(signature));
        } catch (JOSEException e) {
            return false;
        }
    }

    private RingKey requireKey(@Nullable RingKey key, Instant now) throws TokenRefusedException {
        if (key == null) {
            throw refused(Reason.HEADER);
        }
        require(!key.isExpired(now), Reason.KEY_EXPIRED);
        return key;
    }

    private ObjectNode parse(byte[] payload) throws TokenRefusedException {
        try {
            return JSON.parseObject(payload);
        } catch (IOException e) {
            throw refused(Reason.CLAIMS);
        }
    }

    private void requireClaims(ObjectNode claims, List<String> audiences, Instant now, Duration leeway)
            throws TokenRefusedException {
        require(claims.path("iat").isIntegralNumber() && claims.path("exp").isIntegralNumber(), Reason.CLAIMS);
        // textValue is null for a number, even if it looks like the name
        require(ring.fleet().equals(claims.path("iss").textValue()), Reason.ISSUER);
        requireAudience(claims.path("aud").textValue(), audiences);
        long issued = claims.path("iat").asLong();
        long expires = claims.path("exp").asLong();
        kind.requireTimes(issued, expires, now, leeway);
    }

    private void requireAudience(@Nullable String audience, List<String> audiences) throws TokenRefusedException {
        if (audience == null || !audiences.contains(audience)) {
            String detail = ": " + audience + ", not " + String.join(" or ", audiences) + kind.audienceHint();
            throw kind.refusal(Reason.AUDIENCE, detail);
        }
    }

    private void require(boolean condition, Reason otherwise) throws TokenRefusedException {
        if (!condition) {
            throw refused(otherwise);
        }
    }

    /** Returns the refusal of a token of this kind, for checks that this class does not make. */
    public TokenRefusedException refused(Reason reason) {
        return kind.refusal(reason);
    }

    @SuppressWarnings("ReferenceEquality") // the ring promises the same list until the keys change
    Headers headers() {
        List<RingKey> keys = RingKeys.of(ring);
        Headers current = headers;
        if (current.keys() != keys) {
            current = new Headers(keys, byHeader(keys, RingKey.Use.SIGNING), byHeader(keys, RingKey.Use.ENCRYPTION));
            headers = current;
        }
        return current;
    }

    private Map<String, RingKey> byHeader(List<RingKey> keys, RingKey.Use use) {
        return keys.stream()
                .filter(key -> key.use() == use)
                .collect(Collectors.toUnmodifiableMap(
                        key -> use == RingKey.Use.SIGNING ? signedHeader(key) : encryptedHeader(key), key -> key));
    }

    // kid and alg need no escaping: the key ring restricts their characters

    private String signedHeader(RingKey key) {
        return base64url(header(key).toString());
    }

    private String encryptedHeader(RingKey key) {
        return base64url("{\"alg\":\"%s\",\"enc\":\"A256GCM\",\"kid\":\"%s\",\"typ\":\"%s\",\"cty\":\"JWT\"}"
                .formatted(key.algorithm(), key.kid(), kind.typ()));
    }

    private static String base64url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
