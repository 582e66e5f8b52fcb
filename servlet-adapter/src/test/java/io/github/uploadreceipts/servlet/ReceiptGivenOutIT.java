package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Connections that end as soon as the client has read the receipts. */
class ReceiptGivenOutIT {

    private static final int UPLOADS = 200;
    private static final int STOPS = 50;

    @TempDir
    Path root;

    @ParameterizedTest
    @MethodSource(Container.ALL)
    void clientLeavesAtOnce_uploadStays(Container container) throws Exception {
        KeyRing ring = KeyRing.generate("test");
        Traffic traffic = new Traffic(ring, 1);
        try (StoreServer server = StoreServer.start(container, ring, root)) {
            IntStream.range(0, UPLOADS).parallel().forEach(i -> leave(server, traffic, i));
        }
        assertThat(traffic.check(root, 0)).isEmpty();
        assertThat(traffic.promiseCount()).isEqualTo(UPLOADS);
    }

    /** A stopping container breaks its connections, even if the client has just read a response. */
    @ParameterizedTest
    @MethodSource(Container.ALL)
    void serverStopsAtOnce_uploadStays(Container container) throws Exception {
        KeyRing ring = KeyRing.generate("test");
        Traffic traffic = new Traffic(ring, 1);
        for (int i = 0; i < STOPS; i++) {
            try (StoreServer server = StoreServer.start(container, ring, root);
                    Wire wire = new Wire(server.port())) {
                assertThat(traffic.upload(wire, true, List.of(new byte[i])).status())
                        .isEqualTo(201);
            }
        }
        assertThat(traffic.check(root, 0)).isEmpty();
        assertThat(traffic.promiseCount()).isEqualTo(STOPS);
    }

    private static void leave(StoreServer server, Traffic traffic, int size) {
        try (Wire wire = new Wire(server.port())) {
            assertThat(traffic.upload(wire, true, List.of(new byte[size])).status())
                    .isEqualTo(201);
            if (size % 2 == 0) {
                wire.reset();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
