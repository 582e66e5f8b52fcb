package io.github.uploadreceipts.servlet.internal.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.download.StreamDownload;
import io.github.uploadreceipts.servlet.AdapterFixture;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A download is written by one thread at a time, the watchdog's included. */
class DownloadWriterTest {

    private static final int SIZE = 100_000;

    @TempDir
    Path root;

    private final Output output = new Output();
    private final AtomicInteger closes = new AtomicInteger();
    private final List<String> endings = new ArrayList<>();
    private AdapterFixture fixture;
    private DownloadWriter writer;

    /** An output that is ready as often as the test says. */
    private static final class Output extends ServletOutputStream {

        private final Deque<Boolean> ready = new ArrayDeque<>();
        private int written;
        private Runnable whenAsked = () -> {};

        @Override
        public boolean isReady() {
            whenAsked.run();
            return ready.isEmpty() || ready.remove();
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            // the test calls it
        }

        @Override
        public void write(int b) {
            written++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            written += length;
        }
    }

    private static <T> T fake(Class<T> type, Map<String, ?> results) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> results.get(method.getName())));
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        InputStream content = new ByteArrayInputStream(new byte[SIZE]) {
            @Override
            public void close() {
                closes.incrementAndGet();
            }
        };
        writer = DownloadWriter.create(
                fake(HttpServletRequest.class, Map.of("getServletContext", fake(ServletContext.class, Map.of()))),
                fake(HttpServletResponse.class, Map.of("getOutputStream", output, "isCommitted", true)),
                new StreamDownload(content),
                Duration.ofMillis(20),
                (sent, failure, lost) -> endings.add(sent + " " + failure));
        writer.begin(new Watchdog(fixture.engine), Runnable::run);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void waitForTheClient() throws Exception {
        output.ready.add(true);
        output.ready.add(false);
        writer.onWritePossible();
        assertThat(writer.isLate()).isFalse();
        Thread.sleep(50);
        assertThat(writer.isLate()).isTrue();
    }

    @Test
    void endIfLate_clientDoesNotRead_endsTheDownload() throws Exception {
        waitForTheClient();
        output.ready.add(false);
        writer.endIfLate();
        assertThat(endings).hasSize(1);
        assertThat(endings.get(0)).endsWith("the client does not read its download");
        assertThat(closes).hasValue(1);
    }

    /** The watchdog looks just when the container has called. */
    @Test
    void endIfLate_whileAnotherThreadWrites_leavesTheDownloadAlone() throws Exception {
        waitForTheClient();
        output.whenAsked = () -> {
            output.whenAsked = () -> {};
            assertThat(writer.isLate()).isTrue();
            writer.endIfLate();
            assertThat(closes).hasValue(0);
        };
        writer.onWritePossible();
        assertThat(endings).containsExactly(SIZE + " null");
        assertThat(output.written).isEqualTo(SIZE);
        assertThat(closes).hasValue(1);
    }
}
