package io.github.uploadreceipts.objectstorage.internal.client;

import io.github.uploadreceipts.objectstorage.internal.client.Operations.Finding;
import io.github.uploadreceipts.objectstorage.internal.client.Operations.Grade;
import io.github.uploadreceipts.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What an operator wants to know of a store, whatever it speaks. */
public final class ObjectChecks {

    private static final Duration CLOCKS = Duration.ofSeconds(60);
    private static final byte[] BYTES = "Upload Receipts checks this store.".getBytes(StandardCharsets.US_ASCII);

    private ObjectChecks() {}

    /** Finds out by trying. What was written is deleted again. */
    public static List<Finding> of(ObjectClient client) throws StoreException {
        List<Finding> findings = new ArrayList<>();
        findings.add(object(client));
        findings.add(clock(client));
        findings.add(
                client.hasAtomicPut()
                        ? new Finding(
                                Grade.GOOD,
                                "of 16 racers, one wrote: claims and uploads by ticket are decided by the store")
                        : new Finding(
                                Grade.LESS,
                                "several racing writers all believe that they wrote: claims, and uploads by ticket, are refused"
                                        + " without ObjectClaims"));
        return findings;
    }

    private static Finding object(ObjectClient client) throws StoreException {
        String name = "check-" + UUID.randomUUID();
        Optional<Instant> soon = Optional.of(Instant.now().plus(Duration.ofHours(1)));
        var unused = client.put(name, ByteBuffer.wrap(BYTES), soon);
        boolean same;
        try {
            same = Arrays.equals(client.get(name, BYTES.length).orElse(new byte[0]), BYTES);
        } finally {
            var unusedToo = client.delete(name);
        }
        return same
                ? new Finding(Grade.GOOD, "an object was written, proved, read and deleted")
                : new Finding(Grade.BAD, "an object that was written had other bytes when it was read");
    }

    private static Finding clock(ObjectClient client) {
        Duration apart = client.time()
                .map(time -> Duration.between(Instant.now(), time).abs())
                .orElse(Duration.ZERO);
        return apart.compareTo(CLOCKS) <= 0
                ? new Finding(Grade.GOOD, "the clocks agree")
                : new Finding(
                        Grade.LESS,
                        "the clocks are " + apart.toSeconds() + " s apart: hosts do not purge until they agree");
    }
}
