package io.github.uploadreceipts.servlet.internal.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.store.UploadId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamPlacesTest {

    private final StreamPlaces places = new StreamPlaces();

    @Test
    void enter_tooManyOfOneUpload() {
        UploadId id = UploadId.random();
        List<Runnable> entered = new ArrayList<>();
        for (int i = 0; i < StreamPlaces.MOST_PER_UPLOAD; i++) {
            entered.add(places.enter(id, "192.0.2." + i).orElseThrow());
        }
        assertThat(places.enter(id, "198.51.100.1")).isEmpty();
        assertThat(places.enter(UploadId.random(), "192.0.2.1")).isPresent();
        entered.get(0).run();
        entered.get(0).run();
        assertThat(places.enter(id, "198.51.100.1")).isPresent();
        assertThat(places.enter(id, "198.51.100.1")).isEmpty();
    }

    @Test
    void enter_tooManyOfOneClient() {
        List<Runnable> entered = new ArrayList<>();
        for (int i = 0; i < StreamPlaces.MOST_PER_CLIENT; i++) {
            entered.add(places.enter(UploadId.random(), "2001:db8::" + i).orElseThrow());
        }
        UploadId id = UploadId.random();
        for (int i = 0; i <= StreamPlaces.MOST_PER_UPLOAD; i++) {
            assertThat(places.enter(id, "2001:db8::abc")).isEmpty();
        }
        assertThat(places.enter(id, "2001:db8:0:1::")).isPresent();
        entered.get(0).run();
        assertThat(places.enter(id, "2001:db8::abc")).isPresent();
    }
}
