package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Base64;

/** Reads the local bytes of an upload once, and knows their digest in the end. */
final class LocalBytes implements Closeable {

    private static final int CHUNK = 64 << 10;

    private final UploadId id;
    private final InputStream in;
    private final MessageDigest hash = ContentDigest.newHash();

    LocalBytes(UploadId id, StoredUpload upload) throws StoreException {
        this.id = id;
        this.in = upload.open(0, upload.size());
    }

    /** Returns the digest of an upload's bytes as they are stored. */
    static String digest(UploadId id, StoredUpload upload) throws StoreException {
        byte[] buffer = new byte[CHUNK];
        try (LocalBytes bytes = new LocalBytes(id, upload)) {
            while (bytes.read(buffer, buffer.length).hasRemaining()) {
                // the digest is what counts
            }
            return bytes.digest();
        }
    }

    /** Returns so many bytes, or as many as are left. */
    ByteBuffer read(byte[] buffer, int length) throws StoreException {
        try {
            int count = in.readNBytes(buffer, 0, length);
            hash.update(buffer, 0, count);
            return ByteBuffer.wrap(buffer, 0, count);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private StoreException failed(IOException e) {
        return e instanceof StoreException known
                ? known
                : new StoreException.Failed("upload " + id + " cannot be read from the local disk: " + e, e);
    }

    String digest() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hash.digest());
    }

    @Override
    public void close() throws StoreException {
        try {
            in.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
