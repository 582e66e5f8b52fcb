package io.github.uploadreceipts.objectstorage.internal.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * What an upload's record says.
 *
 * @param data the name of the object that has the bytes
 * @param etag the ETag of that object
 * @param at when the last byte was written
 * @param from what the bytes were made of, by which it is known that this was done before; or empty
 * @param discarded whether the upload was discarded
 */
record UploadRecord(String data, long size, String etag, Instant at, String from, boolean discarded) {

    /** How many bytes a record has at most. */
    static final int MAX = 4096;

    private static final StrictJson JSON = StrictJson.of(2, MAX);

    /** Reads a record. */
    static UploadRecord parse(byte[] json) throws IOException {
        try {
            return of(JSON.parseObject(json));
        } catch (IllegalArgumentException e) {
            throw new IOException("a member is missing or malformed", e);
        }
    }

    /** @throws IllegalArgumentException if a member is missing or malformed */
    static UploadRecord of(JsonNode object) {
        try {
            return new UploadRecord(
                    text(object, "data"),
                    object.required("size").longValue(),
                    text(object, "etag"),
                    Instant.parse(text(object, "at")),
                    text(object, "from"),
                    object.required("discarded").booleanValue());
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("at", e);
        }
    }

    static String text(JsonNode object, String name) {
        JsonNode value = object.required(name);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(name);
        }
        return value.textValue();
    }

    ObjectNode toNode() {
        return StrictJson.object()
                .put("data", data)
                .put("size", size)
                .put("etag", etag)
                .put("at", at.toString())
                .put("from", from)
                .put("discarded", discarded);
    }

    String toJson() {
        return toNode().toString();
    }

    byte[] toBytes() {
        return toJson().getBytes(StandardCharsets.UTF_8);
    }

    UploadRecord asDiscarded() {
        return new UploadRecord(data, size, etag, at, from, true);
    }

    UploadRecord madeOf(String source) {
        return new UploadRecord(data, size, etag, at, source, discarded);
    }

    /** Returns whether this is a live upload that was made of the same. */
    boolean isMadeOf(String source) {
        return !discarded && !from.isEmpty() && from.equals(source);
    }
}
