package io.github.uploadreceipts.fetch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.servlet.testing.EventReader;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Ports;
import jakarta.servlet.http.HttpServlet;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
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
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Many browsers that wait for verdicts, on the owner and on a host that asks it. */
@ParameterizedClass
@MethodSource(Container.ALL)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WaitingBrowsersIT {

    private static final int UPLOADS = 50;
    private static final int BROWSERS_OF_EACH = 10;

    /** Those of two containers, two hosts and two clients. One for each stream would be twice as many. */
    private static final int MOST_THREADS = 250;

    /** Shorter than a question between hosts lasts, and than the time between two comments. */
    private static final Duration AT_ONCE = Duration.ofSeconds(6);

    private static final String PROCESSING = "{\"status\":\"processing\"}";
    private static final String DONE = "{\"status\":\"done\"}";
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Parameter
    Container kind;

    @TempDir
    Path directory;

    private final KeyRing ring = KeyRing.generate("photos");
    private final int[] ports = {Ports.free(), Ports.free()};
    private final Queue<UploadReceipt> told = new ConcurrentLinkedQueue<>();
    private final List<EventReader> streams = new ArrayList<>();
    private Member owner;
    private Member other;

    private final class Member implements Closeable {

        final UploadHost host;
        final AtomicInteger responses = new AtomicInteger();
        private final PeerFetcher fetcher;
        private final Container.Running running;

        Member(int index) throws IOException {
            host = UploadHost.builder(
                            ring,
                            LocalUploadStore.builder(directory.resolve("host" + index))
                                    .durability(Durability.BUFFERED)
                                    .open())
                    .internalUrl("http://127.0.0.1:" + ports[index])
                    .developmentMode()
                    .handOver("scanner", upload -> {
                        told.add(upload.receipt());
                        return Verdict.waiting();
                    })
                    .build();
            fetcher = PeerFetcher.builder(host)
                    .policy(PeerPolicy.privateNetwork().ports(ports))
                    .workDirectory(Files.createDirectories(directory.resolve("work" + index)))
                    .build();
            running = PeerServer.start(
                    kind,
                    ports[index],
                    Map.of(
                            PeerServer.UPLOADS,
                            UploadFilter.create(host, UploadPolicy.anyone(UploadLimits.defaults())),
                            PeerServer.PEERS,
                            DeliveryFilter.create(host)),
                    new HttpServlet() {},
                    status -> responses.incrementAndGet());
        }

        @Override
        public void close() throws IOException {
            running.close();
            fetcher.close();
            host.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        owner = new Member(0);
        other = new Member(1);
    }

    @AfterEach
    void stop() throws IOException {
        for (EventReader stream : streams) {
            stream.close();
        }
        owner.close();
        other.close();
    }

    private String uploaded() throws Exception {
        URI endpoint = URI.create("http://127.0.0.1:" + ports[0] + "/uploads");
        HttpResponse<String> created = HTTP.send(
                HttpRequest.newBuilder(endpoint)
                        .POST(BodyPublishers.ofByteArray("hello".getBytes(US_ASCII)))
                        .header("Tus-Resumable", "1.0.0")
                        .header("Upload-Length", "5")
                        .header("Content-Type", "application/offset+octet-stream")
                        .build(),
                BodyHandlers.ofString());
        return endpoint.resolve(created.headers().firstValue("Location").orElseThrow())
                .getPath();
    }

    private List<String> uploaded(int count) throws Exception {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            paths.add(uploaded());
        }
        Await.until("telling of all", () -> told.size() == count);
        return paths;
    }

    private EventReader wait(int port, String path) throws Exception {
        EventReader stream = EventReader.open(URI.create("http://127.0.0.1:" + port + path + "/events"));
        streams.add(stream);
        assertThat(stream.status("status")).isEqualTo(PROCESSING);
        return stream;
    }

    private void finishAll() throws IOException {
        for (UploadReceipt receipt : told) {
            owner.host.finish(receipt, "scanner", Verdict.done());
        }
    }

    private static int threads() {
        return ManagementFactory.getThreadMXBean().getThreadCount();
    }

    @Test
    void wait_500Browsers_noThreadForEach_allAreTold() throws Exception {
        List<String> paths = uploaded(UPLOADS);
        int before = threads();
        for (int port : ports) {
            for (int i = 0; i < UPLOADS * BROWSERS_OF_EACH / 2; i++) {
                var unused = wait(port, paths.get(i % UPLOADS));
            }
        }
        assertThat(threads() - before).isLessThan(MOST_THREADS);
        finishAll();
        for (EventReader stream : streams) {
            assertThat(stream.status("status")).isEqualTo(DONE);
            assertThat(stream.next()).isEqualTo("END");
        }
    }

    /** The owner has the streams of browsers, and a question of the other host. */
    @Test
    void prepareToStop_allThatWaitsEndsAtOnce_anotherHostTellsTheVerdict() throws Exception {
        List<String> paths = uploaded(5);
        for (String path : paths) {
            EventReader ofOwner = wait(ports[0], path);
            EventReader ofOther = wait(ports[1], path);
            assertThat(List.of(ofOwner, ofOther)).hasSize(2);
        }
        Thread.sleep(1_000); // until the other host asks the owner
        int open = paths.size() + 1;
        int before = owner.responses.get();
        owner.host.prepareToStop();
        Await.until(
                AT_ONCE,
                () -> owner.responses.get() - before + " of " + open,
                () -> owner.responses.get() - before >= open);
        EventReader again = EventReader.open(URI.create("http://127.0.0.1:" + ports[0] + paths.get(0) + "/events"));
        streams.add(again);
        assertThat(again.status("status")).isEqualTo(PROCESSING);
        assertThat(again.status("status")).isEqualTo("END"); // so that the browser asks again
        finishAll();
        for (int i = 1; i < paths.size() * 2; i += 2) {
            assertThat(streams.get(i - 1).status("status")).isEqualTo("END");
            assertThat(streams.get(i).status("status")).isEqualTo(DONE);
        }
    }
}
