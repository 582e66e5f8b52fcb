package io.github.uploadreceipts.servlet.internal.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.servlet.FieldRequest;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.relay.PumpedBody;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Clients that are invited. */
class ReceiverTest {

    private static final int SENT = 64 << 20;
    private static final int MOST = 2 << 20;

    /** A body that comes faster than it is read, from a container that reads on when it is asked what there is. */
    private static final class FastBody extends ServletInputStream {

        private int left = SENT;

        @Override
        public int available() {
            return left;
        }

        @Override
        public int read() {
            throw new AssertionError("bytes are read one by one");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            int count = Math.min(left, length);
            left -= count;
            return count;
        }

        @Override
        public boolean isFinished() {
            return left == 0;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new AssertionError("not yet");
        }
    }

    @Test
    void invite_fastClient_littleIsTakenBeforehand() throws Exception {
        FastBody body = new FastBody();
        byte[] early = ContainerManners.invite(FieldRequest.of(Map.of("Expect", "100-continue")), body);
        assertThat(early.length).isLessThanOrEqualTo(MOST);
        assertThat(body.left).isEqualTo(SENT - early.length);
    }

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

    @Test
    void read_containerFails_isTheConnectionsFault() {
        assertThatIOException().isThrownBy(() -> ContainerManners.read(RESET, new byte[1]));
    }

    /** Whoever sends it on must not wait for more. */
    @Test
    void pump_containerFails_endsTheBody() {
        PumpedBody body = new PumpedBody();
        body.pump(RESET, 5, new CompletableFuture<>());
        assertThatIOException().isThrownBy(() -> body.read(ByteBuffer.allocate(1)));
    }
}
