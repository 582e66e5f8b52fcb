package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests about resumable uploads on a disk that hangs. */
@Tag("one-container")
class HungDiskIT {

    @TempDir
    Path root;

    private final ExecutorService clients = Executors.newCachedThreadPool();
    private AdapterFixture fixture;
    private TusClient tus;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root).start(Container.JETTY_EE10, true, UploadLimits.defaults());
        tus = new TusClient(fixture.port());
    }

    @AfterEach
    void stop() throws Exception {
        clients.shutdownNow();
        fixture.close();
    }

    /** What the store does after the response is undone if nobody else could know of it. */
    @Test
    void resumableUploads_diskHangs_allEnd() throws Exception {
        String path = tus.created(3);
        String deleted = tus.created(3);
        fixture.store.waitAt("PartialStore");
        Future<Wire.Response> status = clients.submit(() -> tus.head(path));
        Future<Wire.Response> deletion = clients.submit(() -> tus.delete(deleted));
        Future<Wire.Response> creation = clients.submit(() -> tus.create("Upload-Length: 3\r\n"));
        assertThat(status.get().status()).isEqualTo(503);
        assertProblem(deletion.get(), 503, "unavailable");
        assertProblem(creation.get(), 503, "unavailable");

        fixture.store.goOn.countDown();
        fixture.await("only one upload and its state", () -> fixture.files().size() == 2);
        assertThat(tus.head(path).header("Upload-Offset")).isEqualTo("0");
    }
}
