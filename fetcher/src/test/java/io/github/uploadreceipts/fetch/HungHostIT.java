package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.testing.Await;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host whose peer hangs: the peer's process is stopped, and its kernel still accepts connections. */
class HungHostIT {

    /** Longer than a peer may take to answer a question, and shorter than all of them one after the other. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final Duration AT_ONCE = Duration.ofSeconds(3);

    private static final int CONCATENATIONS = 64;

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path directory;

    private final KeyRing ring = KeyRing.generate("photos");
    private PeerHost.Program hanging;
    private PeerHost healthy;
    private PeerHost other;
    private PeerFetcher fetcher;

    @BeforeEach
    void start() throws Exception {
        Path file = directory.resolve("ring.json");
        ring.write(file);
        hanging = PeerHost.Program.start(file, directory.resolve("hanging"));
        other = PeerHost.start(Container.JETTY_EE10, ring, directory.resolve("other"));
        healthy = PeerHost.start(Container.JETTY_EE10, ring, directory.resolve("healthy"), List.of(hanging.port));
        fetcher = PeerFetcher.builder(healthy.host)
                .policy(PeerHost.policy(List.of(hanging.port, other.port)))
                .workDirectory(Files.createDirectory(directory.resolve("work")))
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        hanging.goOn();
        fetcher.close();
        healthy.close();
        other.close();
        hanging.close();
    }

    private static HttpRequest.Builder post(int port) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/uploads"));
    }

    /** Returns the path of a complete partial upload, which the host on {@code port} keeps. */
    private static String partial(int port) throws Exception {
        HttpRequest request = post(port)
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Concat", "partial")
                .header("Upload-Length", "5")
                .header("Content-Type", "application/offset+octet-stream")
                .POST(BodyPublishers.ofString("hello"))
                .build();
        HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        String location = response.headers().firstValue("Location").orElseThrow();
        return request.uri().resolve(location).getPath();
    }

    private CompletableFuture<HttpResponse<String>> concatenate(String partial) {
        return HTTP.sendAsync(
                post(healthy.port)
                        .header("Tus-Resumable", "1.0.0")
                        .header("Upload-Concat", "final;" + partial)
                        .POST(BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> upload() {
        return HTTP.sendAsync(
                post(healthy.port)
                        .header("Content-Type", "text/plain")
                        .POST(BodyPublishers.ofString("hello"))
                        .build(),
                BodyHandlers.ofString());
    }

    private static void assertStatus(int status, CompletableFuture<HttpResponse<String>> sent, Duration within)
            throws Exception {
        HttpResponse<String> response = sent.get(within.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        if (status == 503) {
            assertThat(response.headers().firstValue("Retry-After")).isPresent();
        }
    }

    private void awaitAsked(int requests) throws Exception {
        Await.until(PATIENCE, () -> "requests: " + healthy.asked, () -> healthy.asked.get() >= requests);
    }

    private interface Request {
        CompletableFuture<HttpResponse<String>> send();
    }

    /** Thirty seconds after a host fell silent, one request tries it again. */
    private static void assertServedAgain(Request request) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        int status = 0;
        while (status != 201 && System.nanoTime() - end < 0) {
            status = request.send().get(120, TimeUnit.SECONDS).statusCode();
            Thread.sleep(100);
        }
        assertThat(status).isEqualTo(201);
    }

    @Test
    void concatenations_ofAHungHostsPart_holdUpNothingElse() throws Exception {
        String there = partial(hanging.port);
        String elsewhere = partial(other.port);
        hanging.hang();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        IntStream.range(0, CONCATENATIONS).forEach(i -> waiting.add(concatenate(there)));
        awaitAsked(CONCATENATIONS);

        assertStatus(201, upload(), AT_ONCE);
        assertStatus(201, concatenate(elsewhere), AT_ONCE);
        assertThat(waiting).as("still waiting").anyMatch(one -> !one.isDone());
        for (CompletableFuture<HttpResponse<String>> one : waiting) {
            assertStatus(503, one, PATIENCE);
        }
        assertStatus(503, concatenate(there), AT_ONCE);

        hanging.goOn();
        assertServedAgain(() -> concatenate(there));
    }

    @Test
    void uploads_toADrainingHostWhosePeerHangs_waitOnce() throws Exception {
        Files.createFile(healthy.root.resolve("drain"));
        assertStatus(201, upload(), PATIENCE);
        hanging.hang();

        assertStatus(503, upload(), PATIENCE);
        for (int i = 0; i < 5; i++) {
            assertStatus(503, upload(), AT_ONCE);
        }

        hanging.goOn();
        assertServedAgain(this::upload);
    }
}
