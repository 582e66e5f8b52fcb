package io.github.uploadreceipts.problem;

import java.util.List;
import java.util.stream.Collectors;

/** A set of receipts is refused as a whole. {@link #failures} names every receipt at fault, by its index. */
public final class ReceiptsRefusedException extends RefusedException {

    private static final long serialVersionUID = 1;

    /**
     * Why one receipt is refused.
     *
     * @param index the receipt's place in the set, from 0
     * @param type the kind of refusal, which the client may know
     * @param cause the reason, for the log
     */
    public record Failure(int index, ProblemType type, String cause) {}

    private final transient List<Failure> failures;

    /**
     * Refuses a set of receipts.
     *
     * @param failures at least one
     */
    public ReceiptsRefusedException(List<Failure> failures) {
        super(
                failures.stream()
                                .map(f -> f.index() + ": " + f.cause())
                                .limit(10)
                                .collect(Collectors.joining("; "))
                        + (failures.size() > 10 ? "; and " + (failures.size() - 10) + " more" : ""),
                Problem.receipts(failures.stream()
                        .map(f -> new Problem.AtIndex(f.index(), f.type()))
                        .toList()));
        this.failures = List.copyOf(failures);
    }

    /** Returns every failure, in the order of the receipts. */
    public List<Failure> failures() {
        return failures;
    }
}
