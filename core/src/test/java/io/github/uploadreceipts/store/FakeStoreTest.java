package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The store that replaces others in tests keeps the contract of every store. */
class FakeStoreTest extends UploadStoreContract {

    private final AtomicReference<FakeStore> opened = new AtomicReference<>(new FakeStore());

    @Override
    UploadStore open() {
        return opened.updateAndGet(FakeStore::reopened);
    }

    @ParameterizedTest
    @ValueSource(strings = {"write", "force", "publish"})
    void failing_toldTo_nothingIsPublishedAfterIt(String step) throws StoreException {
        FakeStore store = new FakeStore();
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            store.failing = step;
            assertThatExceptionOfType(StoreException.Failed.class).isThrownBy(() -> {
                incoming.write(bytes("hello"));
                incoming.force();
                incoming.publish(HOUR);
            });
            store.failing = "";
            assertThatExceptionOfType(StoreException.Failed.class).isThrownBy(() -> incoming.publish(HOUR));
            assertThat(store.receiving).containsExactly(id);
        }
        assertThat(store.receiving).isEmpty();
        assertThat(store.published()).isEmpty();
    }

    @Test
    void published_asItWasStored() throws StoreException {
        FakeStore store = new FakeStore();
        publish(store, StoreProgram.FIRST, HOUR, "hello");
        assertThat(store.published()).containsOnlyKeys("2026-11-22T09/AAAAAAAAAAAAAAAAAAAAAA");
    }
}
