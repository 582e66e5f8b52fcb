package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * When something is to be done about the open hand-overs of this process. The rest of what is known of them is on the
 * disk, so that a hundred thousand of them need little memory. Safe for use by several threads.
 */
final class Schedule {

    private static final Comparator<Entry> BY_TIME =
            Comparator.comparing(Entry::due).thenComparing(entry -> entry.id().toString());

    private final Map<UploadId, Entry> entries = new HashMap<>();
    private final NavigableSet<Entry> byTime = new TreeSet<>(BY_TIME);

    /** What has expired, until its hour is over: the clock may have been ahead, and be set back. */
    private final NavigableSet<Entry> expired = new TreeSet<>(BY_TIME);

    /**
     * An open hand-over.
     *
     * @param party the name of the party at turn
     * @param receiver who is told: the origin of the receiver of a webhook, or the name of the party
     * @param due when something is to be done; when the upload expires, if that waits for others
     * @param expiresAt when the upload expires
     */
    record Entry(UploadId id, ExpiryHour hour, String party, String receiver, Instant due, Instant expiresAt) {

        static Entry of(Location location, HandOverRecord record, Instant due) {
            Instant end = record.expiresAt();
            String party = record.party();
            return new Entry(location.id(), location.hour(), party, receiver(record), due, end).at(due);
        }

        /** Many uploads have few receivers, so that each text is kept once. */
        private static String receiver(HandOverRecord record) {
            return record.url()
                    .filter(url -> record.party().equals(HandOvers.WEBHOOK))
                    .map(url -> (url.getScheme() + "://" + url.getRawAuthority()).intern())
                    .orElse(record.party());
        }

        /** Returns this hand-over, due at another time, but no later than when the upload expires. */
        Entry at(Instant time) {
            return new Entry(id, hour, party, receiver, time.isBefore(expiresAt) ? time : expiresAt, expiresAt);
        }
    }

    /** Enters a hand-over, in place of what is known of it. */
    synchronized void put(Entry entry) {
        remove(entry.id());
        entries.put(entry.id(), entry);
        byTime.add(entry);
    }

    /** Enters a hand-over of which nothing is known. */
    synchronized void putIfAbsent(Entry entry) {
        if (!entries.containsKey(entry.id())) {
            put(entry);
        }
    }

    /** Makes a hand-over due now, if it is known. */
    synchronized void hasten(UploadId id, Instant now) {
        Entry known = entries.get(id);
        if (known != null && known.due().isAfter(now)) {
            put(known.at(now));
        }
    }

    synchronized void remove(UploadId id) {
        Entry known = entries.remove(id);
        if (known != null) {
            byTime.remove(known);
        }
    }

    /**
     * Returns what is due. It is not due again before its upload expires, unless it is entered anew. What has expired is
     * due again only if the clock is set back to before that.
     */
    synchronized List<Entry> due(Instant now) {
        restore(now);
        List<Entry> due = new ArrayList<>();
        while (!byTime.isEmpty() && !byTime.first().due().isAfter(now)) {
            Entry entry = byTime.pollFirst();
            if (entry == null) {
                break;
            }
            due.add(entry);
            if (entry.expiresAt().isAfter(now)) {
                Entry later = entry.at(entry.expiresAt());
                entries.put(later.id(), later);
                byTime.add(later);
            } else {
                entries.remove(entry.id());
                expired.add(entry.at(entry.expiresAt()));
            }
        }
        return due;
    }

    private void restore(Instant now) {
        while (!expired.isEmpty() && expired.first().hour().isOver(now)) {
            expired.pollFirst();
        }
        while (!expired.isEmpty() && expired.last().expiresAt().isAfter(now)) {
            Entry entry = expired.last();
            expired.remove(entry);
            putIfAbsent(entry.at(now));
        }
    }

    synchronized int size() {
        return entries.size();
    }
}
