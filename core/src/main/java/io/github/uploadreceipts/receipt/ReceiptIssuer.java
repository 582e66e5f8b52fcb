package io.github.uploadreceipts.receipt;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.token.TokenCodec;
import io.github.uploadreceipts.token.TokenKind;

/** Issues receipts. An upload host does it for every upload; applications have no need to. */
public final class ReceiptIssuer {

    /** The longest receipt: front servers cut longer header fields. */
    public static final int MAX_LENGTH = 3 * 1024;

    private final TokenCodec codec;
    private final boolean encrypted;

    private ReceiptIssuer(TokenCodec codec, boolean encrypted) {
        this.codec = codec;
        this.encrypted = encrypted;
    }

    /**
     * Returns an issuer for the fleet of {@code ring}.
     *
     * @param encrypted whether clients must not read receipts, which show file names, digests and internal host names
     */
    public static ReceiptIssuer create(KeyRing ring, boolean encrypted) {
        return new ReceiptIssuer(new TokenCodec(ring, TokenKind.RECEIPT, ProblemType.RECEIPT_INVALID), encrypted);
    }

    /**
     * Returns the token for a receipt.
     *
     * @throws IllegalArgumentException if it would pass {@value #MAX_LENGTH} characters, or the context is not strict JSON
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
     * Returns how long the token for a receipt would be, to know beforehand whether it can be issued.
     *
     * @throws IllegalArgumentException if the context is not strict JSON
     */
    public int length(UploadReceipt receipt) {
        return mint(receipt).length();
    }

    private String mint(UploadReceipt receipt) {
        return codec.mint(
                ReceiptClaims.write(receipt),
                ReceiptClaims.AUDIENCE,
                receipt.issuedAt(),
                receipt.expiresAt(),
                encrypted);
    }
}
