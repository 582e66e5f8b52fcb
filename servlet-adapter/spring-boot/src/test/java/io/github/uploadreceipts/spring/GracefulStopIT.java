package io.github.uploadreceipts.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Ports;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** An instance that is stopped while a browser waits for a verdict. Spring Boot waits 30 s for requests in flight. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class GracefulStopIT {

    private static final Duration AT_ONCE = Duration.ofSeconds(20);
    private static final Queue<UploadReceipt> TOLD = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(ShopApplication.Orders.class)
    static class Application {

        @Bean
        UploadHost uploadHost(StarterSettings settings, KeyRing keyRing, UploadStore store) {
            return HostSettings.configure(settings.host(), UploadHost.builder(keyRing, store))
                    .handOver("scanner", upload -> {
                        TOLD.add(upload.receipt());
                        return Verdict.waiting();
                    })
                    .build();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ShopServer.NO_JETTY, ShopServer.NO_TOMCAT})
    void close_browserWaits_endsAtOnce_otherInstanceTells(String container) throws Exception {
        Path keys = directory.resolve("keys.json");
        KeyRing.generate("photos").write(keys);
        TOLD.clear();
        int one = Ports.free();
        int other = Ports.free();
        ShopServer stopping = start(one, one + "," + other, keys, container);
        try (ShopServer owner = start(other, one + "," + other, keys, ShopServer.NO_JETTY)) {
            stopping.signIn();
            owner.signIn();
            String events = uploaded(owner) + "/events";
            CompletableFuture<HttpResponse<String>> waiting =
                    CompletableFuture.supplyAsync(() -> send(stopping, events));
            Await.until("telling of the upload", () -> !TOLD.isEmpty());
            Thread.sleep(2_000); // until the browser waits
            assertThat(waiting).isNotDone();

            long begin = System.nanoTime();
            stopping.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(AT_ONCE);
            assertThat(waiting.join().body()).contains("processing").doesNotContain("done");

            CompletableFuture<HttpResponse<String>> again = CompletableFuture.supplyAsync(() -> send(owner, events));
            owner.context.getBean(UploadHost.class).finish(TOLD.element(), "scanner", Verdict.done());
            assertThat(again.join().body()).contains("done");
        }
    }

    private ShopServer start(int port, String ports, Path keys, String container) {
        return ShopServer.start(
                Application.class,
                port,
                ports,
                keys,
                directory.resolve("store" + port),
                container,
                "--server.shutdown=graceful");
    }

    private static String uploaded(ShopServer server) throws Exception {
        HttpResponse<String> created = server.send(server.tus("/uploads")
                .header("Upload-Length", "4")
                .header("Content-Type", "application/offset+octet-stream")
                .POST(BodyPublishers.ofString("dawn")));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        return URI.create("http://x/uploads")
                .resolve(created.headers().firstValue("Location").orElseThrow())
                .getPath();
    }

    private static HttpResponse<String> send(ShopServer server, String path) {
        try {
            return server.send(server.request(path));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
