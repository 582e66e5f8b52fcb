package io.github.uploadreceipts.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore.Step;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The store that replaces others in tests keeps the contract of every store. */
class InMemoryUploadStoreTest extends UploadStoreContract {

    private final AtomicReference<InMemoryUploadStore> opened = new AtomicReference<>(InMemoryUploadStore.create());

    @Override
    protected UploadStore open() {
        return opened.updateAndGet(InMemoryUploadStore::reopened);
    }

    @ParameterizedTest
    @EnumSource(names = {"WRITE", "FORCE", "PUBLISH"})
    void failing_toldTo_nothingIsPublishedAfterIt(Step step) throws StoreException {
        InMemoryUploadStore store = InMemoryUploadStore.create();
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            store.fail(step, new StoreException.Failed("Input/output error", null));
            assertThatExceptionOfType(StoreException.Failed.class).isThrownBy(() -> {
                incoming.write(bytes("hello"));
                incoming.force();
                incoming.publish(HOUR);
            });
            store.mend();
            assertThatExceptionOfType(StoreException.Failed.class).isThrownBy(() -> incoming.publish(HOUR));
            assertThat(store.receiving()).containsOnlyKeys(id);
        }
        assertThat(store.isEmpty()).isTrue();
    }

    @Test
    void published_asItWasStored() throws StoreException {
        InMemoryUploadStore store = InMemoryUploadStore.create();
        publish(store, UploadId.parse("AAAAAAAAAAAAAAAAAAAAAA"), HOUR, "hello");
        assertThat(store.published()).containsOnlyKeys("2026-11-22T09/AAAAAAAAAAAAAAAAAAAAAA");
    }
}
