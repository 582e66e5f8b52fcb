package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.internal.key.WebhookSecrets;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs and verifies messages between the fleet and the receivers of its webhooks, as Standard Webhooks has it: HMAC-SHA-256
 * over id, timestamp and body. A message has one signature for each secret that is in use, so that a receiver with any of
 * them can verify it.
 */
final class WebhookSignatures {

    static final String ID = "webhook-id";
    static final String TIMESTAMP = "webhook-timestamp";
    static final String SIGNATURE = "webhook-signature";

    private static final String VERSION = "v1,";
    private static final Duration TOLERANCE = Duration.ofMinutes(5);
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");
    private static final int MAX_SIGNATURES = 16;

    private final KeyRing ring;
    private final Clock clock;

    WebhookSignatures(KeyRing ring, Clock clock) {
        this.ring = ring;
        this.clock = clock;
    }

    /** Returns the id of all messages about an upload. It is the same whenever one is sent again. */
    static String id(UploadId upload) {
        return "msg_" + upload;
    }

    /** Returns the header fields of a message that is sent now. */
    Map<String, String> sign(URI receiver, UploadId upload, String body) {
        String timestamp = String.valueOf(clock.instant().getEpochSecond());
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String signatures = secrets(receiver).stream()
                .map(secret -> VERSION + Base64.getEncoder().encodeToString(hmac(secret, id(upload), timestamp, bytes)))
                .collect(Collectors.joining(" "));
        return Map.of(ID, id(upload), TIMESTAMP, timestamp, SIGNATURE, signatures);
    }

    /**
     * Checks that a receiver has signed a message about an upload, no more than five minutes ago. Without the id, a message
     * about one upload could be sent again about another.
     *
     * @throws UploadRefusedException if it has not
     */
    void verify(URI receiver, UploadId upload, HandOverMessage message) throws UploadRefusedException {
        require(message.id().equals(id(upload)), ID + " must be that of the webhook about this upload.");
        require(
                SECONDS.matcher(message.timestamp()).matches() && isNow(Long.parseLong(message.timestamp())),
                TIMESTAMP + " must be the present time in seconds since 1970.");
        List<byte[]> given = given(message.signature());
        boolean genuine = false;
        for (byte[] secret : secrets(receiver)) {
            byte[] expected = hmac(secret, message.id(), message.timestamp(), message.body());
            for (byte[] signature : given) {
                genuine |= MessageDigest.isEqual(expected, signature);
            }
        }
        require(genuine, SIGNATURE + " is not by the secret of this webhook's receiver.");
    }

    private boolean isNow(long seconds) {
        Duration apart = Duration.between(Instant.ofEpochSecond(seconds), clock.instant());
        return apart.abs().compareTo(TOLERANCE) <= 0;
    }

    /** Returns the signatures in the header field. Those of other versions, and what is malformed, are left out. */
    private static List<byte[]> given(String field) {
        return Pattern.compile(" ")
                .splitAsStream(field)
                .limit(MAX_SIGNATURES)
                .filter(text -> text.startsWith(VERSION))
                .map(text -> decode(text.substring(VERSION.length())))
                .toList();
    }

    private static byte[] decode(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return new byte[0]; // which no signature equals
        }
    }

    private List<byte[]> secrets(URI receiver) {
        return WebhookSecrets.of(ring, receiver.toString(), clock.instant());
    }

    static byte[] hmac(byte[] secret, String id, String timestamp, byte[] body) {
        try {
            Mac hmac = Mac.getInstance("HmacSHA256");
            hmac.init(new SecretKeySpec(secret, "HmacSHA256"));
            hmac.update((id + '.' + timestamp + '.').getBytes(StandardCharsets.UTF_8));
            return hmac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }

    private static void require(boolean condition, String otherwise) throws UploadRefusedException {
        if (!condition) {
            throw new UploadRefusedException(Problem.of(ProblemType.SIGNATURE_INVALID, otherwise));
        }
    }
}
