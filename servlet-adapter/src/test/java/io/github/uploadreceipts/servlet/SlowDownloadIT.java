package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that read their downloads slowly, or not at all. */
@ParameterizedClass
@MethodSource(Container.ALL)
class SlowDownloadIT {

    /** More than all buffers on the way hold. */
    private static final int LARGE = 24 << 20;

    private static final int THREADS = 12;
    private static final int MANY = 3 * THREADS;

    @Parameter
    Container container;

    @TempDir
    Path root;

    private AdapterFixture fixture;
    private String content;
    private String path;

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void start(boolean sealed, int size, String idle) throws Exception {
        fixture = sealed ? AdapterFixture.sealed(root) : new AdapterFixture(root);
        ShareFilter filter = ShareFilter.create(fixture.host, Map.of("idle-timeout", idle));
        fixture.startAlone(
                container,
                Container.App.of(Map.of("/s/*", filter), new HttpServlet() {}, true)
                        .threads(THREADS));
        byte[] bytes = new byte[size];
        new Random(5).nextBytes(bytes);
        content = new String(bytes, StandardCharsets.ISO_8859_1);
        var issued = fixture.store(UploadPermit.anyone(UploadLimits.defaults()), "a.bin", "a/b", bytes);
        path = ShareLinks.of(fixture.host, "/s/")
                .url(ShareLink.of(issued.receipt()).build());
    }

    private Wire ask() throws IOException {
        return new Wire(fixture.port()).send(head("GET", path) + "\r\n");
    }

    /** More clients than the container has threads wait, and others are served meanwhile. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void manySlowClients_holdNoThread(boolean sealed) throws Exception {
        start(sealed, LARGE, "PT20S");
        List<Wire> clients = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            clients.add(ask());
        }
        Thread.sleep(1_000);
        try (Wire other = ask()) {
            assertThat(other.response().body()).isEqualTo(content);
        }
        ExecutorService readers = Executors.newFixedThreadPool(3);
        List<Future<Boolean>> whole = new ArrayList<>();
        for (Wire client : clients) {
            whole.add(readers.submit(() -> {
                try (client) {
                    return client.response().body().equals(content);
                }
            }));
        }
        for (Future<Boolean> result : whole) {
            assertThat(result.get()).isTrue();
        }
        readers.shutdown();
        fixture.await("closed file", () -> fixture.descriptors().isEmpty());
    }

    @Test
    void clientThatReadsNothing_isGivenUp() throws Exception {
        start(true, LARGE, "PT1S");
        try (Wire client = ask()) {
            fixture.await("open file", () -> !fixture.descriptors().isEmpty());
            fixture.await("closed file", () -> fixture.descriptors().isEmpty());
            assertThat(client.rest().length()).isLessThan(LARGE);
        }
        try (Wire other = ask()) {
            assertThat(other.response().body()).hasSize(LARGE);
        }
    }

    @Test
    void clientThatLeaves_leavesNothingOpen() throws Exception {
        start(true, LARGE, "PT20S");
        for (int i = 0; i < 20; i++) {
            Wire client = ask();
            fixture.await("response", client::hasResponse);
            client.reset();
        }
        fixture.await("closed file", () -> fixture.descriptors().isEmpty());
        try (Wire other = ask()) {
            assertThat(other.response().body()).hasSize(LARGE);
        }
    }
}
