package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Uploads could not be fetched, or not discarded. {@link #failures} names every receipt that failed. The texts are for the
 * log: they name hosts, and never a token or a path.
 */
public final class FetchException extends IOException {

    private static final long serialVersionUID = 1;
    private static final int MAX_SHOWN = 10;

    /** Why an upload could not be fetched, from the most final to the most passing. */
    public enum Kind {
        /** The upload is used under another claim. Trying again is in vain. */
        CLAIMED,
        /** The upload is not there any more: discarded or purged. */
        GONE,
        /** This host's {@link PeerPolicy} forbids to connect there. */
        NOT_ALLOWED,
        /** The peer refuses, or answers something that no peer answers. */
        REFUSED,
        /** The bytes that came have not the size or the digest that the receipt says. */
        WRONG_BYTES,
        /** There is no connection, it broke, or the peer is unwell. */
        UNREACHABLE,
        /** It did not end in time. */
        TIMEOUT,
        /** This host cannot write or read its own disk. */
        STORAGE
    }

    /**
     * Why one upload failed.
     *
     * @param index the receipt's place, from 0
     * @param id the upload
     * @param kind what the application may act on; of several locations, the one that leaves most hope
     * @param cause what the log may know, of every location that was tried
     */
    public record Failure(int index, UploadId id, Kind kind, String cause) {}

    private final transient List<Failure> failures;

    FetchException(List<Failure> failures) {
        super(message(failures));
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

    /** Returns whether any failure is of this kind. */
    public boolean has(Kind kind) {
        return failures.stream().anyMatch(failure -> failure.kind() == kind);
    }
}
