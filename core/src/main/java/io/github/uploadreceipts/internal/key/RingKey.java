package io.github.uploadreceipts.internal.key;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** One key of the ring, with one use and one algorithm. Immutable; {@link #toString} shows no secret. */
public final class RingKey {

    /** What a key is for. */
    public enum Use {
        /** The signature of every token. */
        SIGNING("sig"),
        /** The encryption around a signed token. */
        ENCRYPTION("enc"),
        /** The root of the keys of packed tokens. It is used for nothing but HKDF. */
        DERIVATION("derive");

        private final String code;

        Use(String code) {
            this.code = code;
        }

        /** Returns the {@code use} member's value (RFC 7517, section 4.2). {@code derive} is one of our own. */
        public String code() {
            return code;
        }

        /**
         * Returns the length of a key: to sign, at least that of the hash (RFC 7518, section 3.2); to encrypt, exactly
         * that of the cipher's key (section 4.4); to derive keys, that of the hash (RFC 5869, section 3.3).
         */
        private int requiredBytes(String algorithm) throws IOException {
            return switch (code + " " + algorithm) {
                case "sig HS256", "enc A256KW", "derive HKDF-SHA-256" -> 32;
                case "sig HS384" -> 48;
                case "sig HS512" -> 64;
                default ->
                    throw new IOException("\"alg\" must be HS256, HS384 or HS512 to sign, A256KW to encrypt,"
                            + " HKDF-SHA-256 to derive keys");
            };
        }

        private static Use of(String code) throws IOException {
            return Arrays.stream(values())
                    .filter(use -> use.code.equals(code))
                    .findFirst()
                    .orElseThrow(() -> new IOException("\"use\" must be \"sig\", \"enc\" or \"derive\""));
        }
    }

    private final String kid;
    private final Use use;
    private final String algorithm;
    private final SecretKey secret;
    private final Instant notBefore;
    private final Optional<Instant> expires;

    private RingKey(
            String kid, Use use, String algorithm, SecretKey secret, Instant notBefore, Optional<Instant> expires) {
        this.kid = kid;
        this.use = use;
        this.algorithm = algorithm;
        this.secret = secret;
        this.notBefore = notBefore;
        this.expires = expires;
    }

    public static RingKey of(
            String kid, Use use, String algorithm, byte[] secret, Instant notBefore, Optional<Instant> expires) {
        String name = use == Use.SIGNING ? "HmacSHA" + algorithm.substring(2) : use == Use.ENCRYPTION ? "AES" : "HKDF";
        return new RingKey(kid, use, algorithm, new SecretKeySpec(secret, name), notBefore, expires);
    }

    public static RingKey parse(JsonNode json) throws IOException {
        String kid = text(json, "kid");
        if (!kid.matches("[0-9A-Za-z._~-]{1,64}")) {
            throw new IOException("every key needs a \"kid\" of 1 to 64 letters, digits, '.', '_', '~' or '-'");
        }
        try {
            return parse(kid, json);
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException("key " + kid + ": " + e.getMessage(), e);
        }
    }

    private static RingKey parse(String kid, JsonNode json) throws IOException {
        if (!text(json, "kty").equals("oct")) {
            throw new IOException("\"kty\" must be \"oct\"");
        }
        Use use = Use.of(text(json, "use"));
        String algorithm = text(json, "alg");
        int required = use.requiredBytes(algorithm);
        byte[] secret = decode(text(json, "k"));
        boolean fits = use == Use.SIGNING ? secret.length >= required : secret.length == required;
        if (!fits) {
            throw new IOException(algorithm + " needs " + required + " bytes, the key has " + secret.length);
        }
        if (isOneByteRepeated(secret)) {
            throw new IOException("the key is one byte repeated; make a random one");
        }
        if (!json.path("key_ops").isMissingNode()) {
            requireOperations(json.path("key_ops"), use);
        }
        Instant notBefore = instant(json, "nbf").orElse(Instant.EPOCH);
        return of(kid, use, algorithm, secret, notBefore, instant(json, "exp"));
    }

    private static byte[] decode(String text) throws IOException {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // the exception below is thrown instead, because the decoder's own message would quote the key
        }
        throw new IOException("\"k\" is not base64url without padding");
    }

    /** Returns whether all bytes are the same. That is what a template or an unset variable leaves behind. */
    private static boolean isOneByteRepeated(byte[] secret) {
        for (byte b : secret) {
            if (b != secret[0]) {
                return false;
            }
        }
        return true;
    }

    /** Checks that {@code key_ops} agrees with {@code use} (RFC 7517, section 4.3). */
    private static void requireOperations(JsonNode operations, Use use) throws IOException {
        Set<String> all = switch (use) {
            case SIGNING -> Set.of("sign", "verify");
            case ENCRYPTION -> Set.of("wrapKey", "unwrapKey");
            case DERIVATION -> Set.of("deriveKey");
        };
        Set<String> listed = new HashSet<>();
        operations.forEach(operation -> listed.add(String.valueOf(operation.textValue())));
        if (!operations.isArray() || !listed.equals(all)) {
            throw new IOException("\"key_ops\", if present, must be [\"sign\",\"verify\"] to sign,"
                    + " [\"wrapKey\",\"unwrapKey\"] to encrypt, [\"deriveKey\"] to derive keys");
        }
    }

    private static String text(JsonNode json, String member) {
        String text = json.path(member).textValue();
        return text == null ? "" : text;
    }

    /**
     * Returns whether both keys have the same secret. Such a secret would still be accepted after one of the keys
     * expires, or would serve several uses.
     */
    public boolean hasSecretOf(RingKey other) {
        return MessageDigest.isEqual(secret.getEncoded(), other.secret.getEncoded());
    }

    private static Optional<Instant> instant(JsonNode json, String member) throws IOException {
        JsonNode value = json.path(member);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isIntegralNumber() || value.asLong() < 0 || value.asLong() > 253402300799L) {
            throw new IOException("\"" + member + "\" is seconds since 1970, a whole number, at most in the year 9999");
        }
        return Optional.of(Instant.ofEpochSecond(value.asLong()));
    }

    public void writeTo(ObjectNode json) {
        json.put("kty", "oct").put("kid", kid).put("use", use.code).put("alg", algorithm);
        json.put("k", Base64.getUrlEncoder().withoutPadding().encodeToString(secret.getEncoded()));
        if (notBefore.isAfter(Instant.EPOCH)) {
            json.put("nbf", notBefore.getEpochSecond());
        }
        expires.ifPresent(end -> json.put("exp", end.getEpochSecond()));
    }

    public RingKey expiringBy(Instant end) {
        Instant sooner = expires.filter(own -> own.isBefore(end)).orElse(end);
        return new RingKey(kid, use, algorithm, secret, notBefore, Optional.of(sooner));
    }

    /** Returns the name under which tokens refer to the key. */
    public String kid() {
        return kid;
    }

    /** Returns what the key is for. */
    public Use use() {
        return use;
    }

    /** Returns the one JOSE algorithm for which the key is used, such as {@code HS256}. */
    public String algorithm() {
        return algorithm;
    }

    /** Returns the key itself. */
    public SecretKey secret() {
        return secret;
    }

    /** Returns when the key comes into use for new tokens. Tokens under the key are accepted before that, too. */
    public Instant notBefore() {
        return notBefore;
    }

    /** Returns when tokens under this key stop being accepted, if that is decided. */
    public Optional<Instant> expires() {
        return expires;
    }

    /** Returns whether the key has expired. */
    public boolean isExpired(Instant now) {
        return expires.filter(end -> !now.isBefore(end)).isPresent();
    }

    @Override
    public String toString() {
        String start = notBefore.equals(Instant.EPOCH) ? "" : " from " + notBefore;
        return kid + " (" + algorithm + start
                + expires.map(end -> " until " + end).orElse("") + ")";
    }
}
