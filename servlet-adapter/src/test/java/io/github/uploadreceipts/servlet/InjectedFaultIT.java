package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.testing.Required;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Makes each system call of an upload fail once, in a running server. A refused upload leaves nothing, and the next
 * upload succeeds.
 */
@Tag("one-container")
class InjectedFaultIT {

    private static final String MKDIR = "?mkdir,?mkdirat";
    private static final String CHMOD = "?chmod,?fchmod,?fchmodat,?fchmodat2";
    private static final String LINK = "?link,?linkat";
    private static final String UNLINK = "?unlink,?unlinkat";
    private static final String RENAME = "?rename,?renameat,?renameat2";
    private static final int SENT_BEFORE = 40_000;
    private static final int ACKNOWLEDGED = 10_000;

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("test");

    @TempDir
    Path directory;

    private Path root;
    private StoreServer.Program server;
    private Traffic traffic;
    private final Set<String> keptOpen = new HashSet<>();
    private int injected;

    @BeforeEach
    void start() throws Exception {
        root = directory.toRealPath().resolve("store");
        Path ringFile = directory.resolve("ring.json");
        ring.write(ringFile);
        server = StoreServer.Program.start(ringFile, root);
        traffic = new Traffic(ring, random.nextLong());
        meetAllClasses();
        forget();
    }

    /** Loads all classes first, because opening a class file is a system call, too. */
    private void meetAllClasses() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(upload().status()).isEqualTo(201);
            claim(traffic.last(), "order-1", 204);
            claim(traffic.last(), "order-2", 409);
        }
        forget();
        resumeUnder(new ArrayList<>(), List.of());
        Path elsewhere = directory.toRealPath().resolve("elsewhere");
        Files.move(root, elsewhere);
        assertThat(upload().status()).isEqualTo(503);
        Files.move(elsewhere, root);
    }

    @AfterEach
    void end() throws IOException {
        server.close();
    }

    /** Makes system calls fail, as long as strace runs. */
    private final class Fault implements AutoCloseable {

        private final Path trace = directory.resolve("trace");
        private final Process strace;

        /** @param injections such as {@code fsync:error=EIO:when=1}, of calls on these paths, or all */
        Fault(List<Path> paths, String... injections) throws IOException {
            List<String> command = new ArrayList<>(List.of("strace", "-f", "-p", "" + server.pid(), "-o", "" + trace));
            paths.forEach(path -> command.addAll(List.of("-P", path.toString())));
            command.addAll(List.of("-e", "signal=none", "-e"));
            command.add("trace="
                    + String.join(
                            ",",
                            Stream.of(injections)
                                    .map(text -> text.substring(0, text.indexOf(':')))
                                    .toList()));
            for (String injection : injections) {
                command.addAll(List.of("-e", "inject=" + injection));
            }
            Files.deleteIfExists(trace);
            Process process = null;
            String said;
            try {
                process = new ProcessBuilder(command).redirectErrorStream(true).start();
                said = String.valueOf(
                        process.inputReader(StandardCharsets.UTF_8).readLine());
            } catch (IOException e) {
                said = e.toString();
            }
            Required.require("strace", said.contains("attached"), "strace cannot be used here: " + said);
            strace = process;
        }

        boolean wasInjected() throws IOException {
            return Files.exists(trace) && Files.readString(trace).contains("(INJECTED)");
        }

        String calls() throws IOException {
            return Files.exists(trace) ? Files.readString(trace) : "";
        }

        /** Ends strace, so that the trace is complete. */
        void end() {
            strace.destroy();
            strace.onExit().join();
        }

        @Override
        public void close() {
            end();
        }
    }

    private Wire.Response upload() throws IOException {
        try (Wire wire = new Wire(server.port())) {
            return traffic.upload(wire, false, List.of(random(120_000), random(5_000)));
        }
    }

    private byte[] random(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private void claim(UploadReceipt receipt, String order, int status) throws IOException {
        try (Wire wire = new Wire(server.port())) {
            assertThat(traffic.claim(wire, receipt, order).status()).as(order).isEqualTo(status);
        }
    }

    /** The files and directories that an upload uses while its first file is received. */
    private enum Place {
        FILE,
        UPLOADS,
        HOUR;

        List<Path> paths(Path root, Path incoming) {
            Path uploads = root.resolve("uploads");
            List<Path> hours = Stream.of(0, 1)
                    .map(more -> Instant.now().plus(Duration.ofHours(24 + more)))
                    .map(expiry -> uploads.resolve(ExpiryHour.of(expiry).toString()))
                    .toList();
            return switch (this) {
                case FILE -> List.of(incoming);
                case UPLOADS -> List.of(uploads);
                case HOUR ->
                    Stream.concat(hours.stream(), hours.stream().map(hour -> hour.resolve(incoming.getFileName())))
                            .toList();
            };
        }
    }

    /** Uploads two files in one form. The fault hits the first file or its directory. */
    private Wire.Response uploadUnder(Place place, List<String> hit, String... injections) throws Exception {
        List<byte[]> files = List.of(random(120_000), random(5_000));
        byte[] form = Traffic.form(files);
        try (Wire wire = new Wire(server.port())) {
            wire.send(AdapterFixture.head("POST", "/uploads")
                    + "Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: " + form.length + "\r\n\r\n");
            wire.send(Arrays.copyOf(form, SENT_BEFORE));
            Path incoming = awaitIncoming();
            try (Fault fault = new Fault(place.paths(root, incoming), injections)) {
                wire.send(Arrays.copyOfRange(form, SENT_BEFORE, form.length));
                Wire.Response response = wire.response();
                List<String> digests = files.stream().map(Traffic::digest).toList();
                if (response.status() == 201) {
                    traffic.promised(AdapterFixture.tokens(response), digests);
                }
                traffic.sent(digests);
                awaitNothingOpen(injections[0].startsWith("close"));
                fault.end();
                if (fault.wasInjected()) {
                    hit.add(fault.calls());
                }
                return response;
            }
        }
    }

    private Path awaitIncoming() throws Exception {
        for (int i = 0; i < 500; i++) {
            List<Path> files = Traffic.leftFiles(root.resolve("incoming"));
            if (!files.isEmpty()) {
                return files.get(0);
            }
            Thread.sleep(10);
        }
        throw new AssertionError("no upload arrives");
    }

    /** Returns the files of the store that the server has open, except its lock. */
    private List<String> openFiles() throws IOException {
        List<String> open = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + server.pid() + "/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                try {
                    String file = Files.readSymbolicLink(descriptor).toString();
                    if (file.startsWith(root.toString()) && !file.endsWith("/lock")) {
                        open.add(descriptor.getFileName() + " " + file);
                    }
                } catch (IOException e) {
                    // the descriptor was closed during the listing
                }
            }
        }
        open.removeAll(keptOpen);
        return open;
    }

    /** @param closeFails whether a close was not even tried, so that its descriptor stays */
    private void awaitNothingOpen(boolean closeFails) throws Exception {
        for (int i = 0; i < (closeFails ? 20 : 500) && !openFiles().isEmpty(); i++) {
            Thread.sleep(10);
        }
        if (closeFails) {
            keptOpen.addAll(openFiles());
        }
        assertThat(openFiles()).as("descriptors").isEmpty();
    }

    private void forget() throws IOException {
        traffic = new Traffic(ring, random.nextLong());
        for (String kind : List.of("uploads", "partial")) {
            for (Path file : Traffic.files(root.resolve(kind))) {
                Files.delete(file);
            }
            try (Stream<Path> all = Files.list(root.resolve(kind))) {
                Stream<Path> hours =
                        all.filter(path -> !path.getFileName().toString().startsWith("store-"));
                for (Path hour : (Iterable<Path>) hours::iterator) {
                    Files.delete(hour);
                }
            }
        }
    }

    /**
     * Makes the first such call fail, then the second, and so on, until an upload makes no more of them. On a full disk
     * the store gives up its spares and tries again, so the later calls fail, too.
     */
    private void sweep(Place place, String call, String fault, int status) throws Exception {
        for (int n = 1; ; n++) {
            String what = place + " " + call + " " + fault + " " + n;
            List<String> hit = new ArrayList<>();
            Wire.Response response = uploadUnder(place, hit, call + ":" + fault + ":when=" + n + andLater(fault));
            if (!hit.isEmpty()) {
                injected++;
                assertThat(response.status()).as(what + ": " + hit).isEqualTo(status);
                assertThat(response.body()).as(what).doesNotContain("receipts\"", root.toString());
            } else {
                assertThat(response.status()).as(what).isEqualTo(201);
            }
            assertThat(traffic.check(root, 1)).as(what).isEmpty();
            assertThat(Traffic.filesInTheEnd(root)).as(what).hasSize(traffic.promiseCount());
            forget();
            assertThat(upload().status()).as("after " + what).isEqualTo(201);
            forget();
            if (hit.isEmpty()) {
                assertThat(n).as("calls met: " + what).isGreaterThan(1);
                return;
            }
        }
    }

    private static String andLater(String fault) {
        return fault.equals("error=ENOSPC") ? "+" : "";
    }

    @Test
    void file_anyCallFails_refusedAndGone() throws Exception {
        sweep(Place.FILE, "write", "error=EIO", 500);
        sweep(Place.FILE, "write", "error=ENOSPC", 507);
        sweep(Place.FILE, "write", "error=EDQUOT", 507);
        sweep(Place.FILE, CHMOD, "error=EPERM", 500);
        sweep(Place.FILE, "fsync", "error=EIO", 500);
        sweep(Place.FILE, "fsync", "error=ENOSPC", 507);
        sweep(Place.FILE, "close", "error=EIO", 500);
        sweep(Place.FILE, LINK, "error=EIO", 500);
        sweep(Place.FILE, LINK, "error=ENOSPC", 507);
        System.out.println(injected + " injections on the file");
    }

    @Test
    void directories_anyCallFails_refusedAndGone() throws Exception {
        sweep(Place.UPLOADS, "openat", "error=EIO", 500);
        sweep(Place.UPLOADS, "fsync", "error=EIO", 500);
        sweep(Place.UPLOADS, "close", "error=EIO", 500);
        sweep(Place.HOUR, MKDIR, "error=EIO", 500);
        sweep(Place.HOUR, MKDIR, "error=ENOSPC", 507);
        sweep(Place.HOUR, CHMOD, "error=EIO", 500);
        sweep(Place.HOUR, "openat", "error=EMFILE", 500);
        sweep(Place.HOUR, "fsync", "error=EIO", 500);
        sweep(Place.HOUR, "fsync", "error=ENOSPC", 507);
        sweep(Place.HOUR, "close", "error=EIO", 500);
        System.out.println(injected + " injections on the directories");
    }

    /** A call may report a write that did not happen. Only bytes that are really in the file get a receipt. */
    @Test
    void write_lies_refused() throws Exception {
        sweep(Place.FILE, "write", "retval=1", 500);
        sweep(Place.FILE, "write", "retval=4096", 500);
        System.out.println(injected + " writes that lied");
    }

    /** If the file cannot be removed, it stays visible. It is complete, and nobody gets a receipt. */
    @Test
    void forceAndDeleteFail_completeFileWithoutReceipt() throws Exception {
        List<String> hit = new ArrayList<>();
        Wire.Response response = uploadUnder(Place.HOUR, hit, "fsync:error=EIO", UNLINK + ":error=EIO");
        assertThat(hit).isNotEmpty();
        assertThat(response.status()).isEqualTo(500);
        assertThat(traffic.check(root, 1)).isEmpty();
        assertThat(traffic.promiseCount()).isZero();
        assertThat(traffic.unpromisedCount()).isPositive();
    }

    @Test
    void create_fails_refused() throws Exception {
        for (String error : List.of("EIO", "ENOSPC", "EMFILE", "EACCES")) {
            Wire.Response response;
            try (Fault fault = new Fault(List.of(), "openat:error=" + error + ":when=1")) {
                response = upload();
                fault.end();
                assertThat(fault.calls()).contains("/incoming/").contains("(INJECTED)");
            }
            assertThat(response.status()).as(error).isEqualTo(error.equals("ENOSPC") ? 507 : 500);
            assertThat(Traffic.leftFiles(root)).as(error).isEmpty();
            awaitNothingOpen(false);
            assertThat(upload().status()).isEqualTo(201);
            forget();
        }
    }

    /** A claim must not succeed if it was not recorded. Repeating it succeeds, and another claim does not. */
    @Test
    void claim_anyCallFails_refusedThenIdempotent() throws Exception {
        for (String call : List.of("openat", LINK, "fsync")) {
            int n = 1;
            for (boolean more = true; more; n++) {
                assertThat(upload().status()).isEqualTo(201);
                UploadReceipt receipt = traffic.last();
                try (Fault fault = new Fault(List.of(), call + ":error=EIO:when=" + n);
                        Wire wire = new Wire(server.port())) {
                    int status = traffic.claim(wire, receipt, "order-7").status();
                    fault.end();
                    more = fault.wasInjected();
                    injected += more ? 1 : 0;
                    assertThat(status).as(call + " " + n + " " + fault.calls()).isEqualTo(more ? 500 : 204);
                }
                assertThat(Traffic.leftFiles(root.resolve("incoming"))).isEmpty();
                claim(receipt, "order-7", 204);
                claim(receipt, "order-8", 409);
                awaitNothingOpen(false);
                forget();
            }
            assertThat(n).as("calls met: " + call).isGreaterThan(2);
        }
        System.out.println(injected + " injections on claims");
    }

    /**
     * Appends the second half of an upload, then resumes at the host's offset.
     *
     * @return the status of the response to the second half
     */
    private int resumeUnder(List<String> hit, List<Path> paths, String... injections) throws Exception {
        TusClient client = new TusClient(server.port());
        byte[] content = random(60_000);
        String digest = Traffic.digest(content);
        traffic.sent(List.of(digest));
        String path = client.created(content.length);
        assertThat(client.patch(path, 0, Arrays.copyOf(content, ACKNOWLEDGED)).status())
                .isEqualTo(204);
        byte[] half = Arrays.copyOfRange(content, ACKNOWLEDGED, content.length);
        Wire.Response response;
        if (injections.length == 0) {
            response = client.patch(path, ACKNOWLEDGED, half);
        } else {
            try (Fault fault = new Fault(paths, injections)) {
                response = client.patch(path, ACKNOWLEDGED, half);
                awaitNothingOpen(false);
                fault.end();
                if (fault.wasInjected()) {
                    hit.add(fault.calls());
                }
            }
        }
        Wire.Response now = client.head(path);
        assertThat(now.status()).as("HEAD after " + response + hit).isEqualTo(200);
        int offset = Integer.parseInt(now.header("Upload-Offset"));
        assertThat(offset).isBetween(ACKNOWLEDGED, content.length);
        if (offset < content.length) {
            now = client.patch(path, offset, Arrays.copyOfRange(content, offset, content.length));
            assertThat(now.status()).as(now.body()).isEqualTo(204);
        }
        assertThat(response.header("Upload-Receipt"))
                .isEqualTo(response.status() == 204 ? now.header("Upload-Receipt") : "");
        traffic.promised(List.of(now.header("Upload-Receipt")), List.of(digest));
        assertThat(traffic.check(root, 1)).as(response.toString()).isEmpty();
        awaitNothingOpen(false);
        return response.status();
    }

    private void sweepResumed(String call, String fault, int status) throws Exception {
        for (int n = 1; ; n++) {
            List<String> hit = new ArrayList<>();
            int responded = resumeUnder(hit, List.of(), call + ":" + fault + ":when=" + n + andLater(fault));
            String what = call + " " + fault + " " + n + ": " + hit;
            assertThat(responded).as(what).isEqualTo(hit.isEmpty() ? 204 : status);
            forget();
            if (hit.isEmpty()) {
                assertThat(n).as("calls met: " + what).isGreaterThan(1);
                return;
            }
            injected++;
        }
    }

    /**
     * Whichever force fails, of the bytes, the offset, the state, its directory or the upload's hour, the client can
     * resume.
     */
    @Test
    void resumed_anyForceFails_notAcknowledged_thenResumes() throws Exception {
        sweepResumed("fsync", "error=EIO", 500);
        sweepResumed("fsync", "error=ENOSPC", 507);
        System.out.println(injected + " injections on forces of a resumed upload");
    }

    @Test
    void resumed_anyNameFails_notAcknowledged_thenResumes() throws Exception {
        sweepResumed(RENAME, "error=EIO", 500);
        sweepResumed(RENAME, "error=ENOSPC", 507);
        sweepResumed(LINK, "error=EIO", 500);
        sweepResumed(LINK, "error=ENOSPC", 507);
        sweepResumed("pwrite64", "error=EIO", 500);
        sweepResumed("pwrite64", "error=ENOSPC", 507);
        System.out.println(injected + " injections on names and numbers of a resumed upload");
    }

    @Test
    void creation_anyForceFails_refused_andNothingLeft() throws Exception {
        TusClient client = new TusClient(server.port());
        for (String call : List.of("fsync", LINK)) {
            int n = 1;
            for (boolean more = true; more; n++) {
                Wire.Response response;
                try (Fault fault = new Fault(List.of(), call + ":error=EIO:when=" + n)) {
                    response = client.create("Upload-Length: 5\r\n");
                    fault.end();
                    more = fault.wasInjected();
                }
                assertThat(response.status()).as(call + " " + n).isEqualTo(more ? 500 : 201);
                assertThat(Traffic.leftFiles(root.resolve("partial")))
                        .as(call + " " + n)
                        .hasSize(more ? 0 : 2);
                forget();
            }
            assertThat(n).as("calls met: " + call).isGreaterThan(2);
        }
    }

    /** The limit cuts one write short and makes the next one fail. */
    @Test
    void fileSizeLimit_shortWrite_refused() throws Exception {
        server.close();
        server = StoreServer.Program.start(directory.resolve("ring.json"), root, "ulimit -f 200;");
        try (Wire wire = new Wire(server.port())) {
            assertThat(traffic.upload(wire, true, List.of(random(400_000))).status())
                    .isEqualTo(500);
        }
        assertThat(Traffic.leftFiles(root)).isEmpty();
        try (Wire wire = new Wire(server.port())) {
            assertThat(traffic.upload(wire, true, List.of(random(60_000))).status())
                    .isEqualTo(201);
        }
        assertThat(traffic.check(root, 1)).isEmpty();
    }
}
