package io.github.uploadreceipts.internal.token;

import io.github.uploadreceipts.internal.key.RingKey;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A verified ticket, and the upload ids of its slots. Each slot of a ticket has one id on each host. A host therefore
 * notices when a slot is used twice, without keeping a record of tickets.
 */
public final class AcceptedTicket {

    /**
     * The beginning of what ids are derived from. The same key signs tokens, whose signing input never contains this.
     */
    private static final String PURPOSE = "upload-receipts slot\0";

    private static final int ID_BYTES = 16;

    private final UploadTicket ticket;
    private final SecretKey key;

    AcceptedTicket(UploadTicket ticket, RingKey key) {
        this.ticket = ticket;
        this.key = key.secret();
    }

    /** Returns what the ticket says. */
    public UploadTicket ticket() {
        return ticket;
    }

    /**
     * Returns the id of an upload to a slot.
     *
     * @param slot from 0
     * @param host the internal URL of the host that receives the upload
     */
    public UploadId uploadId(int slot, URI host) {
        return derive(slot + "\0" + host);
    }

    /**
     * Returns the id of a partial upload whose concatenation goes to a slot.
     *
     * @param slot from 0
     * @param number the number of the partial upload, from 0
     * @param host the internal URL of the host that receives the upload
     */
    public UploadId partialId(int slot, int number, URI host) {
        return derive(slot + "\0" + host + '\0' + number);
    }

    /**
     * Derives an id. The expiry hour is part of what is hashed, because a store notices that an id is taken only within
     * an hour.
     */
    private UploadId derive(String place) {
        String text = ticket.id() + '\0' + ExpiryHour.of(ticket.uploadsExpireAt()) + '\0' + place;
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getEncoded(), "HmacSHA256"));
            byte[] hash = mac.doFinal((PURPOSE + text).getBytes(StandardCharsets.UTF_8));
            return UploadId.of(Arrays.copyOf(hash, ID_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
