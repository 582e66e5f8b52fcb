package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.HandOverGate;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Await;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One host in one container, its store, and requests to it. */
public final class AdapterFixture implements AutoCloseable {

    /** The most bytes that a client can push after a refusal: those that are read on, and those in buffers. */
    static final long MAX_PUSHED = 96L << 20;

    /** A peer of the host. */
    static final URI OTHER = URI.create("http://127.0.0.1:8081");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    final Path root;
    final KeyRing keyRing = KeyRing.generate("test");
    final RecordingStore store;
    final RecordingListener listener = new RecordingListener();
    public final UploadHost host;
    public final Engine engine;
    private Container.Running running;

    public AdapterFixture(Path root) throws IOException {
        this(root, Delivery.direct());
    }

    /**
     * Its store does not force, because forces take more time than anything else. The tests with {@link StoreServer}
     * check that each force is where it must be.
     */
    public AdapterFixture(Path root, Delivery delivery) throws IOException {
        this(root, delivery, LocalUploadStore.builder(root));
    }

    /** Returns a fixture whose host keeps uploads sealed. */
    static AdapterFixture sealed(Path root) throws IOException {
        return new AdapterFixture(
                root, Delivery.direct(), LocalUploadStore.builder(root).sealed());
    }

    private AdapterFixture(Path root, Delivery delivery, LocalUploadStore.Builder local) throws IOException {
        this.root = root;
        this.store = new RecordingStore(local.durability(Durability.BUFFERED).open());
        this.host = UploadHost.builder(keyRing, store)
                .encryptReceipts(store.isSealed())
                .internalUrl("http://127.0.0.1:8080")
                .peers(OTHER.toString(), "http://127.0.0.1:8082")
                .delivery(delivery)
                .listener(listener)
                .developmentMode()
                .build();
        this.engine = HostAccess.engine(host);
    }

    AdapterFixture start(Container container, Container.App app) throws Exception {
        running = container.start(app);
        return this;
    }

    /** Starts a container that no other test uses, for a test that counts the open descriptors of this process. */
    AdapterFixture startAlone(Container container, Container.App app) throws Exception {
        running = container.startAlone(app);
        return this;
    }

    AdapterFixture start(Container container, boolean async, Map<String, Filter> filters, HttpServlet servlet)
            throws Exception {
        return start(container, Container.App.of(filters, servlet, async));
    }

    AdapterFixture start(Container container, boolean async, UploadFilter filter) throws Exception {
        return start(container, async, Map.of("/uploads/*", filter), new HttpServlet() {});
    }

    AdapterFixture start(Container container, boolean async, UploadLimits limits) throws Exception {
        return start(container, async, UploadFilter.create(host, UploadPolicy.anyone(limits)));
    }

    int port() {
        return running.port();
    }

    /** Returns the request line and the Host field. More header fields can follow. */
    static String head(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    }

    /** Returns the head of an upload of {@code multipart/form-data} with the boundary {@code x}. */
    static String formHead(String... fields) {
        String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        return head("POST", "/uploads") + "Content-Type: multipart/form-data; boundary=x\r\n" + more;
    }

    static byte[] form(String boundary, String... parts) {
        StringBuilder body = new StringBuilder();
        for (String part : parts) {
            body.append("--").append(boundary).append("\r\n").append(part).append("\r\n");
        }
        return (body + "--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8);
    }

    static String filePart(String name, String type, String content) {
        return "Content-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: " + type
                + "\r\n\r\n" + content;
    }

    static String fieldPart(String name, String value) {
        return "Content-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value;
    }

    /** Returns the path of an upload whose owner is {@link #OTHER}. */
    String pathElsewhere() {
        UploadResource elsewhere =
                new UploadResource(OTHER, UploadId.random(), Instant.now().plusSeconds(3600));
        return "/uploads/" + new ResourceTokens(keyRing, Clock.systemUTC()).mint(elsewhere);
    }

    static List<String> tokens(Wire.Response response) throws IOException {
        List<String> tokens = new ArrayList<>();
        for (JsonNode receipt : JSON.readTree(response.body()).path("receipts")) {
            tokens.add(receipt.path("receipt").asText());
        }
        return tokens;
    }

    List<UploadReceipt> receipts(Wire.Response response) throws Exception {
        return host.receipts().verifyAll(tokens(response));
    }

    /** Stores a file without a request. */
    IssuedReceipt store(UploadPermit permit, String name, byte[] content) throws Exception {
        return store(permit, name, "text/plain", content);
    }

    /** Makes every upload one about which the application has said this. */
    void say(Verdict verdict) {
        engine.attach((HandOverGate) Proxy.newProxyInstance(
                HandOverGate.class.getClassLoader(), new Class<?>[] {HandOverGate.class}, (gate, method, arguments) -> {
                    if (method.getName().equals("requireDone")) {
                        throw new UnfinishedException(verdict);
                    }
                    return null;
                }));
    }

    /** Stores a file of any type without a request. */
    IssuedReceipt store(UploadPermit permit, String name, String type, byte[] content) throws Exception {
        try (var incoming = engine.receive(Admission.of(permit), 0, name, type)) {
            incoming.write(ByteBuffer.wrap(content));
            incoming.force();
            return incoming.publish();
        }
    }

    IssuedReceipt store(String name, String content) throws Exception {
        return store(UploadPermit.anyone(UploadLimits.defaults()), name, content.getBytes(StandardCharsets.ISO_8859_1));
    }

    String stored(UploadReceipt receipt) throws IOException {
        try (InputStream in = open(receipt)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private InputStream open(UploadReceipt receipt) throws IOException {
        StoredUpload upload = store.find(receipt.id(), receipt.owner().hour()).orElseThrow();
        return upload.open(0, upload.size());
    }

    /** Returns the files below the store, except lock files, spares and the records of discarded uploads. */
    List<Path> files() throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.filter(Files::isRegularFile)
                    .filter(path -> !path.toString().matches(".*(/lock|/spare-[0-9]+|-discarded)"))
                    .toList();
        } catch (java.io.UncheckedIOException e) {
            return files(); // a file was removed during the walk
        }
    }

    /**
     * Returns the store's files that this process has open, except lock files. Empty where {@code /proc} does not list
     * them.
     */
    List<String> descriptors() throws IOException {
        List<String> open = new ArrayList<>();
        String below = root.toRealPath() + "/";
        if (Files.isDirectory(DESCRIPTORS)) {
            try (Stream<Path> links = Files.list(DESCRIPTORS)) {
                for (Path link : links.toList()) {
                    try {
                        String target = Files.readSymbolicLink(link).toString();
                        if (target.startsWith(below) && !target.contains("lock")) {
                            open.add(target);
                        }
                    } catch (IOException e) {
                        // closed meanwhile
                    }
                }
            }
        }
        return open;
    }

    /** Waits until no file and no open descriptor of an upload is left. */
    void awaitNothingLeft() throws Exception {
        await("nothing left", () -> files().isEmpty() && descriptors().isEmpty());
    }

    void awaitEvents(String... events) throws Exception {
        await("events " + List.of(events), () -> listener.events.equals(List.of(events)));
    }

    /** Waits until the listener was told of this number of uploads. The client may get its response earlier. */
    void awaitStored(String... names) throws Exception {
        await("stored " + List.of(names), () -> listener.stored().size() >= names.length);
        assertThat(listener.stored()).containsExactly(names);
    }

    void await(String what, Await.Condition condition) throws Exception {
        Await.until(Await.PATIENCE, () -> "no " + what + "; " + state(), condition);
    }

    /** A test may leave hundreds of files. */
    private String state() {
        try {
            return "files " + first(files()) + ", open " + first(descriptors()) + ", events " + listener.events;
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String first(List<?> all) {
        return all.size() + " " + all.subList(0, Math.min(5, all.size()));
    }

    /** Checks that a refused client cannot send on for long, in a container that cuts refused bodies. */
    static void assertCut(Container container, Wire wire) throws IOException {
        if (container.cutsRefusedBodies()) {
            assertCut(wire);
        } else {
            wire.close();
        }
    }

    /** Checks that a refused client cannot send on for long: the connection is closed. */
    static void assertCut(Wire wire) throws IOException {
        assertThat(wire.push(2 * MAX_PUSHED)).isLessThan(MAX_PUSHED);
        assertThat(wire.isClosedByPeer()).isTrue();
    }

    static void assertProblem(Wire.Response response, int status, String type) {
        assertThat(response.status()).as(response.body()).isEqualTo(status);
        assertThat(response.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(response.body())
                .startsWith("{\"type\":\"https://uploadreceipts.github.io/problems#" + type + "\",")
                .doesNotContain("/secret", "Exception", "\tat ");
    }

    @Override
    public void close() throws IOException {
        store.goOn.countDown();
        if (running != null) {
            running.close();
            running = null;
        }
        host.close();
    }
}
