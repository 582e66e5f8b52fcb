package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;

/**
 * Mints and verifies the tokens in the URLs at which receivers of webhooks finish hand-overs. A token says which upload
 * it is, and who was told. It does not authorize anything alone: what is sent to its URL must be signed. Its fields are
 *
 * <pre>
 * id    16 bytes
 * hour  4 bytes, a time
 * base  a text, the owner's internal URL
 * url   a long text, the receiver's
 * </pre>
 */
final class FinishTokens {

    private final PackedCodec codec;
    private final Clock clock;

    /**
     * What a token names.
     *
     * @param location where the upload is
     * @param receiver the URL to which its webhook is sent
     */
    record Named(Location location, URI receiver) {}

    FinishTokens(KeyRing ring, Clock clock) {
        this.codec = new PackedCodec(ring, TokenKind.FINISH);
        this.clock = clock;
    }

    /**
     * Returns the token for a hand-over.
     *
     * @param expiresAt when the upload expires
     * @throws IllegalStateException if the owner's internal URL or the receiver's URL is too long for a token
     */
    String mint(Named named, Instant expiresAt) {
        Location location = named.location();
        try {
            PackedWriter fields = new PackedWriter()
                    .id(location.id())
                    .time(location.hour().start())
                    .text(location.base().toString())
                    .longText(named.receiver().toString());
            return codec.mint(fields, clock.instant(), expiresAt);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("no URL to finish at can be made: " + e.getMessage(), e);
        }
    }

    /**
     * Returns what a token names.
     *
     * @throws TokenRefusedException if it is not such a token of this fleet, or has expired
     */
    Named verify(String token) throws TokenRefusedException {
        PackedReader fields =
                codec.verify(token, clock.instant(), TokenCodec.LEEWAY).fields();
        try {
            UploadId id = fields.id();
            ExpiryHour hour = ExpiryHour.of(fields.time());
            URI base = URI.create(fields.text());
            URI receiver = URI.create(fields.longText());
            fields.requireEnd();
            return new Named(new Location(base, hour, id), receiver);
        } catch (IllegalArgumentException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }
}
