package io.github.uploadreceipts.key;

import io.github.uploadreceipts.internal.key.RingKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Key rings with known keys. Each is read from a file, as a host reads its own. */
public final class TestRings {

    /** The bytes 0 to 31. */
    public static final String SIGNING_SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    /** The bytes 32 to 63. */
    public static final String ENCRYPTION_SECRET = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

    /** The bytes 64 to 95. */
    public static final String DERIVATION_SECRET = secret(64, 32);

    public static final String SIGNING = key("s1", "sig", "HS256", SIGNING_SECRET, "");
    public static final String ENCRYPTION = key("e1", "enc", "A256KW", ENCRYPTION_SECRET, "");
    public static final String DERIVATION = key("d1", "derive", "HKDF-SHA-256", DERIVATION_SECRET, "");

    private TestRings() {}

    /** Returns {@code length} bytes that count up from {@code first}, encoded as in a key ring. */
    public static String secret(int first, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Returns a ring of the fleet {@code photos} with the three known keys. */
    public static KeyRing photos() {
        return of(ring("photos", SIGNING, ENCRYPTION, DERIVATION));
    }

    public static String key(String kid, String use, String alg, String secret, String more) {
        return "{\"kty\":\"oct\",\"kid\":\"%s\",\"use\":\"%s\",\"alg\":\"%s\",\"k\":\"%s\"%s}"
                .formatted(kid, use, alg, secret, more);
    }

    /** Returns a key without the checks that a key ring makes. */
    public static RingKey ringKey(String kid, RingKey.Use use, String algorithm, byte[] secret) {
        return RingKey.of(kid, use, algorithm, secret, Instant.EPOCH, Optional.empty());
    }

    public static String ring(String fleet, String... keys) {
        return "{\"fleet\":\"%s\",\"keys\":[%s]}".formatted(fleet, String.join(",", keys));
    }

    public static KeyRing of(String json) {
        try {
            Path file = privateFile(Files.createTempFile("key-ring", ".json"), json);
            try {
                return KeyRing.load(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a ring that reads its file again once {@code nanoTime} has advanced by a second. */
    public static KeyRing watched(Path file, LongSupplier nanoTime) throws IOException {
        return KeyRing.watch(file, nanoTime);
    }

    public static Path privateFile(Path file, String json) throws IOException {
        Files.writeString(file, json);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
