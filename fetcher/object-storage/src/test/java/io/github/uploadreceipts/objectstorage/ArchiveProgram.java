package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** Stores and discards uploads in S3 by an archive, says so, and ends without a warning at some request to S3. */
final class ArchiveProgram {

    static final ExpiryHour HOUR = ExpiryHour.parse("2025-01-01T00");

    /** Its status when it ends at a request. */
    static final int ENDED = 99;

    private static final int LARGE = 9_000_000;

    private ArchiveProgram() {}

    static S3Storage storage(String endpoint, String bucket, S3Credentials credentials) {
        return S3Storage.builder(endpoint)
                .bucket(bucket)
                .region(S3Engine.REGION)
                .credentials(() -> credentials)
                .pathStyle()
                .build();
    }

    static ArchivingUploadStore open(LocalUploadStore local, ObjectClient client) throws IOException {
        return ArchivingUploadStore.builder(local, client)
                .keepLocal(Duration.ofMillis(20))
                .look(Duration.ofMillis(50))
                .pauses(Duration.ofMillis(10), Duration.ofMillis(200))
                .build();
    }

    /** Returns the bytes of an upload, which are known by its id. */
    static byte[] bytes(UploadId id) {
        Random random = new Random(id.hashCode());
        byte[] bytes = new byte[random.nextInt(4) == 0 ? LARGE : random.nextInt(5_000)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Has the process end before or after a request of that number, counted from 1. */
    static ObjectClient ending(ObjectClient client, int at, boolean afterwards) {
        return ending(ObjectClient.class, client, new AtomicInteger(at), afterwards);
    }

    private static <T> T ending(Class<T> type, T target, AtomicInteger left, boolean afterwards) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
            boolean last = method.getReturnType() != int.class && left.decrementAndGet() == 0;
            if (last && !afterwards) {
                Runtime.getRuntime().halt(ENDED);
            }
            try {
                Object result = method.invoke(target, given);
                if (last) {
                    Runtime.getRuntime().halt(ENDED);
                }
                return result instanceof ObjectClient.Parts parts
                        ? ending(ObjectClient.Parts.class, parts, left, afterwards)
                        : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    /** Arguments: directory, endpoint, bucket, key, secret, the number of the last request, whether it is sent. */
    public static void main(String[] args) throws Exception {
        S3Storage storage = storage(args[1], args[2], new S3Credentials(args[3], args[4]));
        ObjectClient client = ending(storage.client(), Integer.parseInt(args[5]), Boolean.parseBoolean(args[6]));
        ArchivingUploadStore store = open(LocalUploadStore.at(Path.of(args[0])), client);
        Random random = new Random();
        List<UploadId> stored = new ArrayList<>();
        while (true) {
            UploadId id = UploadId.random();
            try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
                incoming.write(ByteBuffer.wrap(bytes(id)));
                incoming.publish(HOUR);
            }
            say("stored " + id);
            stored.add(id);
            if (random.nextInt(3) == 0) {
                UploadId unwanted = stored.remove(random.nextInt(stored.size()));
                say("discarding " + unwanted);
                store.discard(unwanted, HOUR);
                say("discarded " + unwanted);
            }
            Thread.sleep(random.nextInt(150));
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
