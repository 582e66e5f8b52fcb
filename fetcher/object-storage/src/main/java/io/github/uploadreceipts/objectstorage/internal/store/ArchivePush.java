package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.store.ObjectPush.Unreadable;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Pushes uploads from the local disk, within a limit of memory. */
final class ArchivePush {

    private final ObjectPush push;

    /** Uploads that need larger parts are pushed one at a time. */
    private final Semaphore large = new Semaphore(1);

    ArchivePush(ObjectPush push) {
        this.push = push;
    }

    /** Returns whether there is memory for so many bytes now. Until {@link #end}, others may have none. */
    boolean begin(long size) throws StoreException {
        return !isLarge(size) || large.tryAcquire();
    }

    void end(long size) throws StoreException {
        if (isLarge(size)) {
            large.release();
        }
    }

    private boolean isLarge(long size) throws StoreException {
        return push.partSize(size) > PartSizes.FIRST;
    }

    /** Returns the record of an object of that name, which has these bytes, as the object store has shown. */
    UploadRecord run(StoredUpload upload, String name, Instant end) throws StoreException, Unreadable {
        try (InputStream in = opened(upload)) {
            Head head = push.run(in, upload.size(), name, Optional.of(end));
            return new UploadRecord(name, head.size(), head.etag(), upload.lastModified(), "", false);
        } catch (StoreException | Unreadable e) {
            throw e;
        } catch (IOException e) {
            throw new Unreadable(e);
        }
    }

    private static InputStream opened(StoredUpload upload) throws Unreadable {
        try {
            return upload.open(0, upload.size());
        } catch (StoreException e) {
            throw new Unreadable(e);
        }
    }

    /** Returns whether the object store shows that object. */
    boolean isThere(UploadRecord object) throws StoreException {
        return push.isThere(object.data(), object.size(), object.etag());
    }
}
