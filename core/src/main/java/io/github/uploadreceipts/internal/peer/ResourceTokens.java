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
import java.util.regex.Pattern;

/**
 * Makes upload URLs and reads them: sealed, so that whoever has one may go on with the upload, and nobody sees where it
 * lies. Front servers cut long URLs; these stay short.
 */
public final class ResourceTokens {

    /** The longest token. */
    public static final int MAX_LENGTH = 900;

    private static final String AUDIENCE = "resources";
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+){4}");

    private final TokenCodec codec;
    private final Clock clock;

    /** Mints and verifies with the keys of {@code ring}. */
    public ResourceTokens(KeyRing ring, Clock clock) {
        this.codec = new TokenCodec(ring, TokenKind.RESOURCE);
        this.clock = clock;
    }

    /** Returns whether a segment of a path is meant to be such a token. */
    public static boolean isMeant(String segment) {
        return FORM.matcher(segment).matches();
    }

    /**
     * Returns the token for an upload's URL.
     *
     * @throws IllegalStateException if the owner's location makes it too long
     */
    public String mint(UploadResource resource) {
        ObjectNode claims = StrictJson.object()
                .put("jti", resource.id().toString())
                .put("loc", resource.owner().toString());
        String token = codec.mint(claims, AUDIENCE, clock.instant(), resource.expiresAt(), true);
        if (token.length() > MAX_LENGTH) {
            throw new IllegalStateException("this host's location makes upload URLs too long; shorten it");
        }
        return token;
    }

    /**
     * Returns the upload that {@code token} names.
     *
     * @throws TokenRefusedException if it is no such token of this fleet, or its time is over
     */
    public UploadResource verify(String token) throws TokenRefusedException {
        ClaimReader claims = new ClaimReader(codec.verify(token, AUDIENCE, true, clock.instant(), TokenCodec.LEEWAY)
                .claims());
        try {
            return new UploadResource(
                    URI.create(claims.text("loc")), UploadId.parse(claims.text("jti")), claims.instant("exp"));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }
}
