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
import java.util.List;
import java.util.regex.Pattern;

/**
 * Mints and verifies the tokens in upload URLs. Whoever has such a URL can resume the upload. The tokens are encrypted,
 * so that nobody sees where an upload is stored. They are short, because front servers cut long URLs.
 */
public final class ResourceTokens {

    /** The length of the longest token, in characters. */
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

    /** Returns whether a path segment has the form of such a token. */
    public static boolean isMeant(String segment) {
        return FORM.matcher(segment).matches();
    }

    /**
     * Returns the token for an upload's URL.
     *
     * @throws IllegalStateException if the owner's internal URL makes the token too long
     */
    public String mint(UploadResource resource) {
        ObjectNode claims = StrictJson.object()
                .put("jti", resource.id().toString())
                .put("loc", resource.owner().toString());
        String token = codec.mint(claims, AUDIENCE, clock.instant(), resource.expiresAt(), true);
        if (token.length() > MAX_LENGTH) {
            throw new IllegalStateException(
                    "the location of this host's uploads makes the tokens in upload URLs too long: " + token.length()
                            + " characters, more than " + MAX_LENGTH + "; shorten the internal URL");
        }
        return token;
    }

    /**
     * Returns the upload that {@code token} names.
     *
     * @throws TokenRefusedException if it is not such a token of this fleet, or has expired
     */
    public UploadResource verify(String token) throws TokenRefusedException {
        ClaimReader claims =
                new ClaimReader(codec.verify(token, List.of(AUDIENCE), true, clock.instant(), TokenCodec.LEEWAY)
                        .claims());
        try {
            return new UploadResource(
                    URI.create(claims.text("loc")), UploadId.parse(claims.text("jti")), claims.instant("exp"));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }
}
