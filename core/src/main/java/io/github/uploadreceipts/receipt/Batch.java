package io.github.uploadreceipts.receipt;

/**
 * An upload's place among uploads that belong together.
 *
 * @param id 1 to 64 visible ASCII characters
 * @param count how many uploads the batch has, from 1
 * @param sequence this upload's number, from 1 to {@code count}
 */
public record Batch(String id, int count, int sequence) {

    /** Checks the id, the count and the sequence. */
    public Batch {
        if (!id.matches("[!-~]{1,64}")) {
            throw new IllegalArgumentException("a batch's id must be 1 to 64 visible ASCII characters, without spaces;"
                    + " this one has " + id.length() + " characters");
        }
        if (count < 1 || sequence < 1 || sequence > count) {
            throw new IllegalArgumentException(
                    "sequence is " + sequence + " and count is " + count + ", but sequence must be from 1 to count");
        }
    }

    /** Returns the place that is {@code steps} after this one in the same batch. */
    public Batch plus(int steps) {
        return new Batch(id, count, sequence + steps);
    }
}
