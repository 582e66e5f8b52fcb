package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.Refusal;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Uploads could not be fetched or discarded. {@link #failures} names every receipt that failed. The texts are for the
 * log: they name hosts, but never a token or a path. {@link #problem} is for the client: {@code ReceiptsFilter} responds
 * with it where this exception leaves the application.
 */
public final class FetchException extends IOException implements Refusal {

    private static final long serialVersionUID = 1;
    private static final int MAX_SHOWN = 10;

    /** Why an upload could not be fetched, from the most permanent reason to the most temporary. */
    public enum Kind {
        /** The upload is used under another claim. Trying again does not help. */
        CLAIMED,
        /** The upload no longer exists: it was discarded or purged. */
        GONE,
        /** The application was told of the upload by hand-over, and has refused it. Trying again does not help. */
        APPLICATION_REFUSED,
        /** This host's {@link PeerPolicy} does not allow the connection. */
        NOT_ALLOWED,
        /** The peer refused the request, or its response is not one that the delivery filter of a peer sends. */
        REFUSED,
        /** The bytes do not have the size or the digest in the receipt. */
        WRONG_BYTES,
        /**
         * The application was told of the upload by hand-over, and is not done with it. Trying again helps, once it is;
         * see {@link PeerFetcher#acceptUnfinished}.
         */
        UNFINISHED,
        /**
         * The connection failed or broke, or the peer could not serve the request for now, or a server in front of it
         * responded in its place. The upload may still be there.
         */
        UNREACHABLE,
        /** The fetch took too long, or was cancelled. */
        TIMEOUT,
        /** This host cannot write or read its own disk. */
        STORAGE;

        private ProblemType type() {
            return switch (this) {
                case CLAIMED -> ProblemType.ALREADY_CLAIMED;
                case GONE -> ProblemType.UPLOAD_GONE;
                case APPLICATION_REFUSED -> ProblemType.UPLOAD_REFUSED;
                case UNFINISHED -> ProblemType.UPLOAD_UNFINISHED;
                case NOT_ALLOWED, REFUSED, WRONG_BYTES, UNREACHABLE, TIMEOUT, STORAGE -> ProblemType.UNAVAILABLE;
            };
        }

        private String advice() {
            return switch (this) {
                case CLAIMED -> "Some files are already in use. Upload them again to use them here.";
                case GONE -> "Some files are not there any more. Upload them again.";
                case APPLICATION_REFUSED -> "Some files were refused. Choose others.";
                case UNFINISHED -> "Some files are still being checked. Send the same request again in a moment.";
                case NOT_ALLOWED, REFUSED, WRONG_BYTES, UNREACHABLE, TIMEOUT ->
                    "A host that keeps some of these files does not deliver them. Try again later, or upload them again.";
                case STORAGE -> "Try again later.";
            };
        }
    }

    /**
     * Why one upload failed.
     *
     * @param index the receipt's index in the list, from 0
     * @param id the upload
     * @param kind the reason, for the application to act on; if several locations failed, their most temporary reason
     * @param cause why the upload failed at each location that was tried, for the log
     */
    public record Failure(int index, UploadId id, Kind kind, String cause) {}

    private final transient List<Failure> failures;

    /**
     * Reports these failures. Fetchers throw this exception; applications create one in tests only.
     *
     * @throws IllegalArgumentException if {@code failures} is empty
     */
    public FetchException(List<Failure> failures) {
        super(message(failures));
        if (failures.isEmpty()) {
            throw new IllegalArgumentException("nothing failed");
        }
        this.failures = failures.stream()
                .sorted(Comparator.comparingInt(Failure::index))
                .toList();
    }

    private static String message(List<Failure> failures) {
        String shown = failures.stream()
                .sorted(Comparator.comparingInt(Failure::index))
                .limit(MAX_SHOWN)
                .map(failure -> "receipt " + failure.index() + " (" + failure.id() + ") " + failure.kind() + ": "
                        + failure.cause())
                .collect(Collectors.joining("; "));
        int more = failures.size() - MAX_SHOWN;
        return more > 0 ? shown + "; and " + more + " more" : shown;
    }

    /** Returns every failure, in the order of the receipts; at least one. */
    public List<Failure> failures() {
        return failures;
    }

    /**
     * Returns what a client may know: of every failure the index and what it means, and no id and no host. The type
     * and status are those of the most permanent kind, because trying again cannot help before that is mended.
     */
    @Override
    public Problem problem() {
        Kind worst = failures.stream()
                .map(Failure::kind)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        return new Problem(
                worst.type(),
                Optional.of(worst.advice()),
                OptionalLong.empty(),
                OptionalLong.empty(),
                failures.stream()
                        .map(failure -> new Problem.AtIndex(
                                failure.index(), failure.kind().type()))
                        .toList());
    }

    /** Returns whether any failure is of this kind. */
    public boolean has(Kind kind) {
        return failures.stream().anyMatch(failure -> failure.kind() == kind);
    }
}
