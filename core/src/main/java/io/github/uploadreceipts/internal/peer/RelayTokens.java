package io.github.uploadreceipts.internal.peer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.token.ClaimReader;
import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
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
 * Mints and verifies the tokens of relayed requests. Each authorizes one method on one upload at one host, for at most
 * a minute. A host that gets a relayed request serves or refuses it. It does not relay it again, so no request is
 * relayed more than once.
 */
public final class RelayTokens {

    private static final Duration LIFE = Duration.ofSeconds(60);

    private final TokenCodec codec;
    private final PackedCodec keys;
    private final Clock clock;

    /** Mints and verifies with the keys of {@code ring}. */
    public RelayTokens(KeyRing ring, Clock clock) {
        this.codec = new TokenCodec(ring, TokenKind.RELAY);
        this.keys = new PackedCodec(ring, TokenKind.RELAY_KEY);
        this.clock = clock;
    }

    /** Returns the token for one request. */
    public String mint(RelayRequest request) {
        Instant now = clock.instant();
        ObjectNode claims = StrictJson.object()
                .put("jti", UploadId.random().toString())
                .put("method", request.method())
                .put("purpose", request.purpose().name());
        request.resource()
                .ifPresent(resource -> claims.put("id", resource.id().toString())
                        .put("loc", resource.owner().toString())
                        .put("until", resource.expiresAt().getEpochSecond()));
        request.resource()
                .flatMap(UploadResource::sealKey)
                .ifPresent(key ->
                        claims.put("seal", keys.mint(new PackedWriter().bytes(key.bytes()), now, now.plus(LIFE))));
        request.permit().ifPresent(permit -> claims.put("permit", permit));
        request.client().ifPresent(address -> claims.put("client", address));
        return codec.mint(claims, request.peer().toString(), now, now.plus(LIFE), false);
    }

    /**
     * Returns the request that {@code token} authorizes.
     *
     * @param method the method of the request that has the token
     * @param own this host
     * @throws TokenRefusedException if the token is not for exactly this request
     */
    public RelayRequest verify(String token, String method, OwnUrls own) throws TokenRefusedException {
        ClaimReader claims =
                new ClaimReader(codec.verify(token, own.audiences(), false, clock.instant(), TokenCodec.LEEWAY)
                        .claims());
        try {
            RelayRequest request = read(claims, own.current());
            if (!request.method().equals(method)) {
                throw codec.refused(Reason.REQUEST);
            }
            return request;
        } catch (IllegalArgumentException | DateTimeException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }

    private RelayRequest read(ClaimReader claims, URI internalUrl) throws TokenRefusedException {
        UploadId.parse(claims.text("jti"));
        return new RelayRequest(
                internalUrl,
                claims.text("method"),
                RelayRequest.Purpose.valueOf(claims.text("purpose")),
                claims.has("id")
                        ? Optional.of(new UploadResource(
                                URI.create(claims.text("loc")),
                                UploadId.parse(claims.text("id")),
                                claims.instant("until"),
                                sealKey(claims)))
                        : Optional.empty(),
                claims.optionalText("permit"),
                claims.optionalText("client"));
    }

    private Optional<SealKey> sealKey(ClaimReader claims) throws TokenRefusedException {
        Optional<String> packed = claims.optionalText("seal");
        if (packed.isEmpty()) {
            return Optional.empty();
        }
        PackedReader fields =
                keys.verify(packed.get(), clock.instant(), TokenCodec.LEEWAY).fields();
        SealKey key = SealKey.of(fields.bytes(SealKey.BYTES));
        fields.requireEnd();
        return Optional.of(key);
    }
}
