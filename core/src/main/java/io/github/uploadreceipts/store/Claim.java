package io.github.uploadreceipts.store;

/**
 * The application's id of the use of a set of receipts, such as an order number.
 *
 * @param id 1 to 128 visible ASCII characters
 */
public record Claim(String id) {

    /** Checks the id. */
    public Claim {
        if (!id.matches("[!-~]{1,128}")) {
            throw new IllegalArgumentException("a claim's id must be 1 to 128 visible ASCII characters, without spaces;"
                    + " this one has " + id.length() + " characters");
        }
    }

    /** Returns the claim with this id. */
    public static Claim of(String id) {
        return new Claim(id);
    }
}
