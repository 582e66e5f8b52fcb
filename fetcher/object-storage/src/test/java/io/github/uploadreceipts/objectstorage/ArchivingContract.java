package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.internal.archive.ArchiveStores;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.UploadStoreContract;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** The contract of stores, where every upload is in the object store, too, or only, before anything else is done with it. */
abstract class ArchivingContract extends UploadStoreContract {

    @TempDir
    private Path root;

    abstract ObjectClient client() throws IOException;

    Duration keepLocal() {
        return Duration.ZERO;
    }

    private void awaitArchive(LocalUploadStore local, UploadId id, ExpiryHour hour) throws Exception {
        awaitPush(local, id, hour);
        if (keepLocal().isZero()) {
            awaitMove(local, id, hour);
        }
    }

    @Override
    protected UploadStore open() throws IOException {
        LocalUploadStore local = LocalUploadStore.builder(root.resolve("store"))
                .durability(Durability.BUFFERED)
                .open();
        UploadStore store = ArchivingUploadStore.builder(local, client())
                .keepLocal(keepLocal())
                .look(Duration.ofMillis(50))
                .build();
        return proxy(UploadStore.class, store, (method, arguments, result) -> {
            if (method.getName().equals("create")) {
                UploadId id = (UploadId) arguments[0];
                return proxy(UploadStore.Incoming.class, (UploadStore.Incoming) result, (step, hour, done) -> {
                    if (step.getName().equals("publish")) {
                        awaitArchive(local, id, (ExpiryHour) hour[0]);
                    }
                    return done;
                });
            }
            if (method.getName().equals("extend")) {
                awaitArchive(local, (UploadId) arguments[2], (ExpiryHour) arguments[3]);
            }
            return result;
        });
    }

    static void awaitMove(LocalUploadStore local, UploadId id, ExpiryHour hour) throws Exception {
        Await.until("move of " + id, () -> !isLocal(local, id, hour));
    }

    /** Waits until the bytes of an upload are in both places, or in the object store only. */
    static void awaitPush(LocalUploadStore local, UploadId id, ExpiryHour hour) throws Exception {
        Await.until(
                "record of " + id, () -> ArchiveStores.of(local).find(id, hour).isPresent());
    }

    /** Returns whether the bytes of an upload are on the local disk. */
    static boolean isLocal(LocalUploadStore local, UploadId id, ExpiryHour hour) throws IOException {
        return ArchiveStores.of(local).bytes(id, hour).isPresent();
    }

    private interface Afterwards {
        Object see(Method method, Object[] arguments, Object result) throws Exception;
    }

    private static <T> T proxy(Class<T> type, T target, Afterwards afterwards) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
            try {
                return afterwards.see(method, given, method.invoke(target, given));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }
}
