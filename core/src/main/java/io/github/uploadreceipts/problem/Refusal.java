package io.github.uploadreceipts.problem;

/**
 * An exception that says what to tell the client. Where one is thrown behind {@code ReceiptsFilter}, by itself or as a
 * cause, the filter responds with its problem.
 *
 * <p>The library implements it; applications only read it. Later versions may add methods.
 */
public interface Refusal {

    /** Returns what to tell the client. */
    Problem problem();
}
