package io.github.uploadreceipts.objectstorage.internal.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.archive.ArchiveStore;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What is recorded on the local disk of an upload that was archived.
 *
 * @param place in which object store it is, for people
 * @param object which object has its bytes, and of which object it is a copy, if it is one
 * @param file the file that was pushed, if it is no copy, as {@link ArchiveStore.Bytes} tells it from others
 */
record ArchiveRecord(String place, UploadRecord object, String file) {

    private static final StrictJson JSON = StrictJson.of(3, ArchiveStore.MAX_RECORD);

    static ArchiveRecord parse(UploadId id, byte[] json) throws StoreException {
        try {
            ObjectNode record = JSON.parseObject(json);
            return new ArchiveRecord(
                    UploadRecord.text(record, "place"),
                    UploadRecord.of(record.required("object")),
                    UploadRecord.text(record, "file"));
        } catch (IOException | IllegalArgumentException e) {
            throw new StoreException.Failed("the archive record of upload " + id + " is damaged: " + e, e);
        }
    }

    byte[] toBytes() {
        ObjectNode json = StrictJson.object();
        json.put("place", place).put("file", file).set("object", object.toNode());
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Returns whether both have the same bytes: they were pushed from one file, or one is a copy of the other. */
    boolean isSameAs(ArchiveRecord source) {
        return object.isMadeOf(source.object.data()) || isOf(source.file);
    }

    /** Returns whether it was pushed from that file. */
    boolean isOf(String other) {
        return !file.isEmpty() && file.equals(other);
    }
}
