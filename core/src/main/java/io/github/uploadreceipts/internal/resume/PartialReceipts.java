package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/** What the receipts of partial uploads, in the order of their concatenation, say of it. */
final class PartialReceipts {

    private PartialReceipts() {}

    static long size(List<IssuedReceipt> parts) {
        return parts.stream().mapToLong(part -> part.receipt().size()).sum();
    }

    /** Returns the receipts, or none if one of them has a key, which must not be stored. */
    static List<String> storable(List<IssuedReceipt> parts) {
        return sealKeys(parts).isEmpty()
                ? parts.stream().map(IssuedReceipt::token).toList()
                : List.of();
    }

    /** Returns what tells these partial uploads from others, also from later ones with the same ids. */
    static Optional<String> check(List<IssuedReceipt> parts) {
        return parts.isEmpty()
                ? Optional.empty()
                : Optional.of(ContentDigest.of(hash(parts)).toString());
    }

    private static MessageDigest hash(List<IssuedReceipt> parts) {
        MessageDigest hash = ContentDigest.newHash();
        for (IssuedReceipt part : parts) {
            UploadReceipt receipt = part.receipt();
            String text = String.join(
                    " ",
                    receipt.owner().toString(),
                    Long.toString(receipt.size()),
                    receipt.digest().toString(),
                    receipt.issuedAt().toString(),
                    sealKey(receipt).map(SealKey::check).orElse("plain"));
            hash.update((text + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return hash;
    }

    /**
     * Returns the key of a concatenation if any of its partial uploads is sealed. It is made of their keys: a client that
     * asks for the concatenation again gets the same one.
     */
    static Optional<SealKey> sealKey(List<IssuedReceipt> parts, UploadId id) {
        List<SealKey> keys = sealKeys(parts);
        MessageDigest context = hash(parts);
        context.update(id.toBytes());
        return keys.isEmpty() ? Optional.empty() : Optional.of(SealKey.ofConcatenation(keys, context.digest()));
    }

    private static List<SealKey> sealKeys(List<IssuedReceipt> parts) {
        return parts.stream().flatMap(part -> sealKey(part.receipt()).stream()).toList();
    }

    private static Optional<SealKey> sealKey(UploadReceipt receipt) {
        return receipt.contentKey().map(SealKey.class::cast);
    }
}
