package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.direct.DirectStore.Measured;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * What the record of an upload says if a client wrote its bytes straight to the object store.
 *
 * @param key by which the client wrote them
 */
record DirectSource(UploadId key, Measured measured) {

    private static final String KIND = "direct";

    /** Reads what {@link #toString} wrote; empty if the upload came in another way. */
    static Optional<DirectSource> parse(String from) throws StoreException {
        String[] parts = from.split(" ", -1);
        if (!parts[0].equals(KIND) || parts.length < 4 || parts.length > 5) {
            return Optional.empty();
        }
        try {
            Optional<String> name = parts.length == 4
                    ? Optional.empty()
                    : Optional.of(new String(Base64.getUrlDecoder().decode(parts[4]), StandardCharsets.UTF_8));
            Measured measured = new Measured(Long.parseLong(parts[2]), ContentDigest.parseCanonical(parts[3]), name);
            return Optional.of(new DirectSource(UploadId.parse(parts[1]), measured));
        } catch (IllegalArgumentException e) {
            throw new StoreException.Failed("the record of a direct upload is damaged: " + from, e);
        }
    }

    @Override
    public String toString() {
        String name = measured.name()
                .map(text -> " " + Base64.getUrlEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)))
                .orElse("");
        return KIND + " " + key + " " + measured.size() + " " + measured.digest() + name;
    }
}
