package io.github.uploadreceipts.key;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.key.RingKey;
import io.github.uploadreceipts.internal.key.RingKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The fleet's keys: a JWK Set (RFC 7517) with one more member, {@code fleet}.
 *
 * <p>Tokens under a key are accepted as soon as the key is in the file, and until its {@code exp}. New tokens are under
 * the key from its {@code nbf} on. Whoever has the file can mint every kind of token for every host of the
 * fleet.
 *
 * <pre>{@code
 * KeyRing ring = KeyRing.watch(Path.of("/etc/photos/receipts.json"));
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class KeyRing {

    static {
        RingKeys.install(new RingKeys() {
            @Override
            protected List<RingKey> read(KeyRing ring) {
                return ring.keys();
            }

            @Override
            protected KeyRing follow(Supplier<KeyRing> current) {
                return new KeyRing(
                        () -> current.get().source.get(),
                        () -> current.get().reloadFailure.get());
            }
        });
    }

    /** How long tokens under a key are still accepted after a newer key has replaced it, by default: 8 days. */
    public static final Duration DEFAULT_RETIREMENT = Duration.ofDays(8);

    private static final String SIGNING_ALGORITHM = "HS256";
    private static final String WRAPPING_ALGORITHM = "A256KW";
    private static final String DERIVATION_ALGORITHM = "HKDF-SHA-256";
    private static final int GENERATED_BITS = 256;
    private static final StrictJson JSON = StrictJson.ofDepth(4);
    private static final DateTimeFormatter KID_TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss").withZone(ZoneOffset.UTC);

    private final Supplier<Snapshot> source;
    private final Supplier<Optional<String>> reloadFailure;

    /** One reading of the file. */
    record Snapshot(String fleet, List<RingKey> keys) {

        boolean has(RingKey.Use use) {
            return keys.stream().anyMatch(key -> key.use() == use);
        }
    }

    private KeyRing(Supplier<Snapshot> source, Supplier<Optional<String>> reloadFailure) {
        this.source = source;
        this.reloadFailure = reloadFailure;
    }

    private static KeyRing of(Snapshot snapshot) {
        return new KeyRing(() -> snapshot, Optional::empty);
    }

    /**
     * Returns the key ring in {@code file}, read once.
     *
     * @throws IOException if the file cannot be read, is readable by others, or is no key ring; the message says what
     *     to change
     */
    public static KeyRing load(Path file) throws IOException {
        return of(KeyRingFile.read(file));
    }

    /**
     * Returns the key ring in {@code file}. The ring reads the file again when it is used, at most once a second. If
     * that fails, the failure is logged and the keys stay as they were. A file that is replaced by renaming, or by
     * swapping a symbolic link, is noticed too.
     *
     * @throws IOException as for {@link #load}
     */
    public static KeyRing watch(Path file) throws IOException {
        return watch(file, System::nanoTime);
    }

    static KeyRing watch(Path file, LongSupplier nanoTime) throws IOException {
        KeyRingFile.Watched watched = new KeyRingFile.Watched(file, nanoTime);
        return new KeyRing(watched, watched::failure);
    }

    /**
     * Returns a new key ring, in memory only, with one key for each use, all in use at once. It serves for tests
     * and development, and as the first content of a file.
     *
     * @param fleet the fleet's name: 1 to 64 letters, digits, {@code .}, {@code _} or {@code -}
     */
    public static KeyRing generate(String fleet) {
        requireFleetName(fleet);
        return of(new Snapshot(fleet, newKeys(Instant.EPOCH, Clock.systemUTC().instant(), Instant.EPOCH)));
    }

    /** Returns the fleet's name. */
    public String fleet() {
        return source.get().fleet();
    }

    /**
     * Returns why a {@linkplain #watch watched} file could not be read again, if its last reading failed. The keys are
     * then those of the reading before. The text names the file, but no secret.
     */
    public Optional<String> reloadFailure() {
        var unused = source.get(); // which reads the file, if that is due
        return reloadFailure.get();
    }

    /**
     * A key of the ring, without its secret.
     *
     * @param kid the name by which tokens refer to the key
     * @param use {@code sig} or {@code enc} (RFC 7517, section 4.2), or {@code derive}: the root of the keys that seal
     *     the tokens in URLs
     * @param algorithm the one algorithm for which the key is used, such as {@code HS256}
     * @param notBefore when the key comes into use for new tokens
     * @param expires when tokens under this key stop being accepted, if that is decided
     * @param current whether the key is the one in use for new tokens now
     */
    public record Key(
            String kid, String use, String algorithm, Instant notBefore, Optional<Instant> expires, boolean current) {}

    /** Describes the keys at {@code now}, without their secrets, in the order of the file. */
    public List<Key> describe(Instant now) {
        List<RingKey> keys = keys();
        return keys.stream()
                .map(key -> new Key(
                        key.kid(),
                        key.use().code(),
                        key.algorithm(),
                        key.notBefore(),
                        key.expires(),
                        RingKeys.current(keys, key.use(), now).equals(Optional.of(key))))
                .toList();
    }

    List<RingKey> keys() {
        return source.get().keys();
    }

    /**
     * Returns a key ring with new keys, which are in use from {@code start} on. The present keys expire
     * {@code retirement} after that, unless they already expire earlier. Keys that have expired are left out. A ring
     * without a root key, which older versions made, gets one that is in use at once, because no host starts without.
     *
     * @param now the current time
     * @param start when the new keys come into use; leave time to copy the file to every host
     * @param retirement how long tokens under the present keys are accepted after {@code start}: at least the longest
     *     life of a receipt and a day
     */
    public KeyRing rotate(Instant now, Instant start, Duration retirement) {
        Snapshot old = source.get();
        Instant end = start.plus(retirement);
        List<RingKey> keys = new ArrayList<>();
        for (RingKey key : old.keys()) {
            if (!key.isExpired(now)) {
                keys.add(key.expiringBy(end));
            }
        }
        keys.addAll(newKeys(start, now, old.has(RingKey.Use.DERIVATION) ? start : Instant.EPOCH));
        return of(new Snapshot(old.fleet(), List.copyOf(keys)));
    }

    /**
     * Writes the key ring to {@code file}, atomically: if anything fails, the old file stays as it was. Only the owner
     * can read and write a new file. A file that is replaced keeps its owner, its group and the group's right to read.
     */
    public void write(Path file) throws IOException {
        KeyRingFile.write(file, toJson());
    }

    /** Returns the fleet's name and a description of the keys, without their secrets. */
    @Override
    public String toString() {
        return "KeyRing[" + fleet() + ", " + keys() + "]";
    }

    private static List<RingKey> newKeys(Instant start, Instant now, Instant rootStart) {
        byte[] random = new byte[3]; // two rotations in one second need different key ids
        new SecureRandom().nextBytes(random);
        String suffix = KID_TIME.format(now) + "-" + HexFormat.of().formatHex(random);
        return List.of(
                newKey("s" + suffix, RingKey.Use.SIGNING, SIGNING_ALGORITHM, start),
                newKey("e" + suffix, RingKey.Use.ENCRYPTION, WRAPPING_ALGORITHM, start),
                newKey("d" + suffix, RingKey.Use.DERIVATION, DERIVATION_ALGORITHM, rootStart));
    }

    private static RingKey newKey(String kid, RingKey.Use use, String algorithm, Instant start) {
        byte[] secret = new byte[GENERATED_BITS / 8];
        new SecureRandom().nextBytes(secret);
        return RingKey.of(kid, use, algorithm, secret, start, Optional.empty());
    }

    private byte[] toJson() {
        Snapshot snapshot = source.get();
        ObjectNode json = StrictJson.object().put("fleet", snapshot.fleet());
        var array = json.putArray("keys");
        snapshot.keys().forEach(key -> key.writeTo(array.addObject()));
        return json.toPrettyString().getBytes(StandardCharsets.UTF_8);
    }

    static Snapshot parse(byte[] content) throws IOException {
        ObjectNode json = JSON.parseObject(content);
        String fleet = json.path("fleet").isTextual() ? json.path("fleet").textValue() : "";
        try {
            requireFleetName(fleet);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
        if (!json.path("keys").isArray()) {
            throw new IOException("\"keys\" must be an array of keys");
        }
        List<RingKey> keys = new ArrayList<>();
        for (JsonNode node : json.path("keys")) {
            RingKey key = RingKey.parse(node);
            requireAnother(keys, key);
            keys.add(key);
        }
        requireEachUse(keys);
        return new Snapshot(fleet, List.copyOf(keys));
    }

    private static void requireAnother(List<RingKey> keys, RingKey key) throws IOException {
        for (RingKey other : keys) {
            if (other.kid().equals(key.kid())) {
                throw new IOException("two keys have the kid " + key.kid() + "; each needs its own");
            }
            if (other.hasSecretOf(key)) {
                throw new IOException(
                        "the keys " + other.kid() + " and " + key.kid() + " have the same \"k\"; each needs its own");
            }
        }
    }

    /** Checks that there are keys to sign and to encrypt. One to derive keys from is missing in the rings of old. */
    private static void requireEachUse(List<RingKey> keys) throws IOException {
        for (RingKey.Use use : List.of(RingKey.Use.SIGNING, RingKey.Use.ENCRYPTION)) {
            if (keys.stream().noneMatch(key -> key.use() == use)) {
                throw new IOException(
                        "no key has \"use\":\"" + use.code() + "\"; a key ring needs one to sign, one to encrypt");
            }
        }
    }

    static void requireFleetName(String fleet) {
        if (!fleet.matches("[0-9A-Za-z._-]{1,64}")) {
            throw new IllegalArgumentException("a fleet's name must be 1 to 64 letters, digits, '.', '_' or '-', but"
                    + " this one, of " + fleet.length() + " characters, is not; set \"fleet\" in the key ring");
        }
    }
}
