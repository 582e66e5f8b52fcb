package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.samples.album.Client.Response;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The album whose uploads clamd scans. */
class ScanIT {

    private static final byte[] GOOD = Bytes.random(20_000, 1);
    private static final byte[] BAD = ("x" + ClamdServer.MARKER).getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path directory;

    private static TestFleet fleet(ClamdServer clamd, String... more) throws IOException {
        String[] options = new String[more.length + 3];
        System.arraycopy(more, 0, options, 3, more.length);
        options[0] = "--sealed";
        options[1] = "--scan";
        options[2] = clamd.address().getHostString() + ":" + clamd.address().getPort();
        return TestFleet.start(options);
    }

    /** Uploads at the first host, and returns the response, which has the URL. */
    private static Response create(TestFleet fleet, byte[] bytes) throws Exception {
        Response response = fleet.client.send(
                "POST",
                fleet.url(1) + "/uploads",
                bytes,
                "Tus-Resumable",
                "1.0.0",
                "Upload-Length",
                Integer.toString(bytes.length),
                "Upload-Metadata",
                "filename " + Base64.getEncoder().encodeToString("a.bin".getBytes(StandardCharsets.US_ASCII)),
                "Content-Type",
                "application/offset+octet-stream");
        assertThat(response.status()).as(response.text()).isEqualTo(201);
        assertThat(response.header("Upload-Status")).isIn("processing", "done", "refused");
        return response;
    }

    /** Returns what another host says about an upload. */
    private static Response ask(TestFleet fleet, Response created) throws Exception {
        String url = URI.create(fleet.url(1) + "/uploads/")
                .resolve(created.header("Location"))
                .getPath();
        return fleet.client.send("HEAD", fleet.url(2) + url, null, "Tus-Resumable", "1.0.0");
    }

    private static void awaitStatus(TestFleet fleet, Response created, String status) throws Exception {
        Await.until(
                Duration.ofMinutes(2),
                () -> "the upload is not " + status,
                () -> ask(fleet, created).header("Upload-Status").equals(status));
    }

    @Test
    void goodFile_inTheAlbum_badFile_refusedAtEveryHost() throws Exception {
        try (ClamdServer clamd = ClamdServer.start(directory);
                TestFleet fleet = fleet(clamd)) {
            Response good = create(fleet, GOOD);
            Response bad = create(fleet, BAD);
            awaitStatus(fleet, good, "done");
            awaitStatus(fleet, bad, "refused");
            assertThat(ask(fleet, bad).header("Upload-Message")).contains("Own.Marker");

            Response both = submit(fleet, 3, good, bad);
            assertThat(both.status()).isEqualTo(ProblemType.UPLOAD_REFUSED.status());
            assertThat(both.json().path("errors").path(0).path("index").intValue())
                    .isEqualTo(1);
            assertThat(submit(fleet, 3, good).status()).isEqualTo(200);
        }
    }

    @Test
    void clamdDown_uploadsWaitUntilItIsBack() throws Exception {
        try (ClamdServer clamd = ClamdServer.start(directory);
                TestFleet fleet = fleet(clamd)) {
            clamd.stop();
            Response upload = create(fleet, GOOD);
            assertThat(ask(fleet, upload).header("Upload-Status")).isEqualTo("processing");
            Response early = submit(fleet, 2, upload);
            assertThat(early.status()).isEqualTo(ProblemType.UPLOAD_UNFINISHED.status());
            assertThat(early.header("Retry-After")).isNotEmpty();
            clamd.startAgain();
            awaitStatus(fleet, upload, "done");
            assertThat(submit(fleet, 2, upload).status()).isEqualTo(200);
        }
    }

    @Test
    void clamdDown_uploadsPassIfTheApplicationSaysSo() throws Exception {
        try (ClamdServer clamd = ClamdServer.start(directory);
                TestFleet fleet = fleet(clamd, "--scan-unavailable", "pass")) {
            clamd.stop();
            Response upload = create(fleet, BAD);
            awaitStatus(fleet, upload, "done");
            assertThat(submit(fleet, 2, upload).status()).isEqualTo(200);
        }
    }

    private static Response submit(TestFleet fleet, int host, Response... uploads) throws Exception {
        List<String> receipts = List.of(uploads).stream()
                .map(upload -> upload.header("Upload-Receipt"))
                .toList();
        return fleet.client.submit(fleet.url(host), receipts, "");
    }
}
