package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.key.Hkdf;
import io.github.uploadreceipts.internal.key.RingKey;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.key.KeyRing;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of share links. Each is derived from a root key of the ring for one purpose: HKDF-SHA-256 without a salt and
 * with the info {@code "upload-receipts/" purpose NUL fleet}. So every host of the fleet has the same keys.
 */
final class LinkKeys {

    private final KeyRing ring;
    private final Clock clock;
    private final String purpose;

    LinkKeys(KeyRing ring, Clock clock, String purpose) {
        this.ring = ring;
        this.clock = clock;
        this.purpose = purpose;
    }

    /** Returns HMAC-SHA-256 under the newest key. */
    byte[] mac(byte[] data) {
        return mac(RingKeys.current(ring, RingKey.Use.DERIVATION, clock.instant()), data);
    }

    /** Returns HMAC-SHA-256 under each key that has not expired. */
    List<byte[]> macs(byte[] data) {
        return RingKeys.of(ring).stream()
                .filter(key -> key.use() == RingKey.Use.DERIVATION && !key.isExpired(clock.instant()))
                .map(key -> mac(key, data))
                .toList();
    }

    private byte[] mac(RingKey root, byte[] data) {
        byte[] info = ("upload-receipts/" + purpose + '\0' + ring.fleet()).getBytes(StandardCharsets.US_ASCII);
        return hmac(Hkdf.sha256(root.secret().getEncoded(), new byte[0], info, 32), data);
    }

    static byte[] hmac(byte[] key, byte[] data) {
        try {
            Mac hmac = Mac.getInstance("HmacSHA256");
            hmac.init(new SecretKeySpec(key, "HmacSHA256"));
            return hmac.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
