package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.internal.receive.SentFile;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.servlet.testing.Nginx;
import io.tus.java.client.ProtocolException;
import io.tus.java.client.TusURLMemoryStore;
import io.tus.java.client.TusUpload;
import io.tus.java.client.TusUploader;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * tus-java-client. Each of its appends is chunked, expects 100-continue, and is a POST with X-HTTP-Method-Override,
 * because the JDK's HttpURLConnection does not support PATCH.
 */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class TusJavaClientIT {

    private static final int MIB = 1 << 20;

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    @TempDir
    Path directory;

    private final Random random = new Random();
    private AdapterFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root).start(container, async, UploadLimits.defaults());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private byte[] write(int size) throws Exception {
        byte[] content = new byte[size];
        random.nextBytes(content);
        Files.write(directory.resolve("sent.bin"), content);
        return content;
    }

    private TusUpload upload() throws Exception {
        TusUpload upload = new TusUpload(directory.resolve("sent.bin").toFile());
        upload.setMetadata(Map.of("filename", "sent.bin", "filetype", "image/png"));
        return upload;
    }

    private static void finish(TusUploader uploader) throws Exception {
        while (uploader.uploadChunk() >= 0) {}
        uploader.finish();
    }

    private void assertStored(TusUploader uploader, byte[] content) throws Exception {
        SentFile.of("sent.bin", "image/png", content)
                .assertIsStored(fixture.host, StockTusClient.receipt(uploader.getUploadURL()));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 1",
        "1, 1, 1",
        "3145731, 1048576, 65536",
        "3145728, 1048576, 1048576",
        "5000000, 20000000, 100000"
    })
    void upload_isStored(int size, int bytesInRequest, int bytesInChunk) throws Exception {
        byte[] content = write(size);
        StockTusClient client = new StockTusClient(fixture.port());
        TusUploader uploader = client.createUpload(upload());
        uploader.setRequestPayloadSize(bytesInRequest);
        uploader.setChunkSize(bytesInChunk);
        finish(uploader);
        assertStored(uploader, content);
        assertThat(client.methods()).containsOnly("POST"); // with X-HTTP-Method-Override
    }

    @Test
    void upload_throughNginx_isStored() throws Exception {
        byte[] content = write(5 * MIB + 3);
        try (Nginx nginx = Nginx.start(directory.resolve("nginx"), fixture.port())) {
            TusUploader uploader = new StockTusClient(nginx.port()).createUpload(upload());
            uploader.setRequestPayloadSize(2 * MIB);
            uploader.setChunkSize(MIB / 8);
            finish(uploader);
            assertStored(uploader, content);
        }
    }

    @Test
    void resume_continuesAtTheOffset() throws Exception {
        byte[] content = write(3 * MIB + 5);
        StockTusClient client = new StockTusClient(fixture.port());
        TusUploader first = client.createUpload(upload());
        first.setRequestPayloadSize(MIB);
        first.setChunkSize(MIB);
        first.uploadChunk(); // one complete request

        TusUploader second = client.resumeUpload(upload());
        assertThat(second.getUploadURL()).isEqualTo(first.getUploadURL());
        assertThat(second.getOffset()).isEqualTo(MIB);
        finish(second);
        assertStored(second, content);
    }

    /** The client resumes a finished upload if the last response was lost. */
    @Test
    void resume_finished_isStillFinished() throws Exception {
        byte[] content = write(MIB);
        StockTusClient client = new StockTusClient(fixture.port());
        finish(client.createUpload(upload()));
        TusUploader again = client.resumeUpload(upload());
        assertThat(again.getOffset()).isEqualTo(MIB);
        finish(again);
        assertStored(again, content);
    }

    /** It does so after 404 only. */
    @Test
    void resume_urlOfNoUpload_createsAnew() throws Exception {
        byte[] content = write(MIB);
        StockTusClient client = new StockTusClient(fixture.port());
        URL gone = client.createUpload(upload()).getUploadURL();
        assertThat(StockTusClient.terminate(gone)).isEqualTo(204);
        for (URL remembered : List.of(gone, URI.create(gone + "x/y").toURL())) {
            TusURLMemoryStore urls = new TusURLMemoryStore();
            urls.set(upload().getFingerprint(), remembered);
            client.enableResuming(urls);
            TusUploader uploader = client.resumeOrCreateUpload(upload());
            assertThat(uploader.getUploadURL()).isNotEqualTo(remembered);
            finish(uploader);
            assertStored(uploader, content);
        }
    }

    @Test
    void upload_terminatedMeanwhile_isRefusedBeforeItsBody() throws Exception {
        write(MIB);
        TusUploader uploader = new StockTusClient(fixture.port()).createUpload(upload());
        assertThat(StockTusClient.terminate(uploader.getUploadURL())).isEqualTo(204);
        assertThatThrownBy(uploader::uploadChunk)
                .isInstanceOf(ProtocolException.class)
                .hasMessageMatching(".*\\(404\\).*");
    }
}
