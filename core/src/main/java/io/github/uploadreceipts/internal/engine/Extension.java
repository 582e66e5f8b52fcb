package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps uploads longer than their receipts say. The directory says when an upload expires, so an upload that is kept
 * longer is another upload: it has the same bytes, in the directory of a later hour, under an id of its own. The first
 * one stays as it is.
 */
public final class Extension {

    private static final Duration MAX_LIFE = Duration.ofDays(365); // that of a host's timeToLive
    private static final int ID_BYTES = 16;

    private final Engine engine;

    /** Extends uploads of {@code engine}'s host, and issues receipts for those of any host. */
    public Extension(Engine engine) {
        this.engine = engine;
    }

    /**
     * Returns the receipt of an upload that is kept until later.
     *
     * @param until when it expires; cut to seconds
     * @throws IllegalArgumentException if {@code until} is not later than the receipt's expiry, or more than a year from
     *     now
     */
    public UploadReceipt extended(UploadReceipt receipt, Instant until) {
        Instant now = engine.now();
        Instant end = until.truncatedTo(ChronoUnit.SECONDS);
        if (!end.isAfter(receipt.expiresAt()) || !isPossible(end)) {
            throw new IllegalArgumentException("an upload that expires at " + receipt.expiresAt()
                    + " can be kept until later, for at most 365 days from now, but not until " + until);
        }
        List<Location> locations = receipt.locations().stream()
                .map(location -> extended(location, end))
                .toList();
        return new UploadReceipt(
                locations.get(0).id(),
                receipt.name(),
                receipt.type(),
                receipt.size(),
                receipt.digest(),
                locations,
                receipt.subject(),
                now,
                end,
                receipt.batch(),
                receipt.context(),
                receipt.contentKey(),
                receipt.path());
    }

    private static Location extended(Location location, Instant until) {
        ExpiryHour hour = ExpiryHour.of(until);
        return new Location(location.base(), hour, id(location.id(), hour));
    }

    /**
     * Returns the id under which an upload is kept until an hour. Every host derives the same one, so an upload that is
     * extended to the same hour again, as after a lost response, is the same upload.
     */
    private static UploadId id(UploadId id, ExpiryHour until) {
        byte[] digest = ContentDigest.newHash()
                .digest(("upload-receipts/extend " + id + " " + until).getBytes(StandardCharsets.US_ASCII));
        return UploadId.of(Arrays.copyOf(digest, ID_BYTES));
    }

    /** Returns whether uploads can be kept until then: in the future, for at most a year. */
    public boolean isPossible(Instant until) {
        Instant now = engine.now();
        return until.isAfter(now) && !until.isAfter(now.plus(MAX_LIFE));
    }

    /**
     * Keeps an upload of this host until later, durably, with its claim if it has one.
     *
     * @param storedSize how many bytes are stored, as whoever asks says
     * @param until a {@linkplain #isPossible possible} time
     * @throws UploadRefusedException if an operator is draining this host
     * @throws StoreException.Gone if there is no such upload, or its hour has ended, so that it may be purged meanwhile
     * @throws StoreException.Taken if it was kept until that hour before, and discarded since
     * @throws UnfinishedException if its application is not done with it, or has refused it
     * @throws WrongSizeException if another upload is stored in its place
     * @throws StoreException if the store fails
     */
    public void keep(Location location, long storedSize, Instant until)
            throws StoreException, WrongSizeException, UnfinishedException, UploadRefusedException {
        engine.draining().requireOff();
        if (!location.hour().end().isAfter(engine.now())) {
            throw new StoreException.Gone(location.id().toString(), null);
        }
        var unused = engine.uploads(false).openStored(location, storedSize);
        Location kept = extended(location, until);
        engine.store().extend(location.id(), location.hour(), kept.id(), kept.hour());
    }

    /** Issues the receipt of an upload that its owner keeps longer. */
    public IssuedReceipt issue(UploadReceipt extended) {
        return engine.issue(extended);
    }
}
