package io.github.uploadreceipts.receipt;

import io.github.uploadreceipts.internal.http.FileName;
import io.github.uploadreceipts.internal.http.FilePath;
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
 * <p>The receipt proves that the client gave this name and type, not that they are true. The owner measured the size
 * and the digest.
 *
 * @param id the upload
 * @param name one safe path segment of at most 255 bytes, see {@link FileName#safe}
 * @param type the media type
 * @param size the number of bytes
 * @param digest of the plain bytes
 * @param locations where the upload is stored, from 1 to 4, the owner first
 * @param subject the user to whom the receipt is bound; 1 to 256 bytes
 * @param issuedAt whole seconds
 * @param expiresAt whole seconds
 * @param batch the upload's place in a batch, if it is part of one
 * @param context the application's own JSON object, of at most 1 KiB
 * @param contentKey what opens the upload, if it is sealed at rest
 * @param path where the file was in a folder that its client uploaded, such as {@code Holidays/Day 1/a.jpg}: 2 to 32 safe
 *     names joined by slashes, of at most 1,024 bytes together. It is the client's word, and two uploads may have the same
 *     one. This library never uses it as a path of a file; an application that does must expect names that its system
 *     treats alike
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
        Optional<String> context,
        Optional<ContentKey> contentKey,
        Optional<String> path) {

    private static final int MAX_SUBJECT_BYTES = 256;
    private static final int MAX_CONTEXT_BYTES = 1024;
    private static final int MAX_LOCATIONS = 4;

    /** Checks each component. */
    public UploadReceipt {
        locations = List.copyOf(locations);
        require(FileName.isSafe(name), "the name is not one safe path segment; FileName.safe makes it one");
        require(MediaType.ofFile(type).equals(type), "the type is not a media type of visible ASCII characters");
        require(size >= 0, "size is " + size + ", but must be at least 0");
        require(
                !locations.isEmpty() && locations.size() <= MAX_LOCATIONS,
                "the receipt has " + locations.size() + " locations, but must have 1 to " + MAX_LOCATIONS);
        for (Location location : locations) {
            require(location.id().equals(id), "a location is of another upload");
        }
        requireSubject(subject);
        requireContext(context);
        path.ifPresent(FilePath::requireSafe);
        if (!expiresAt.isAfter(issuedAt)) {
            throw new IllegalArgumentException(
                    "the receipt expires at " + expiresAt + ", but must expire after it is issued, at " + issuedAt);
        }
    }

    /** Returns what a receipt says of an upload that is not sealed. */
    public UploadReceipt(
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
        this(id, name, type, size, digest, locations, subject, issuedAt, expiresAt, batch, context, Optional.empty());
    }

    /** Returns what a receipt says of an upload that was in no folder. */
    public UploadReceipt(
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
            Optional<String> context,
            Optional<ContentKey> contentKey) {
        this(
                id,
                name,
                type,
                size,
                digest,
                locations,
                subject,
                issuedAt,
                expiresAt,
                batch,
                context,
                contentKey,
                Optional.empty());
    }

    /**
     * Checks a subject.
     *
     * @throws IllegalArgumentException if receipts cannot be bound to it
     */
    public static void requireSubject(Optional<String> subject) {
        requireText("the subject", subject, MAX_SUBJECT_BYTES);
    }

    /**
     * Checks a context.
     *
     * @throws IllegalArgumentException if receipts cannot hold it
     */
    public static void requireContext(Optional<String> context) {
        requireText("the context", context, MAX_CONTEXT_BYTES);
    }

    private static void requireText(String name, Optional<String> text, int maxBytes) {
        if (text.isEmpty()) {
            return;
        }
        int bytes = text.get().getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > maxBytes) {
            throw new IllegalArgumentException(name + " has " + bytes + " bytes, but must have 1 to " + maxBytes);
        }
        // half a surrogate pair would be written as '?', and then the text would be another one
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text.get())) {
            throw new IllegalArgumentException(name + " is not Unicode text: it contains half a surrogate pair");
        }
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
