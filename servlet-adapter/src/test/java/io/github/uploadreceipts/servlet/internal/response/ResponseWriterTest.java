package io.github.uploadreceipts.servlet.internal.response;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResponseWriterTest {

    private final List<String> events = new ArrayList<>();
    private final Output out = new Output();
    private final Fate fate = new Fate() {
        @Override
        public void given() {
            events.add("given");
        }

        @Override
        public void lost() {
            events.add("lost");
        }
    };

    /** A client that reads only when the test lets it. Every write and flush uses up one permission. */
    private final class Output extends ServletOutputStream {

        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private int permissions;
        private boolean broken;
        private @Nullable WriteListener listener;

        @Override
        public boolean isReady() {
            return permissions > 0;
        }

        @Override
        public void setWriteListener(WriteListener value) {
            listener = value;
        }

        @Override
        public void write(int b) {
            throw new AssertionError("bytes are not written one by one");
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            use();
            taken.write(bytes, offset, length);
            events.add("write " + length);
        }

        @Override
        public void flush() throws IOException {
            use();
            events.add("flush");
        }

        private void use() throws IOException {
            if (broken) {
                throw new IOException("gone");
            }
            assertThat(permissions--).as("permission to write").isPositive();
        }
    }

    private ResponseWriter writer(byte[] bytes) {
        return new ResponseWriter(out, bytes, fate, done -> events.add("done"), Duration.ofMillis(1));
    }

    private void permit(WriteListener writer, int permissions) throws IOException {
        out.permissions = permissions;
        writer.onWritePossible();
    }

    @Test
    void write_clientReadsSlowly_neverWaitsAndSendsTheHeadFirst() throws IOException {
        byte[] bytes = new byte[100_000];
        Arrays.fill(bytes, (byte) 'x');
        ResponseWriter writer = writer(bytes);
        permit(writer, 0);
        assertThat(events).isEmpty();
        permit(writer, 1);
        permit(writer, 1);
        assertThat(events).containsExactly("flush", "write 65536");
        permit(writer, 1);
        assertThat(events).endsWith("write 34464", "given").doesNotContain("done");
        permit(writer, 1);
        permit(writer, 1);
        assertThat(events).endsWith("write 34464", "given", "done").doesNotContain("lost");
        assertThat(out.taken.toByteArray()).isEqualTo(bytes);
    }

    /** A client that is still sending gets such a response completely or not at all. */
    @Test
    void write_nothingDependsOnIt_goesWithItsHead() throws IOException {
        ResponseWriter writer = new ResponseWriter(
                out, new byte[10], Fate.INDIFFERENT, done -> events.add("done"), Duration.ofMillis(1));
        permit(writer, 2);
        assertThat(events).containsExactly("write 10", "done");
    }

    @Test
    void write_clientLeavesBeforeTheLastBytes_responseIsLost() throws IOException {
        ResponseWriter writer = writer(new byte[100_000]);
        permit(writer, 2);
        writer.onError(new IOException("gone"));
        writer.onError(new IOException("gone"));
        assertThat(events).containsExactly("flush", "write 65536", "lost", "done");
    }

    @Test
    void write_clientReadsNothing_responseIsLost() throws Exception {
        ResponseWriter writer = writer(new byte[100_000]);
        permit(writer, 2);
        while (!writer.isLate()) {
            Thread.onSpinWait();
        }
        writer.endIfLate();
        writer.endIfLate();
        writer.onError(new IOException("gone"));
        permit(writer, 1);
        assertThat(events).containsExactly("flush", "write 65536", "lost", "done");
    }

    /** Some containers do not call {@code onError} after a failed write. */
    @Test
    void write_fails_responseIsLostOnce() throws IOException {
        ContainerManners.listen(out, writer(new byte[10]));
        permit(out.listener, 1);
        out.broken = true;
        permit(out.listener, 1);
        assertThat(events).containsExactly("flush", "lost", "done");
        out.listener.onError(new IOException("gone"));
        permit(out.listener, 1);
        assertThat(events).containsExactly("flush", "lost", "done");
    }

    @Test
    void write_clientLeavesAfterTheLastBytes_responseIsNotLost() throws IOException {
        ResponseWriter writer = writer(new byte[10]);
        permit(writer, 2);
        writer.onError(new IOException("gone"));
        assertThat(events).containsExactly("flush", "write 10", "given", "done");
    }
}
