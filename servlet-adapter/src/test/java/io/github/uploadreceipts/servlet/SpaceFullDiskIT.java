package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads that begin together on a disk that has room for some of them only. */
@Tag("one-container")
class SpaceFullDiskIT {

    private static final int CLIENTS = 70;
    private static final int SIZE = 1 << 20;
    private static final long FLOOR = 24 << 20;
    private static final UploadLimits LIMITS =
            StoreServer.LIMITS.toBuilder().freeSpaceFloor(FLOOR).build();

    private final KeyRing ring = KeyRing.generate("test");
    private Traffic traffic = new Traffic(ring, 1);

    @TempDir
    Path directory;

    @BeforeAll
    static void expectFailures() {
        StoreServer.silence(true);
    }

    @AfterAll
    static void expectNoMore() {
        StoreServer.silence(false);
    }

    private StoreServer start(SmallDisk disk) throws Exception {
        return StoreServer.start(Container.JETTY_EE10, ring, disk.path().resolve("store"), LIMITS);
    }

    enum Way {
        RAW,
        CHUNKED,
        FORM,
        TUS;

        void begin(Wire wire, TusClient client, byte[] half) throws IOException {
            switch (this) {
                case RAW ->
                    wire.send(AdapterFixture.head("POST", "/uploads") + "Content-Length: " + SIZE + "\r\n\r\n")
                            .send(half);
                case CHUNKED ->
                    wire.send(AdapterFixture.head("POST", "/uploads") + "Transfer-Encoding: chunked\r\n\r\n")
                            .sendChunk(half);
                case FORM -> {
                    byte[] form = Traffic.form(List.of(new byte[SIZE]));
                    wire.send(AdapterFixture.head("POST", "/uploads")
                            + "Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: " + form.length
                            + "\r\n\r\n");
                    wire.send(Arrays.copyOf(form, SIZE / 2));
                }
                case TUS -> {
                    Wire.Response created = client.create("Upload-Length: " + SIZE + "\r\n");
                    if (created.status() == 201) {
                        wire.send(AdapterFixture.head("PATCH", TusClient.path(created)) + TusClient.TUS
                                + TusClient.BYTES + "Upload-Offset: 0\r\nContent-Length: " + SIZE + "\r\n\r\n");
                        wire.send(half);
                    } else {
                        wire.close();
                    }
                }
            }
        }

        void end(Wire wire, byte[] half) throws IOException {
            switch (this) {
                case CHUNKED -> wire.sendChunk(half).sendChunk(new byte[0]);
                case FORM -> {
                    byte[] form = Traffic.form(List.of(new byte[SIZE]));
                    wire.send(Arrays.copyOfRange(form, SIZE / 2, form.length));
                }
                default -> wire.send(half);
            }
        }
    }

    /** Each of them would fit, but they would not fit together. */
    @ParameterizedTest
    @EnumSource
    void beginTogether_floorStaysFree_restRefused(Way way) throws Exception {
        try (SmallDisk disk = SmallDisk.tmpfs(directory, "size=64m");
                StoreServer server = start(disk)) {
            long room = disk.path().toFile().getUsableSpace() - FLOOR;
            TusClient client = new TusClient(server.port());
            byte[] half = new byte[SIZE / 2];
            List<Wire> wires = new ArrayList<>();
            int stored = 0;
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    Wire wire = new Wire(server.port());
                    wires.add(wire);
                    try {
                        way.begin(wire, client, half);
                    } catch (IOException e) {
                        // refused before it has sent all
                    }
                }
                for (Wire wire : wires) {
                    int status;
                    try {
                        way.end(wire, half);
                        status = wire.statusOrEnd();
                    } catch (IOException e) {
                        status = Wire.END;
                    }
                    assertThat(status).isIn(201, 204, 507, Wire.END);
                    stored += status == 201 || status == 204 ? 1 : 0;
                    assertThat(disk.path().toFile().getUsableSpace()).isGreaterThanOrEqualTo(FLOOR);
                }
            } finally {
                for (Wire wire : wires) {
                    wire.close();
                }
            }
            long fitting = room / SIZE;
            assertThat((long) stored).isBetween(way == Way.CHUNKED ? 4 : fitting * 9 / 10, fitting);
        }
    }

    @Test
    void declaredTooLarge_refusedBeforeTheBodyIsRead() throws Exception {
        try (SmallDisk disk = SmallDisk.tmpfs(directory, "size=64m");
                StoreServer server = start(disk)) {
            for (String request : List.of(
                    AdapterFixture.head("POST", "/uploads") + "Content-Length: 45000000\r\n",
                    AdapterFixture.head("POST", "/uploads")
                            + "Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: 45000000\r\n",
                    AdapterFixture.head("POST", "/uploads") + TusClient.TUS + TusClient.BYTES
                            + "Upload-Length: 45000000\r\nContent-Length: 1000000\r\n")) {
                try (Wire wire = new Wire(server.port())) {
                    wire.send(request + "Expect: 100-continue\r\n\r\n");
                    assertThat(wire.response().status()).as(request).isEqualTo(507);
                }
            }
            assertThat(Traffic.leftFiles(disk.path())).isEmpty();
        }
    }

    enum FewInodes {
        TMPFS,
        EXT4;

        SmallDisk make(Path directory) throws IOException {
            return this == TMPFS
                    ? SmallDisk.tmpfs(directory, "size=64m,nr_inodes=400")
                    : SmallDisk.ext4(directory, 64, "-N", "400");
        }
    }

    /**
     * The host keeps what it has given receipts for, and what has begun, whatever else fills its disk. It does so also
     * after a cleaner of temporary files has deleted what it had made for that.
     */
    @ParameterizedTest
    @CsvSource({"TMPFS, store", "TMPFS, " + StoreServer.SEALED, "EXT4, store", "EXT4, " + StoreServer.SEALED})
    void noInodeNoByte_newRefused_allElseGoesOn(FewInodes kind, String name) throws Exception {
        traffic = new Traffic(ring, 1, name.equals(StoreServer.SEALED));
        try (SmallDisk disk = kind.make(directory)) {
            Path root = disk.path().resolve(name);
            String begun;
            UploadReceipt claimed;
            UploadReceipt discarded;
            UploadReceipt later;
            try (StoreServer server = StoreServer.start(ring, root);
                    Wire wire = new Wire(server.port())) {
                claimed = upload(wire);
                discarded = upload(wire);
                LockedDirectory.deleteTree(root.resolve("incoming"));
                later = upload(wire);
                TusClient client = new TusClient(server.port());
                begun = client.created(10_000);
                assertThat(client.patch(begun, 0, new byte[5_000]).status()).isEqualTo(204);

                fillInodes(disk);
                assertThat(refusal(server)).isEqualTo(507);
                assertThat(refusal(server)).isEqualTo(507);
                assertThat(client.create("Upload-Length: 10\r\n").status()).isEqualTo(507);
                Wire.Response last = client.patch(begun, 5_000, new byte[5_000]);
                assertThat(last.status()).as(last.body()).isEqualTo(204);
                assertThat(last.header("Upload-Receipt")).isNotEmpty();

                fillBytes(disk);
                assertThat(claim(server, claimed, "order-1")).isEqualTo(204);
                assertThat(claim(server, claimed, "order-2")).isEqualTo(409);
                assertThat(discard(server, discarded)).isEqualTo(204);
                assertThat(claim(server, discarded, "order-1")).isEqualTo(410);
            }
            fillInodes(disk);
            fillBytes(disk);
            try (StoreServer server = StoreServer.start(ring, root);
                    Wire wire = new Wire(server.port())) {
                assertThat(refusal(server)).isEqualTo(507);
                assertThat(claim(server, claimed, "order-2")).isEqualTo(409);
                assertThat(claim(server, later, "order-3")).isEqualTo(204);
                assertThat(discard(server, later)).isEqualTo(204);
                assertThat(new TusClient(server.port()).head(begun).header("Upload-Receipt"))
                        .isNotEmpty();
                empty(disk);
                assertThat(upload(wire).size()).isEqualTo(1000);
            }
        }
    }

    private UploadReceipt upload(Wire wire) throws Exception {
        Wire.Response response = traffic.upload(wire, true, List.of(new byte[1000]));
        assertThat(response.status()).as(response.body()).isEqualTo(201);
        return traffic.last();
    }

    /** A refusal ends the connection, so each request has its own. */
    private int claim(StoreServer server, UploadReceipt receipt, String order) throws IOException {
        try (Wire wire = new Wire(server.port())) {
            return traffic.claim(wire, receipt, order).status();
        }
    }

    private int discard(StoreServer server, UploadReceipt receipt) throws IOException {
        try (Wire wire = new Wire(server.port())) {
            return traffic.discard(wire, receipt).status();
        }
    }

    private int refusal(StoreServer server) throws IOException {
        try (Wire wire = new Wire(server.port())) {
            return traffic.upload(wire, true, List.of(new byte[10])).status();
        }
    }

    private static void fillInodes(SmallDisk disk) throws IOException {
        Path filler = Files.createDirectories(disk.path().resolve("filler"));
        assertThatIOException()
                .isThrownBy(() -> {
                    while (true) {
                        Files.createFile(filler.resolve(UploadId.random().toString()));
                    }
                })
                .withMessageContaining("No space left");
    }

    private static void fillBytes(SmallDisk disk) throws IOException {
        Path filler = disk.path().resolve("filler");
        Path file;
        try (var files = Files.list(filler)) {
            file = files.findFirst().orElseThrow();
        }
        assertThatIOException()
                .isThrownBy(() -> {
                    while (true) {
                        Files.write(file, new byte[4096], StandardOpenOption.APPEND);
                    }
                })
                .withMessageContaining("No space left");
        assertThat(disk.path().toFile().getUsableSpace()).isZero();
    }

    private static void empty(SmallDisk disk) throws IOException {
        LockedDirectory.deleteTree(disk.path().resolve("filler"));
    }

    /** What an upload has reserved goes back when its client is gone. */
    @Test
    void clientsGone_roomAgain() throws Exception {
        try (SmallDisk disk = SmallDisk.tmpfs(directory, "size=64m");
                StoreServer server = start(disk)) {
            for (int i = 0; i < 10; i++) {
                try (Wire wire = new Wire(server.port())) {
                    wire.send(AdapterFixture.head("POST", "/uploads") + "Content-Length: 30000000\r\n\r\nx");
                    // the space is reserved before the byte is written
                    while (Traffic.leftFiles(disk.path()).stream()
                            .noneMatch(file -> file.toFile().length() == 1)) {
                        Thread.onSpinWait();
                    }
                    try (Wire other = new Wire(server.port())) {
                        other.send(AdapterFixture.head("POST", "/uploads")
                                + "Content-Length: 30000000\r\nExpect: 100-continue\r\n\r\n");
                        assertThat(other.response().status()).isEqualTo(507);
                    }
                    wire.reset();
                }
                assertThat(Traffic.filesInTheEnd(disk.path().resolve("store"))).isEmpty();
            }
        }
    }
}
