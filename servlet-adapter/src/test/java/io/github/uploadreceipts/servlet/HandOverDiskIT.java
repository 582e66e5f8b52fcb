package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.disk.LockedDirectory;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Await;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Cuts the power while uploads are handed over to a party that waits, and while it finishes them. The next start tells of
 * each upload whose client has a receipt, if that was not done before; a verdict that was acknowledged, or told to a client,
 * stays what it was. On a full disk a verdict is kept, or refused and can be repeated.
 */
@Tag("one-container")
class HandOverDiskIT {

    private static final int CUTS = Integer.getInteger("upload-receipts-test.cuts", 40) / 2;
    private static final int CUTS_PER_STORE = 4;
    private static final int MOST_CLIENTS = 4;
    private static final int LONGEST_MILLIS = 500;
    private static final int UPLOADS = 150;
    private static final String SCANNER = "scanner";
    private static final byte[] BYTES = "hello".getBytes(StandardCharsets.US_ASCII);

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("test");
    private final Set<UploadId> told = ConcurrentHashMap.newKeySet();
    private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger heard = new AtomicInteger();

    /** Whether what a host says counts: without power, no host could have sent it. */
    private volatile boolean power;

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

    /** An upload whose client has its receipt, and what the scanner says about it. */
    private static final class Sent {

        final String path;
        final UploadReceipt receipt;
        final Verdict verdict;

        /** Whether a host has acknowledged the verdict, or told it. */
        volatile boolean certain;

        Sent(String path, UploadReceipt receipt, Verdict verdict) {
            this.path = path;
            this.receipt = receipt;
            this.verdict = verdict;
        }

        String status() {
            return verdict.status() == Verdict.Status.DONE ? "done" : "refused";
        }
    }

    /** A host in a container, and what clients and the scanner do there until the power is cut. */
    private final class Server implements AutoCloseable {

        final UploadHost host;
        final Container.Running running;
        final TusClient client;

        Server(Path root) throws Exception {
            host = UploadHost.builder(ring, LocalUploadStore.at(root))
                    .internalUrl("http://127.0.0.1:8080")
                    .developmentMode()
                    .handOver(SCANNER, upload -> {
                        told.add(upload.receipt().id());
                        return Verdict.waiting();
                    })
                    .build();
            UploadFilter filter = UploadFilter.create(host, UploadPolicy.anyone(StoreServer.LIMITS));
            running = Container.JETTY_EE10.startAlone(
                    Container.App.of(Map.of("/uploads/*", filter), new HttpServlet() {}, true));
            client = new TusClient(running.port());
        }

        void uploadUntilCut(Random own) {
            while (power) {
                try {
                    uploadAndFinish(own);
                } catch (Exception e) {
                    if (power) {
                        wrong.add("with power: " + e);
                    }
                }
            }
        }

        private void uploadAndFinish(Random own) throws Exception {
            Optional<Sent> upload = upload(own);
            if (upload.isPresent() && own.nextInt(3) > 0) {
                finish(upload.get());
            }
        }

        /** Returns the upload, unless there was no power. */
        Optional<Sent> upload(Random own) throws Exception {
            Wire.Response created = client.create("Upload-Length: " + BYTES.length + "\r\n" + TusClient.BYTES, BYTES);
            String token = created.header("Upload-Receipt");
            if (!power || token.isEmpty()) {
                return Optional.empty();
            }
            Verdict verdict = own.nextBoolean() ? Verdict.done() : Verdict.refused("a virus");
            Sent upload = new Sent(TusClient.path(created), host.receipts().verify(token), verdict);
            sent.add(upload);
            return Optional.of(upload);
        }

        private void finish(Sent upload) throws Exception {
            UploadId id = upload.receipt.id();
            while (power && !told.contains(id)) {
                Thread.onSpinWait();
            }
            CompletableFuture<Void> finished = CompletableFuture.runAsync(() -> finishNow(upload));
            while (power && !finished.isDone()) {
                look(upload);
            }
            finished.handle((any, failure) -> null).join();
            look(upload);
        }

        private void finishNow(Sent upload) {
            try {
                host.finish(upload.receipt, SCANNER, upload.verdict);
                if (power) {
                    acknowledged.incrementAndGet();
                    upload.certain = true;
                }
            } catch (IOException e) {
                if (power) {
                    wrong.add("not finished: " + e);
                }
            }
        }

        /** What a client was told may come before the scanner gets its response. */
        private void look(Sent upload) throws IOException {
            if (!power) {
                return;
            }
            String status = client.head(upload.path).header("Upload-Status");
            if (power && !"processing".equals(status)) {
                if (!upload.status().equals(status)) {
                    wrong.add(status + " was told of an upload that is " + upload.status());
                }
                heard.incrementAndGet();
                upload.certain = true;
            }
        }

        @Override
        public void close() throws IOException {
            running.close();
            host.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void cut_atAnyMoment_handedOverAndVerdictsStay(String kind) throws Exception {
        int certain = 0;
        int open = 0;
        try (SmallDisk disk = kind.equals("xfs") ? SmallDisk.xfs(directory) : SmallDisk.ext4(directory, 64)) {
            for (int cut = 1; cut <= CUTS; cut++) {
                Path root = disk.path().resolve("store" + cut / CUTS_PER_STORE);
                if (cut % CUTS_PER_STORE == 0) {
                    sent.clear();
                    told.clear();
                }
                serveUntilCut(disk, root);
                disk.restore();
                bury(root.resolve("incoming"));
                certain += (int) sent.stream().filter(upload -> upload.certain).count();
                open += (int) sent.stream().filter(upload -> !upload.certain).count();
                check(root, cut);
            }
        }
        System.out.printf(
                "%s: %d cuts; %d verdicts stayed, of which %d were acknowledged and %d told; %d uploads waited, and were"
                        + " handed over%n",
                kind, CUTS, certain, acknowledged.get(), heard.get(), open);
        assertThat(wrong).isEmpty();
        assertThat(certain).isPositive();
        assertThat(open).isPositive();
    }

    private void serveUntilCut(SmallDisk disk, Path root) throws Exception {
        power = true;
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        try (Server server = new Server(root)) {
            SmallDisk.Switch off = disk.powerSwitch();
            for (int i = random.nextInt(MOST_CLIENTS); i >= 0; i--) {
                long seed = random.nextLong();
                clients.add(CompletableFuture.runAsync(
                        () -> server.uploadUntilCut(new Random(seed)), task -> new Thread(task, "client").start()));
            }
            int begun = sent.size();
            while (sent.size() == begun && wrong.isEmpty()) {
                Thread.sleep(1);
            }
            TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_MILLIS));
            power = false;
            off.cut();
            clients.forEach(CompletableFuture::join);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (IOException e) {
            // a host without power need not end well
        }
    }

    /** Afterwards every upload has its verdict, and waits no more. */
    private void check(Path root, int cut) throws Exception {
        try (Server server = new Server(root)) {
            for (Sent upload : sent) {
                String status = server.client.head(upload.path).header("Upload-Status");
                if (upload.certain && !upload.status().equals(status)) {
                    wrong.add("cut " + cut + ": was " + upload.status() + ", and is " + status);
                }
                Await.until("telling of " + upload.receipt.id(), () -> told.contains(upload.receipt.id()));
                server.host.finish(upload.receipt, SCANNER, upload.verdict);
                upload.certain = true;
                assertThat(server.client.head(upload.path).header("Upload-Status"))
                        .isEqualTo(upload.status());
            }
        }
    }

    /** A verdict takes the place of a record, and the store has spares. Only without these it can be refused. */
    @ParameterizedTest
    @ValueSource(strings = {"size=16m", "size=64m,nr_inodes=1500"})
    void full_finishIsKept_orRefusedAndRepeatedWithSpace(String limit) throws Exception {
        try (SmallDisk disk = SmallDisk.tmpfs(directory, limit);
                Server server = new Server(disk.path().resolve("store"))) {
            power = true;
            for (int i = 0; i < UPLOADS; i++) {
                assertThat(server.upload(random)).isPresent();
            }
            Await.until("telling of all", () -> told.size() == UPLOADS);
            List<Sent> uploads = List.copyOf(sent);
            Path filler = Files.createDirectory(disk.path().resolve("filler"));
            fill(filler);
            finishAll(server, uploads.subList(0, UPLOADS / 2));

            LockedDirectory.deleteTree(disk.path().resolve("store/incoming"));
            fill(filler);
            List<Sent> refused = new ArrayList<>();
            for (Sent upload : uploads.subList(UPLOADS / 2, UPLOADS)) {
                try {
                    finishAll(server, List.of(upload));
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("STORAGE_FAILED");
                    assertStatus(server, upload, "processing");
                    refused.add(upload);
                }
            }
            assertThat(refused).isNotEmpty();
            LockedDirectory.deleteTree(filler);
            finishAll(server, refused);
        }
    }

    private static void finishAll(Server server, List<Sent> uploads) throws IOException {
        for (Sent upload : uploads) {
            server.host.finish(upload.receipt, SCANNER, upload.verdict);
            assertStatus(server, upload, upload.status());
        }
    }

    private static void assertStatus(Server server, Sent upload, String status) throws IOException {
        assertThat(server.client.head(upload.path).header("Upload-Status")).isEqualTo(status);
    }

    private static void fill(Path filler) {
        assertThatIOException()
                .isThrownBy(() -> {
                    while (true) {
                        Files.write(filler.resolve(UploadId.random().toString()), new byte[4096]);
                    }
                })
                .withMessageContaining("No space left");
    }

    /** This JVM is not dead, and a JVM never cleans up its own directories. */
    private static void bury(Path incoming) throws IOException {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(incoming, Files::isDirectory)) {
            for (Path each : directories) {
                Files.move(each, incoming.resolve("dead-" + each.getFileName()));
            }
        }
    }
}
