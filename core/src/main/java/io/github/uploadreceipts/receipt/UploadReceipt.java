package io.github.uploadreceipts.receipt;

import io.github.uploadreceipts.internal.http.FileName;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a receipt says of an upload that is stored and durable.
 *
 * <p>Name and type are the client's word: authentic, not true. Size and digest are what the owner measured.
 *
 * @param id the upload
 * @param name one safe path segment of at most 255 bytes, see {@link FileName#safe}
 * @param type the media type
 * @param size bytes
 * @param digest of the plain bytes
 * @param locations where the upload lies, the owner first; at least one
 * @param subject the user to whom the receipt is bound; 1 to 256 bytes
 * @param issuedAt whole seconds
 * @param expiresAt whole seconds
 * @param batch the place in a batch, if the upload is part of one
 * @param context the application's own JSON object, of at most 1 KiB
 */
public record UploadReceipt(
        UploadId id,
        String name,
        String type,
        long size,
        ContentDigest digest,
        List<Location> locations,
        Optional<String> subject,
        Instant issuedAt,
        Instant expiresAt,
        Optional<Batch> batch,
        Optional<String> context) {

    private static final int MAX_SUBJECT_BYTES = 256;
    private static final int MAX_CONTEXT_BYTES = 1024;
    private static final int MAX_LOCATIONS = 4;

    /** Checks everything. */
    public UploadReceipt {
        locations = List.copyOf(locations);
        require(FileName.isSafe(name), "the name is not one safe path segment");
        require(MediaType.ofFile(type).equals(type), "the type is not a media type");
        require(size >= 0, "the size is negative");
        require(!locations.isEmpty() && locations.size() <= MAX_LOCATIONS, "there are 1 to 4 locations");
        for (Location location : locations) {
            require(location.id().equals(id), "a location is of another upload");
        }
        requireSubject(subject);
        requireContext(context);
        require(expiresAt.isAfter(issuedAt), "the receipt expires before it is issued");
    }

    /**
     * Checks a subject.
     *
     * @throws IllegalArgumentException if receipts cannot be bound to it
     */
    public static void requireSubject(Optional<String> subject) {
        require(fits(subject, MAX_SUBJECT_BYTES), "the subject has 1 to 256 bytes");
        // half a surrogate pair is written as '?', and then it is another subject
        require(isText(subject), "the subject is no Unicode text");
    }

    /**
     * Checks a context.
     *
     * @throws IllegalArgumentException if receipts cannot hold it
     */
    public static void requireContext(Optional<String> context) {
        require(fits(context, MAX_CONTEXT_BYTES), "the context has at most 1 KiB");
        require(isText(context), "the context is no Unicode text");
    }

    private static boolean fits(Optional<String> text, int maxBytes) {
        return text.filter(t -> t.isEmpty() || t.getBytes(StandardCharsets.UTF_8).length > maxBytes)
                .isEmpty();
    }

    private static boolean isText(Optional<String> text) {
        return text.stream().allMatch(StandardCharsets.UTF_8.newEncoder()::canEncode);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Returns the location at the host that received the upload. */
    public Location owner() {
        return locations.get(0);
    }
}
