package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The records and claims of uploads, of which the first one counts: decided by the object store, if its conditional PUT
 * is atomic, or by what the application gave. Without either, only uploads whose ids nobody else can have are recorded.
 */
final class FirstWrites {

    static final String NEEDED = "this object store does not let exactly one of several racing writers win."
            + " Claims, tickets and direct uploads need that: give ObjectUploadStore.Builder.claims a database, or use a store whose"
            + " conditional PUT is atomic";

    private static final Duration AFTER = Duration.ofHours(1);

    private final ObjectClient client;
    private final Optional<FirstWriter> given;

    FirstWrites(ObjectClient client, Optional<FirstWriter> given) {
        this.client = client;
        this.given = given;
    }

    /** Returns whether the first of several writers can be known. The first call may take seconds. */
    boolean canDecide() throws StoreException {
        return given.isPresent() || client.hasAtomicPut();
    }

    /** Returns whether the first of several writers may be known, without asking the store. */
    boolean mayDecide() {
        return given.isPresent() || client.mayHaveAtomicPut();
    }

    /** Checks that the first of several writers can be known. */
    void requireDecided() throws StoreException {
        if (!canDecide()) {
            throw new StoreException.Unavailable(NEEDED, null);
        }
    }

    /** When the object store may delete by itself what is of that hour: never sooner than in an hour. */
    Instant end(ExpiryHour hour) {
        return end(client, hour);
    }

    /** Returns when the store may delete an object of that hour by itself. */
    static Instant end(ObjectClient client, ExpiryHour hour) {
        Instant over = hour.end().plus(AFTER);
        Instant soon = client.time().orElseGet(Instant::now).plus(AFTER);
        return over.isAfter(soon) ? over : soon;
    }

    Optional<UploadRecord> record(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<byte[]> bytes = client.get(ObjectNames.record(id, hour), UploadRecord.MAX);
        return bytes.isPresent() ? Optional.of(parse(id, bytes.get())) : Optional.empty();
    }

    private static UploadRecord parse(UploadId id, byte[] json) throws StoreException {
        try {
            return UploadRecord.parse(json);
        } catch (IOException e) {
            throw new StoreException.Failed("the record of upload " + id + " is damaged: " + e.getMessage(), e);
        }
    }

    /** Overwrites the record of an upload. */
    void replace(UploadId id, ExpiryHour hour, UploadRecord record) throws StoreException {
        put(ObjectNames.record(id, hour), record.toBytes(), hour);
    }

    private void put(String name, byte[] bytes, ExpiryHour hour) throws StoreException {
        var unused = client.put(name, ByteBuffer.wrap(bytes), Optional.of(end(hour)));
    }

    private boolean putIfAbsent(String name, byte[] bytes, ExpiryHour hour) throws StoreException {
        return client.putIfAbsent(name, ByteBuffer.wrap(bytes), Optional.of(end(hour)));
    }

    /**
     * Records an upload, unless another one has its id.
     *
     * @return the record that stands now: this one, or one that is made of the same
     * @throws StoreException.Taken if it is of another upload, or discarded
     */
    UploadRecord publish(UploadId id, ExpiryHour hour, UploadRecord record) throws StoreException {
        UploadRecord standing = decide(id, hour, record);
        if (!standing.equals(record) && !standing.isMadeOf(record.from())) {
            throw new StoreException.Taken(id.toString(), null);
        }
        return standing;
    }

    private UploadRecord decide(UploadId id, ExpiryHour hour, UploadRecord record) throws StoreException {
        if (given.isEmpty() && client.hasAtomicPut()) {
            return putIfAbsent(ObjectNames.record(id, hour), record.toBytes(), hour)
                    ? record
                    : record(id, hour).orElseThrow(() -> new StoreException.Taken(id.toString(), null));
        }
        Optional<UploadRecord> known = record(id, hour);
        if (known.isPresent()) {
            return known.get();
        }
        UploadRecord first = given.isPresent() ? firstGiven(given.get(), id, hour, record) : record;
        if (first.equals(record) || first.isMadeOf(record.from())) {
            replace(id, hour, first);
        }
        return first;
    }

    /** An id is free again after it was withdrawn. Then the next key decides. */
    private UploadRecord firstGiven(FirstWriter writer, UploadId id, ExpiryHour hour, UploadRecord record)
            throws StoreException {
        String name = ObjectNames.record(id, hour);
        for (String key = name; ; ) {
            String json = writer.putIfAbsent(key, record.toJson(), end(hour));
            UploadRecord first = parse(id, json.getBytes(StandardCharsets.UTF_8));
            boolean withdrawn = !first.equals(record)
                    && client.head(ObjectNames.withdrawn(id, hour, first.data()))
                            .isPresent();
            if (!withdrawn) {
                return first;
            }
            key = name + "-after-" + ObjectNames.secret(first.data());
        }
    }

    /**
     * Deletes an upload's record and its claim, so that another upload can have the id. Then comes the upload's data, so
     * that no record names an object that is not there.
     */
    void withdraw(UploadId id, ExpiryHour hour, String data) throws StoreException {
        if (given.isPresent()) {
            put(ObjectNames.withdrawn(id, hour, data), new byte[0], hour);
        }
        Optional<UploadRecord> record = record(id, hour);
        if (record.isPresent() && record.get().data().equals(data)) {
            var unused = client.delete(ObjectNames.claim(id, hour));
            var unusedToo = client.delete(ObjectNames.record(id, hour));
        }
    }

    Optional<Claim> claimOf(UploadId id, ExpiryHour hour) throws StoreException {
        return client.get(ObjectNames.claim(id, hour), UploadRecord.MAX)
                .map(bytes -> Claim.of(new String(bytes, StandardCharsets.UTF_8)));
    }

    /** Records a claim on an upload that is there, unless it has one, and returns the one that it has. */
    Claim claim(UploadId id, ExpiryHour hour, UploadRecord record, Claim claim) throws StoreException {
        requireDecided();
        String name = ObjectNames.claim(id, hour);
        byte[] bytes = claim.id().getBytes(StandardCharsets.UTF_8);
        if (given.isEmpty()) {
            return putIfAbsent(name, bytes, hour)
                    ? claim
                    : claimOf(id, hour).orElseThrow(() -> new StoreException.Gone(id.toString(), null));
        }
        Optional<Claim> known = claimOf(id, hour);
        if (known.isPresent()) {
            return known.get();
        }
        String key = name + "-" + ObjectNames.secret(record.data()); // not one of an upload that was withdrawn
        Claim first = Claim.of(given.get().putIfAbsent(key, claim.id(), end(hour)));
        put(name, first.id().getBytes(StandardCharsets.UTF_8), hour);
        return first;
    }
}
