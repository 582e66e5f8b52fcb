package io.github.uploadreceipts.servlet.internal.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.handover.Verdict;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The events of one browser. */
class StatusStreamTest {

    private static final String PROCESSING = "event: status\ndata: {\"status\":\"processing\"}\n\n";

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<CompletableFuture<Verdict>> awaited = new CopyOnWriteArrayList<>();
    private final AtomicInteger wakes = new AtomicInteger();
    private volatile boolean expired;

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private StatusStream stream(Optional<Verdict> first) {
        StatusStream stream = new StatusStream(
                first,
                atMost -> {
                    assertThat(atMost).isEqualTo(Duration.ofSeconds(15));
                    CompletableFuture<Verdict> next = new CompletableFuture<>();
                    awaited.add(next);
                    return next;
                },
                failure -> failure.getMessage().equals("away"),
                () -> expired,
                timer);
        stream.onReadable(wakes::incrementAndGet);
        return stream;
    }

    /** Returns what can be read in small pieces, and {@code "END"} at the end. */
    private static String read(StatusStream stream) {
        StringBuilder read = new StringBuilder();
        ByteBuffer piece = ByteBuffer.allocate(7);
        int count = stream.read(piece);
        for (; count > 0; count = stream.read(piece.clear())) {
            read.append(StandardCharsets.UTF_8.decode(piece.flip()));
        }
        return read + (count < 0 ? "END" : "");
    }

    private static String afterRetry(StatusStream stream) {
        String read = read(stream);
        assertThat(read).matches("(?s)retry: [3-6][0-9]{3}\n\n.*");
        return read.substring(read.indexOf("\n\n") + 2);
    }

    @Test
    void decided_endsAtOnce() {
        StatusStream stream = stream(Optional.of(Verdict.done("{\"pages\": [1,\n2]}")));
        stream.begin();
        assertThat(afterRetry(stream))
                .isEqualTo("event: status\ndata: {\"status\":\"done\",\"data\":{\"pages\":[1,2]}}\n\nEND");
        assertThat(awaited).isEmpty();
    }

    @Test
    void open_endsWithTheVerdict() {
        StatusStream stream = stream(Optional.of(Verdict.waiting()));
        stream.begin();
        assertThat(afterRetry(stream)).isEqualTo(PROCESSING);
        assertThat(wakes).hasValue(0);
        awaited.get(0).complete(Verdict.refused("Zeile\nAndere"));
        assertThat(wakes).hasValue(1);
        assertThat(read(stream))
                .isEqualTo("event: status\ndata: {\"status\":\"refused\",\"message\":\"Zeile\\nAndere\"}\n\nEND");
    }

    @Test
    void ownerAway_isAwaitedInTheStream() {
        StatusStream stream = stream(Optional.empty());
        stream.begin();
        assertThat(afterRetry(stream)).isEmpty();
        awaited.get(0).completeExceptionally(new IOException("away"));
        assertThat(read(stream)).isEqualTo(":\n\n");
        assertThat(awaited).hasSize(1); // the next one comes after a pause
    }

    @Test
    void ownerBack_statusIsToldOnce() {
        StatusStream stream = stream(Optional.empty());
        stream.begin();
        assertThat(afterRetry(stream)).isEmpty();
        awaited.get(0).complete(Verdict.waiting());
        assertThat(read(stream)).isEqualTo(PROCESSING);
    }

    @Test
    void browserThatDoesNotRead_getsOneComment() throws Exception {
        StatusStream stream = stream(Optional.of(Verdict.waiting()));
        stream.begin();
        assertThat(afterRetry(stream)).isEqualTo(PROCESSING);
        awaited.get(0).complete(Verdict.waiting()); // too early, so it pauses
        for (int waited = 0; awaited.size() < 2 && waited < 100; waited++) {
            Thread.sleep(100);
        }
        awaited.get(1).complete(Verdict.waiting());
        assertThat(read(stream)).isEqualTo(":\n\n");
    }

    @Test
    void uploadGone_endsWithoutStatus() {
        StatusStream stream = stream(Optional.of(Verdict.waiting()));
        stream.begin();
        assertThat(afterRetry(stream)).isEqualTo(PROCESSING);
        awaited.get(0).completeExceptionally(new IOException("gone"));
        assertThat(read(stream)).isEqualTo("END");
    }

    @Test
    void urlExpired_endsWithoutStatus() {
        expired = true;
        StatusStream stream = stream(Optional.of(Verdict.waiting()));
        stream.begin();
        assertThat(afterRetry(stream)).isEqualTo(PROCESSING + "END");
        assertThat(awaited).isEmpty();
    }

    @Test
    void closed_waitsNoMore() {
        StatusStream stream = stream(Optional.of(Verdict.waiting()));
        stream.begin();
        stream.close();
        assertThat(awaited.get(0)).isCancelled();
        assertThat(wakes).hasValue(0);
    }
}
