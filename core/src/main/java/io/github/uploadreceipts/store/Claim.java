package io.github.uploadreceipts.store;

/**
 * An application's id for the one use of a set of receipts: an order number.
 *
 * @param id 1 to 128 visible ASCII characters
 */
public record Claim(String id) {

    /** Checks the id. */
    public Claim {
        if (!id.matches("[!-~]{1,128}")) {
            throw new IllegalArgumentException("a claim's id is 1 to 128 visible ASCII characters");
        }
    }

    /** Returns the claim with this id. */
    public static Claim of(String id) {
        return new Claim(id);
    }
}
