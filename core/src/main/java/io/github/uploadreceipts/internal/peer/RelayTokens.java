package io.github.uploadreceipts.internal.peer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.token.ClaimReader;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Mints and verifies what a host shows with a request that it passes on: for one host, one method, one upload, at most a
 * minute. Whoever gets such a request serves it or refuses it, and never passes it on, so it goes from host to host once.
 */
public final class RelayTokens {

    private static final Duration LIFE = Duration.ofSeconds(60);

    private final TokenCodec codec;
    private final Clock clock;

    /** Mints and verifies with the keys of {@code ring}. */
    public RelayTokens(KeyRing ring, Clock clock) {
        this.codec = new TokenCodec(ring, TokenKind.RELAY);
        this.clock = clock;
    }

    /** Returns the token for one request. */
    public String mint(RelayRequest request) {
        ObjectNode claims = StrictJson.object()
                .put("jti", UploadId.random().toString())
                .put("method", request.method())
                .put("purpose", request.purpose().name());
        request.resource()
                .ifPresent(resource -> claims.put("id", resource.id().toString())
                        .put("loc", resource.owner().toString())
                        .put("until", resource.expiresAt().getEpochSecond()));
        request.permit().ifPresent(permit -> claims.put("permit", permit));
        request.client().ifPresent(address -> claims.put("client", address));
        Instant now = clock.instant();
        return codec.mint(claims, request.peer().toString(), now, now.plus(LIFE), false);
    }

    /**
     * Returns the request that {@code token} lets through.
     *
     * @param method of the request that bears it
     * @param base of this host
     * @throws TokenRefusedException if the token is not for exactly this request
     */
    public RelayRequest verify(String token, String method, URI base) throws TokenRefusedException {
        ClaimReader claims =
                new ClaimReader(codec.verify(token, base.toString(), false, clock.instant(), TokenCodec.LEEWAY)
                        .claims());
        try {
            RelayRequest request = read(claims, base);
            if (!request.method().equals(method)) {
                throw codec.refused(Reason.REQUEST);
            }
            return request;
        } catch (IllegalArgumentException | DateTimeException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }

    private static RelayRequest read(ClaimReader claims, URI base) {
        UploadId.parse(claims.text("jti"));
        return new RelayRequest(
                base,
                claims.text("method"),
                RelayRequest.Purpose.valueOf(claims.text("purpose")),
                claims.has("id")
                        ? Optional.of(new UploadResource(
                                URI.create(claims.text("loc")),
                                UploadId.parse(claims.text("id")),
                                claims.instant("until")))
                        : Optional.empty(),
                claims.optionalText("permit"),
                claims.optionalText("client"));
    }
}
