package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.key.WebhookSecrets;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** A host with a clock that stands, an upload, and its receiver. */
final class WebhookFixture implements AutoCloseable {

    static final URI RECEIVER = URI.create("https://shop.example/uploads?shop=7");
    static final UploadId ID = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");
    static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");

    final SettableClock clock = new SettableClock(NOW);
    final KeyRing ring;
    final UploadHost host;
    final Engine engine;
    final FinishUrls finishUrls;

    WebhookFixture(KeyRing ring) {
        this.ring = ring;
        this.host = UploadHost.builder(ring, InMemoryUploadStore.create())
                .internalUrl("http://app1.lan:8080/shop")
                .developmentMode()
                .clock(clock)
                .build();
        this.engine = HostAccess.engine(host);
        this.finishUrls = new FinishUrls(engine);
    }

    static IssuedReceipt issued(Optional<String> subject, Optional<String> context) {
        Instant expires = NOW.plus(Duration.ofDays(1));
        Location location = new Location(URI.create("http://app1.lan:8080/shop"), ExpiryHour.of(expires), ID);
        return new IssuedReceipt(
                new UploadReceipt(
                        ID,
                        "Käse \"1\".png",
                        "image/png",
                        5,
                        ContentDigest.of(new byte[32]),
                        List.of(location),
                        subject,
                        NOW,
                        expires,
                        Optional.empty(),
                        context,
                        Optional.empty(),
                        context.map(ordered -> "Holidays/Käse \"1\".png")),
                "header.claims.signature");
    }

    String sign(String id, Instant time, String body) {
        byte[] secret = WebhookSecrets.of(ring, RECEIVER.toString(), clock.now).get(0);
        byte[] hmac = WebhookSignatures.hmac(
                secret, id, String.valueOf(time.getEpochSecond()), body.getBytes(StandardCharsets.UTF_8));
        return "v1," + Base64.getEncoder().encodeToString(hmac);
    }

    @Override
    public void close() throws IOException {
        host.close();
    }
}
