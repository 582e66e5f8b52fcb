package io.github.uploadreceipts.internal.token;

import io.github.uploadreceipts.internal.key.Hkdf;
import io.github.uploadreceipts.internal.key.RingKey;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.ContentDigest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Mints and verifies tokens of one kind that stand in URLs and that only this library reads. They are packed, because
 * front servers, containers and people cut long URLs. A packed token is the base64url text, without padding, of
 *
 * <pre>
 * version     1 byte, 1
 * key id      4 bytes, the first of SHA-256(kid)
 * salt        16 bytes, random
 * ciphertext  AES-256-GCM of: issued (4 bytes), expires (4 bytes), the kind's own fields
 * tag         16 bytes
 * </pre>
 *
 * <p>The AES key is HKDF-SHA-256 of the ring's root key with an empty salt and the info {@code "upload-receipts/packed/1"
 * NUL kind NUL fleet NUL salt}. Each AES key seals one token, so its nonce is zero. The version, the key id and the salt
 * are authenticated. Nothing in a token chooses an algorithm, and each token has one text only.
 */
public final class PackedCodec {

    private static final byte VERSION = 1;
    private static final int KEY_ID_BYTES = 4;
    private static final int SALT_BYTES = 16;
    private static final int HEAD_BYTES = 1 + KEY_ID_BYTES + SALT_BYTES;
    private static final int TAG_BYTES = 16;
    private static final String LABEL = "upload-receipts/packed/" + VERSION;
    private static final byte[] NONCE = new byte[12];

    private final KeyRing ring;
    private final TokenKind kind;
    private final SecureRandom random = new SecureRandom();

    /**
     * What a verified token says.
     *
     * @param fields the kind's own fields
     * @param expiresAt when the token expires; whole seconds
     */
    public record Verified(PackedReader fields, Instant expiresAt) {}

    /** Mints and verifies tokens of {@code kind} with the root keys of {@code ring}. */
    public PackedCodec(KeyRing ring, TokenKind kind) {
        this.ring = ring;
        this.kind = kind;
    }

    /**
     * Returns the token with these fields.
     *
     * @throws IllegalArgumentException if the token would be too long
     * @throws IllegalStateException if no root key is valid at {@code issuedAt}
     */
    public String mint(PackedWriter fields, Instant issuedAt, Instant expiresAt) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return requireShort(encode(seal(salt, fields, issuedAt, expiresAt)));
    }

    /**
     * Returns the bytes of a token without its salt, which the caller chooses, uses once and keeps secret: nobody can
     * read or forge the token without it.
     *
     * @param salt 16 bytes
     */
    public byte[] mintUnder(byte[] salt, PackedWriter fields, Instant issuedAt, Instant expiresAt) {
        byte[] token = seal(salt, fields, issuedAt, expiresAt);
        return ByteBuffer.allocate(token.length - SALT_BYTES)
                .put(token, 0, HEAD_BYTES - SALT_BYTES)
                .put(token, HEAD_BYTES, token.length - HEAD_BYTES)
                .array();
    }

    /** Verifies what {@link #mintUnder} made with this salt, as {@link #verify(String, Instant, Duration)} does. */
    public Verified verifyUnder(byte[] salt, byte[] rest, Instant now, Duration leeway) throws TokenRefusedException {
        int head = HEAD_BYTES - SALT_BYTES;
        require(rest.length >= head, Reason.SHAPE);
        return verify(
                ByteBuffer.allocate(rest.length + SALT_BYTES)
                        .put(rest, 0, head)
                        .put(salt)
                        .put(rest, head, rest.length - head)
                        .array(),
                now,
                leeway);
    }

    private byte[] seal(byte[] salt, PackedWriter fields, Instant issuedAt, Instant expiresAt) {
        RingKey root = RingKeys.current(ring, RingKey.Use.DERIVATION, issuedAt);
        byte[] head = ByteBuffer.allocate(HEAD_BYTES)
                .put(VERSION)
                .put(keyId(root))
                .put(salt)
                .array();
        byte[] plain =
                new PackedWriter().time(issuedAt).time(expiresAt).all(fields).toBytes();
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, root, head).doFinal(plain);
            return ByteBuffer.allocate(HEAD_BYTES + sealed.length)
                    .put(head)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the platform cannot encrypt: " + e.getMessage(), e);
        }
    }

    private String requireShort(String token) {
        if (token.length() > kind.maxLength()) {
            throw new IllegalArgumentException(
                    "its token would have " + token.length() + " characters, more than " + kind.maxLength());
        }
        return token;
    }

    /**
     * Verifies a token and returns what it says. The token must be of this kind, be sealed by a root key of the fleet,
     * and not have expired.
     *
     * @param leeway by how much clocks may differ
     * @throws TokenRefusedException at the first check that fails
     */
    public Verified verify(String token, Instant now, Duration leeway) throws TokenRefusedException {
        require(token.length() <= kind.maxLength(), Reason.TOO_LONG);
        return verify(decode(token), now, leeway);
    }

    private Verified verify(byte[] bytes, Instant now, Duration leeway) throws TokenRefusedException {
        require(bytes.length >= HEAD_BYTES + TAG_BYTES, Reason.SHAPE);
        require(bytes[0] == VERSION, Reason.HEADER);
        RingKey root = root(Arrays.copyOfRange(bytes, 1, 1 + KEY_ID_BYTES));
        require(!root.isExpired(now), Reason.KEY_EXPIRED);
        PackedReader fields = new PackedReader(open(root, bytes));
        try {
            Instant issued = fields.time();
            Instant expires = fields.time();
            kind.requireTimes(issued.getEpochSecond(), expires.getEpochSecond(), now, leeway);
            return new Verified(fields, expires);
        } catch (IllegalArgumentException e) {
            throw kind.refusal(Reason.CLAIMS);
        }
    }

    /** Returns the refusal of a token of this kind, for checks that this class does not make. */
    public TokenRefusedException refused(Reason reason) {
        return kind.refusal(reason);
    }

    private byte[] decode(String token) throws TokenRefusedException {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(token);
            // the last character may have bits that decoding drops, and then two texts would be the same token
            require(encode(bytes).equals(token), Reason.SHAPE);
            return bytes;
        } catch (IllegalArgumentException e) {
            throw kind.refusal(Reason.SHAPE);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private RingKey root(byte[] keyId) throws TokenRefusedException {
        Optional<RingKey> named = RingKeys.of(ring).stream()
                .filter(key -> key.use() == RingKey.Use.DERIVATION && Arrays.equals(keyId(key), keyId))
                .findFirst();
        return named.orElseThrow(() -> kind.refusal(Reason.HEADER));
    }

    private byte[] open(RingKey root, byte[] token) throws TokenRefusedException {
        byte[] head = Arrays.copyOf(token, HEAD_BYTES);
        try {
            return cipher(Cipher.DECRYPT_MODE, root, head).doFinal(token, HEAD_BYTES, token.length - HEAD_BYTES);
        } catch (AEADBadTagException e) {
            throw kind.refusal(Reason.SEAL);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the platform cannot decrypt: " + e.getMessage(), e);
        }
    }

    private Cipher cipher(int mode, RingKey root, byte[] head) throws GeneralSecurityException {
        byte[] salt = Arrays.copyOfRange(head, HEAD_BYTES - SALT_BYTES, HEAD_BYTES);
        byte[] key = Hkdf.sha256(root.secret().getEncoded(), new byte[0], info(salt), 32);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(8 * TAG_BYTES, NONCE));
        cipher.updateAAD(head);
        return cipher;
    }

    /** Returns the HKDF info. No part of it but the salt, which comes last, can hold a NUL. */
    private byte[] info(byte[] salt) {
        byte[] names = (LABEL + '\0' + kind.typ() + '\0' + ring.fleet() + '\0').getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(names.length + salt.length)
                .put(names)
                .put(salt)
                .array();
    }

    private static byte[] keyId(RingKey key) {
        byte[] digest = ContentDigest.newHash().digest(key.kid().getBytes(StandardCharsets.US_ASCII));
        return Arrays.copyOf(digest, KEY_ID_BYTES);
    }

    private void require(boolean condition, Reason otherwise) throws TokenRefusedException {
        if (!condition) {
            throw kind.refusal(otherwise);
        }
    }
}
