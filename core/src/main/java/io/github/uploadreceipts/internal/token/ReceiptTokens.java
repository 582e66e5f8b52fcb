package io.github.uploadreceipts.internal.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.http.FileName;
import io.github.uploadreceipts.internal.http.FilePath;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ContentKey;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/** Writes receipts as tokens, and reads them. Safe for use by several threads. */
public final class ReceiptTokens {

    /** The length of the longest token, in characters. Front servers cut longer header fields. */
    public static final int MAX_LENGTH = 3 * 1024;

    private static final String PATH = "path";
    private static final String CONTENT_KEY = "cek";
    private static final int CONTENT_KEY_LENGTH = SealKey.BYTES / 3 * 4;
    private static final String AUDIENCE = "receipts";

    private final TokenCodec codec;
    private final boolean encrypted;

    /**
     * Mints and verifies with the keys of {@code ring}.
     *
     * @param encrypted true to mint and accept encrypted receipts only, false to mint and accept signed ones only
     */
    public ReceiptTokens(KeyRing ring, boolean encrypted) {
        this.codec = new TokenCodec(ring, TokenKind.RECEIPT);
        this.encrypted = encrypted;
    }

    /**
     * Returns the token for a receipt.
     *
     * @throws IllegalArgumentException if the token would have more than {@value #MAX_LENGTH} characters, or the
     *     context is not strict JSON
     */
    public String issue(UploadReceipt receipt) {
        String token = mint(receipt);
        if (token.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the receipt would have " + token.length() + " characters, more than "
                    + MAX_LENGTH + "; shorten the context");
        }
        return token;
    }

    /**
     * Returns whether a receipt fits into a token.
     *
     * @throws IllegalArgumentException if the context is not strict JSON
     */
    public boolean fits(UploadReceipt receipt) {
        return mint(receipt).length() <= MAX_LENGTH;
    }

    private String mint(UploadReceipt receipt) {
        return codec.mint(write(receipt), AUDIENCE, receipt.issuedAt(), receipt.expiresAt(), encrypted);
    }

    private ObjectNode write(UploadReceipt receipt) {
        if (receipt.contentKey().isPresent() && !encrypted) {
            throw new IllegalStateException("a content key must not be in a receipt that is not encrypted");
        }
        ObjectNode claims = StrictJson.object()
                .put("jti", receipt.id().toString())
                .put("name", receipt.name())
                .put("type", receipt.type())
                .put("size", receipt.size())
                .put("digest", receipt.digest().toString());
        receipt.path().ifPresent(path -> claims.put(PATH, path));
        var locations = claims.putArray("loc");
        receipt.locations().forEach(location -> locations.add(location.toString()));
        receipt.contentKey()
                .ifPresent(key -> claims.put(
                        CONTENT_KEY, Base64.getUrlEncoder().withoutPadding().encodeToString(((SealKey) key).bytes())));
        BoundClaims.write(claims, receipt.subject(), receipt.batch(), receipt.context());
        return claims;
    }

    /**
     * Verifies {@code token} and returns its receipt.
     *
     * @throws TokenRefusedException if it is not a receipt of this fleet, or has expired
     */
    public UploadReceipt verify(String token, Instant now, Duration leeway) throws TokenRefusedException {
        ObjectNode claims =
                codec.verify(token, List.of(AUDIENCE), encrypted, now, leeway).claims();
        try {
            return read(new ClaimReader(claims));
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }

    /** Returns the refusal of a receipt for a reason that this class does not check. */
    public TokenRefusedException refused(Reason reason) {
        return codec.refused(reason);
    }

    private UploadReceipt read(ClaimReader claims) {
        return new UploadReceipt(
                UploadId.parse(claims.text("jti")),
                // a name that is safe where it was issued may not be safe here, if that JDK has another Unicode version
                FileName.safe(claims.text("name")),
                claims.text("type"),
                claims.integer("size"),
                ContentDigest.parseCanonical(claims.text("digest")),
                claims.texts("loc").stream().map(Location::parse).toList(),
                claims.optionalText("sub"),
                claims.instant("iat"),
                claims.instant("exp"),
                claims.batch(Batch::new),
                claims.context(),
                claims.optionalText(CONTENT_KEY).map(this::contentKey),
                claims.optionalText(PATH).map(FilePath::safe));
    }

    private ContentKey contentKey(String text) {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (!encrypted || text.length() != CONTENT_KEY_LENGTH) {
            throw new IllegalArgumentException("no content key can be in this receipt");
        }
        return SealKey.of(bytes);
    }
}
