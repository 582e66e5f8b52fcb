package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.key.WebhookSecrets;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;

/** Signed messages, for tests outside of this package. */
public final class TestMessages {

    private TestMessages() {}

    /** Returns the text of the newest secret of a receiver. */
    public static String secret(KeyRing ring, URI receiver) {
        return WebhookSecrets.text(
                WebhookSecrets.of(ring, receiver.toString(), Instant.now()).get(0));
    }

    /** Returns the header fields of a message that is signed at some time. */
    public static Map<String, String> sign(KeyRing ring, URI receiver, UploadId upload, Instant time, String body) {
        return new WebhookSignatures(ring, Clock.fixed(time, ZoneOffset.UTC)).sign(receiver, upload, body);
    }

    /** Checks a message that came now. */
    public static void verify(KeyRing ring, URI receiver, UploadId upload, HandOverMessage message)
            throws UploadRefusedException {
        new WebhookSignatures(ring, Clock.systemUTC()).verify(receiver, upload, message);
    }

    /** Returns the URL at which a receiver finishes. */
    public static URI finishUrl(UploadHost host, UploadReceipt receipt, URI receiver) {
        return URI.create(HostAccess.handOvers(host).finishUrls().url(receipt, receiver));
    }

    /** Returns a token of such a URL. */
    public static String finishToken(KeyRing ring, Clock clock, Location location, URI receiver, Instant expires) {
        return new FinishTokens(ring, clock).mint(new FinishTokens.Named(location, receiver), expires);
    }

    /** Returns whether a token says this. */
    public static boolean finishes(KeyRing ring, Clock clock, String token, Location location, URI receiver)
            throws TokenRefusedException {
        return new FinishTokens(ring, clock).verify(token).equals(new FinishTokens.Named(location, receiver));
    }
}
