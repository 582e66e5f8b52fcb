package io.github.uploadreceipts.internal.key;

import io.github.uploadreceipts.key.KeyRing;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/**
 * The secrets that a fleet shares with the receivers of its webhooks. Each receiver has its own, which is derived from
 * its URL and a root key of the ring: HKDF-SHA-256 without a salt and with the info {@code "upload-receipts/hand-over/1"
 * NUL fleet NUL URL}, 32 bytes. So every host has them, nothing has to be kept, and one receiver cannot sign for another.
 */
public final class WebhookSecrets {

    /** How the text of a secret begins, as Standard Webhooks has it. */
    public static final String PREFIX = "whsec_";

    private static final int BYTES = 32;

    private WebhookSecrets() {}

    /**
     * Returns the secrets of a receiver, the newest first: one for each root key that has not expired. Those of keys
     * that sign later are among them, so that a receiver may have the new secret before the fleet uses the new key.
     *
     * @param url the receiver's, exactly as tickets have it
     */
    public static List<byte[]> of(KeyRing ring, String url, Instant now) {
        byte[] info =
                ("upload-receipts/hand-over/1" + '\0' + ring.fleet() + '\0' + url).getBytes(StandardCharsets.US_ASCII);
        return RingKeys.of(ring).stream()
                .filter(key -> key.use() == RingKey.Use.DERIVATION && !key.isExpired(now))
                .sorted(Comparator.comparing(RingKey::notBefore).reversed())
                .map(key -> Hkdf.sha256(key.secret().getEncoded(), new byte[0], info, BYTES))
                .toList();
    }

    /** Returns the text of a secret, as libraries for Standard Webhooks take it. */
    public static String text(byte[] secret) {
        return PREFIX + Base64.getEncoder().encodeToString(secret);
    }
}
