package io.github.uploadreceipts.servlet.internal.relay;

import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PumpedBodyTest {

    /** Undertow's stream fails like this when an HTTP/2 stream was reset. */
    private static final InputStream RESET = new InputStream() {
        @Override
        public int read() {
            throw new IllegalStateException("buffer has been freed");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            return read();
        }
    };

    /** The reader of the body must not wait for more bytes. */
    @Test
    void pump_containerFails_endsTheBody() {
        PumpedBody body = new PumpedBody();
        body.pump(RESET, 5, new CompletableFuture<>());
        assertThatIOException().isThrownBy(() -> body.read(ByteBuffer.allocate(1)));
    }
}
