package io.github.uploadreceipts.receipt;

/**
 * An upload's place among uploads that belong together.
 *
 * @param id 1 to 64 visible ASCII characters
 * @param count how many uploads the batch has, from 1
 * @param sequence this upload's number, from 1 to {@code count}
 */
public record Batch(String id, int count, int sequence) {

    /** Checks all three. */
    public Batch {
        if (!id.matches("[!-~]{1,64}")) {
            throw new IllegalArgumentException("a batch's id is 1 to 64 visible ASCII characters");
        }
        if (count < 1 || sequence < 1 || sequence > count) {
            throw new IllegalArgumentException("upload " + sequence + " of " + count + " does not exist");
        }
    }

    /** Returns the place {@code steps} further on in the same batch. */
    public Batch plus(int steps) {
        return new Batch(id, count, sequence + steps);
    }
}
