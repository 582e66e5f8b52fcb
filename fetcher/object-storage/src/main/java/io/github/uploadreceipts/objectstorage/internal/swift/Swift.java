package io.github.uploadreceipts.objectstorage.internal.swift;

import io.github.uploadreceipts.objectstorage.internal.http.Protocol;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.util.Locale;

/** What Swift's statuses mean. */
final class Swift implements Protocol {

    static final Swift PROTOCOL = new Swift();

    private Swift() {}

    @Override
    public String name() {
        return "Swift";
    }

    @Override
    public StoreException failure(Response response) {
        int status = response.status();
        String text = response.text();
        String message = response.request() + ": " + status + (text.isEmpty() ? "" : " (" + text + ")");
        boolean overQuota = status == 413 && text.toLowerCase(Locale.ROOT).contains("quota");
        if (overQuota || status == 507) {
            return new StoreException.Full(message, null);
        }
        if (status == 408 || status == 429 || status >= 500) {
            return new StoreException.Unavailable(message, null);
        }
        return new StoreException.Failed(message, null);
    }
}
