package io.github.uploadreceipts.objectstorage.internal.swift;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;

/** Responses that are JSON. */
final class SwiftJson {

    private static final StrictJson JSON = StrictJson.ofDepth(8);

    private SwiftJson() {}

    static JsonNode parse(Response response, byte[] bytes) throws StoreException {
        try {
            return JSON.parse(bytes);
        } catch (IOException e) {
            throw response.malformed(String.valueOf(e.getMessage()));
        }
    }
}
