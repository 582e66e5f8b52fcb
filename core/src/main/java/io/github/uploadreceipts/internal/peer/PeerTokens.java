package io.github.uploadreceipts.internal.peer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.token.ClaimReader;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Mints and verifies peer tokens. Each authorizes one request to one owner, for at most a minute. */
public final class PeerTokens {

    private static final Duration LIFE = Duration.ofSeconds(60);

    private final TokenCodec codec;
    private final Clock clock;

    /** Mints and verifies with the keys of {@code ring}. */
    public PeerTokens(KeyRing ring, Clock clock) {
        this.codec = new TokenCodec(ring, TokenKind.PEER);
        this.clock = clock;
    }

    /** Returns the token for one request. */
    public String mint(PeerRequest request) {
        ObjectNode claims = StrictJson.object()
                .put("jti", UploadId.random().toString())
                .put("method", request.method())
                .put("loc", request.location().toString())
                .put("size", request.size())
                .put("type", request.type());
        request.digest().ifPresent(digest -> claims.put("digest", digest.toString()));
        request.claim().ifPresent(claim -> claims.put("claim", claim.id()));
        request.until().ifPresent(until -> claims.put("until", until.getEpochSecond()));
        if (request.acceptUnfinished()) {
            claims.put("unfinished", true);
        }
        Instant now = clock.instant();
        return codec.mint(claims, audience(request.location()), now, now.plus(LIFE), false);
    }

    /**
     * Returns the request that {@code token} authorizes.
     *
     * @param method the method of the request that has the token
     * @param own this host
     * @param location what the request asks for: this host's internal URL with the path of the request
     * @throws TokenRefusedException if the token is not for exactly this request
     */
    public PeerRequest verify(String token, String method, OwnUrls own, Location location)
            throws TokenRefusedException {
        ObjectNode claims = codec.verify(token, own.audiences(), false, clock.instant(), TokenCodec.LEEWAY)
                .claims();
        try {
            PeerRequest request = read(new ClaimReader(claims));
            if (!request.method().equals(method) || !isSame(request.location(), location, own)) {
                throw codec.refused(Reason.REQUEST);
            }
            return request;
        } catch (IllegalArgumentException | DateTimeException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }

    /** Returns whether a token's location is the requested upload, under any URL of this host. */
    private static boolean isSame(Location permitted, Location asked, OwnUrls own) {
        return own.contain(permitted.base())
                && permitted.hour().equals(asked.hour())
                && permitted.id().equals(asked.id());
    }

    private static String audience(Location location) {
        return location.base().toString();
    }

    private static PeerRequest read(ClaimReader claims) {
        UploadId.parse(claims.text("jti"));
        String type = claims.text("type");
        if (!MediaType.ofFile(type).equals(type)) {
            throw new IllegalArgumentException("the type is not a media type");
        }
        return new PeerRequest(
                claims.text("method"),
                Location.parse(claims.text("loc")),
                claims.integer("size"),
                claims.optionalText("digest").map(ContentDigest::parseCanonical),
                type,
                claims.optionalText("claim").map(Claim::of),
                claims.has("until") ? Optional.of(claims.instant("until")) : Optional.empty(),
                claims.has("unfinished") && claims.flag("unfinished"));
    }
}
