package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClamdIT {

    @TempDir
    Path directory;

    @Test
    void scan_findsTheMarkerAndNothingElse_andSaysWhenItCannot() throws Exception {
        try (ClamdServer server = ClamdServer.start(directory)) {
            Clamd clamd = new Clamd(server.address());
            assertThat(clamd.scan(new ByteArrayInputStream(new byte[300_000]))).isEmpty();
            assertThat(clamd.scan(new ByteArrayInputStream(new byte[0]))).isEmpty();
            byte[] bad = ("x".repeat(100_000) + ClamdServer.MARKER).getBytes(StandardCharsets.US_ASCII);
            assertThat(clamd.scan(new ByteArrayInputStream(bad))).contains("Own.Marker.UNOFFICIAL");
            assertThatIOException()
                    .isThrownBy(() -> clamd.scan(new ByteArrayInputStream(new byte[ClamdServer.MAX_LENGTH + 1])))
                    .withMessageContaining("size limit exceeded");
            server.stop();
            assertThatIOException().isThrownBy(() -> clamd.scan(new ByteArrayInputStream(new byte[1])));
        }
    }
}
