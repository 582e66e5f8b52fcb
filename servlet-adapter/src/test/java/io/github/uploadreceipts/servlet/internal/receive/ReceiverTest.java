package io.github.uploadreceipts.servlet.internal.receive;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.EOFException;
import org.junit.jupiter.api.Test;

class ReceiverTest {

    @Test
    void requireWhole_asManyBytesAsAnnounced() {
        assertThatCode(() -> Receiver.requireWhole(5, 5)).doesNotThrowAnyException();
        assertThatCode(() -> Receiver.requireWhole(0, -1)).doesNotThrowAnyException();
        assertThatExceptionOfType(EOFException.class).isThrownBy(() -> Receiver.requireWhole(4, 5));
    }
}
