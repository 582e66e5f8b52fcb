package io.github.uploadreceipts.objectstorage.internal.swift;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.uploadreceipts.store.StoreException;
import org.jspecify.annotations.Nullable;

/** What Swift says of itself at {@code /info}. Asked once. */
final class SwiftInfo {

    private static final int LARGEST = 64 * 1024;

    private final SwiftRequests requests;
    private volatile @Nullable JsonNode known;

    SwiftInfo(SwiftRequests requests) {
        this.requests = requests;
    }

    /** Returns a missing node if the operator does not show it. */
    JsonNode get() throws StoreException {
        JsonNode info = known;
        if (info == null) {
            info = requests.send(requests.info(), response -> {
                if (response.status() == 403 || response.status() == 404) {
                    return MissingNode.getInstance();
                }
                if (response.status() != 200) {
                    throw response.failure();
                }
                return SwiftJson.parse(response, response.body(LARGEST));
            });
            known = info;
        }
        return info;
    }
}
