package io.github.uploadreceipts.internal.key;

import io.github.uploadreceipts.key.KeyRing;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gives our own modules the keys of a ring. Users see a {@link KeyRing}, from which no secret can be read. */
public abstract class RingKeys {

    private static volatile @Nullable RingKeys access;

    /** Sets how keys are read. {@link KeyRing} calls this when its class is loaded. */
    public static void install(RingKeys value) {
        access = value;
    }

    /** Reads the keys of {@code ring}. */
    protected abstract List<RingKey> read(KeyRing ring);

    /** Makes a ring of {@code current}. */
    protected abstract KeyRing follow(Supplier<KeyRing> current);

    /** Returns a ring that always has the keys of {@code current}, as a watched file has after it was replaced. */
    public static KeyRing following(Supplier<KeyRing> current) {
        return Objects.requireNonNull(access).follow(current);
    }

    /** Returns the present keys: the same list, as long as the keys do not change. */
    public static List<RingKey> of(KeyRing ring) {
        return Objects.requireNonNull(access).read(ring);
    }

    /**
     * Returns the key for new tokens at {@code now}: the newest of those that are valid for {@code use}.
     *
     * @throws IllegalStateException if there is none; the message says what to do
     */
    public static RingKey current(KeyRing ring, RingKey.Use use, Instant now) {
        return current(of(ring), use, now)
                .orElseThrow(() -> new IllegalStateException("no key with \"use\":\"" + use.code()
                        + "\" is valid now; run 'rotate' and copy the new key ring to every host"));
    }

    /**
     * Checks that there is a key for every use at {@code now}.
     *
     * @throws IllegalStateException if there is not; the message says what to do
     */
    public static void requireEachUse(KeyRing ring, Instant now) {
        for (RingKey.Use use : RingKey.Use.values()) {
            var unused = current(ring, use, now);
        }
    }

    /** Returns the current key among {@code keys}, if there is one. */
    public static Optional<RingKey> current(List<RingKey> keys, RingKey.Use use, Instant now) {
        return keys.stream()
                .filter(key -> key.use() == use && !key.notBefore().isAfter(now) && !key.isExpired(now))
                .max(Comparator.comparing(RingKey::notBefore));
    }
}
