package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.objectstorage.internal.store.ObjectPush;
import io.github.uploadreceipts.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that are written under a name, all of them or none. */
class ObjectPushTest {

    private static final String KEY = "orders/17/photo.jpg";

    private final MemoryClient client = new MemoryClient(false);

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private void push(byte[] bytes, long size) throws IOException {
        var unused = new ObjectPush(client, () -> false)
                .run(new ByteArrayInputStream(bytes), size, ObjectPush.key(KEY), Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8 << 20, (8 << 20) + 1, 16 << 20, 20_000_000})
    void bytes_areUnderTheKey(int size) throws IOException {
        push(bytes(size), size);
        assertThat(client.objects.get(KEY).bytes()).isEqualTo(bytes(size));
        assertThat(client.unfinished).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1000, 8 << 20, 16 << 20})
    void moreOrFewerBytesThanAnnounced_nothingIsWritten_andWhatWasThereStays(int size) throws IOException {
        client.put(KEY, ByteBuffer.wrap(bytes(3)), Optional.empty());
        for (int announced : new int[] {size - 1, size + 1}) {
            if (announced >= 0) {
                assertThatExceptionOfType(ObjectPush.Unreadable.class)
                        .isThrownBy(() -> push(bytes(size), announced))
                        .withMessageContaining("than were announced");
            }
        }
        assertThat(client.objects.get(KEY).bytes()).isEqualTo(bytes(3));
        assertThat(client.unfinished).hasValue(0);
    }

    @Test
    void storeDoesNotShowTheObject_fails() {
        client.failing = request -> {
            client.objects.remove(KEY);
            return false;
        };
        assertThatExceptionOfType(StoreException.Failed.class)
                .isThrownBy(() -> push(bytes(5), 5))
                .withMessageContaining(KEY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/a",
                "a//b",
                "a/",
                "..",
                "a/../b",
                "./a",
                "ä",
                "a b",
                "a?b",
                "a%2Fb",
                "data/x",
                "uploads/x",
                "archive/x",
                "incoming/x",
                "health",
                "probe-1",
                "segments/x"
            })
    void keyThatCannotBeUsed_isRefused(String key) {
        assertThatIllegalArgumentException().isThrownBy(() -> ObjectPush.key(key));
    }
}
