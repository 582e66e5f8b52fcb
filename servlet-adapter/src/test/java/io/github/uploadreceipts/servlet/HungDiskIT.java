package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests about resumable uploads on a disk that hangs. */
@Tag("one-container")
class HungDiskIT {

    private static final String TUS = "Tus-Resumable: 1.0.0\r\n";
    private static final String EMPTY = "Content-Length: 0\r\n\r\n";
    private static final String CREATION = head("POST", "/uploads") + TUS + "Upload-Length: 3\r\n" + EMPTY;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root).start(Container.JETTY_EE10, true, UploadLimits.defaults());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private Wire begin(String request) throws Exception {
        return new Wire(fixture.port()).send(request);
    }

    /** What the store does after the response is undone if nobody else could know of it. */
    @Test
    void resumableUploads_diskHangs_allEnd() throws Exception {
        String path = create();
        String deleted = create();
        fixture.store.waitAt("PartialStore");
        List<Wire> wires = new ArrayList<>();
        try {
            wires.add(begin(head("HEAD", path) + TUS + "\r\n"));
            wires.add(begin(head("DELETE", deleted) + TUS + EMPTY));
            wires.add(begin(CREATION));
            assertThat(wires.get(0).response(true)).matches(response -> response.status() == 503);
            for (Wire wire : wires.subList(1, wires.size())) {
                assertProblem(wire.response(false), 503, "unavailable");
            }
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
        fixture.store.goOn.countDown();
        fixture.await("only one upload and its state", () -> fixture.files().size() == 2);
        try (Wire wire = begin(head("HEAD", path) + TUS + "\r\n")) {
            assertThat(wire.response(true).header("Upload-Offset")).isEqualTo("0");
        }
    }

    private String create() throws Exception {
        try (Wire wire = begin(CREATION)) {
            return "/" + wire.response(false).header("Location");
        }
    }
}
