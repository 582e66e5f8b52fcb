package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * What a store must say of bytes that it has stored.
 *
 * <p>Bytes are proved if the response to their PUT has their MD5 as ETag, or their SHA-256 as checksum. An ETag is no MD5
 * where the store encrypts with keys of its own. If neither proves them, they are read back.
 */
record Proof(String md5, String sha256) {

    static final String CHECKSUM = "x-amz-checksum-sha256";

    static Proof of(ByteBuffer bytes) {
        return new Proof(Digests.hex(Digests.md5(bytes)), Base64.getEncoder().encodeToString(Digests.sha256(bytes)));
    }

    /** Returns the SHA-256 as signatures have it. */
    String hexSha256() {
        return Digests.hex(Base64.getDecoder().decode(sha256));
    }

    /** Returns whether the response proves the bytes. */
    boolean isIn(Response response) throws StoreException {
        String checksum = response.field(CHECKSUM).orElse("");
        if (!checksum.isEmpty() && !checksum.equals(sha256)) {
            throw response.malformed("the checksum of other bytes");
        }
        return !checksum.isEmpty() || response.etag().equals(md5);
    }
}
