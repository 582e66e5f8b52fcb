package io.github.uploadreceipts.servlet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.host.Delivery;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.host.UploadLimits;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One host in one container, its store, and requests to it. */
final class AdapterFixture implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    final Path root;
    final UploadHost host;
    private Container.Running running;

    AdapterFixture(Path root) throws IOException {
        this(root, Delivery.direct());
    }

    AdapterFixture(Path root, Delivery delivery) throws IOException {
        this.root = root;
        this.host = UploadHost.builder(KeyRing.generate("test"), LocalUploadStore.at(root))
                .location("http://127.0.0.1:8080")
                .delivery(delivery)
                .developmentMode()
                .build();
    }

    AdapterFixture start(Container container, boolean async, Map<String, Filter> filters, HttpServlet servlet)
            throws Exception {
        running = container.start(new Container.App(filters, servlet, async, Map.of()));
        return this;
    }

    AdapterFixture start(Container container, boolean async, UploadLimits limits) throws Exception {
        return start(
                container,
                async,
                Map.of("/uploads/*", UploadFilter.create(host, UploadPolicy.anyone(limits))),
                new HttpServlet() {});
    }

    int port() {
        return running.port();
    }

    /** Returns the request line and the host, for more headers to follow. */
    static String head(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
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

    static List<String> tokens(Wire.Answer answer) throws IOException {
        List<String> tokens = new ArrayList<>();
        for (JsonNode receipt : JSON.readTree(answer.body()).path("receipts")) {
            tokens.add(receipt.path("receipt").asText());
        }
        return tokens;
    }

    List<UploadReceipt> receipts(Wire.Answer answer) throws Exception {
        return host.receipts().verifyAll(tokens(answer));
    }

    String stored(UploadReceipt receipt) throws IOException {
        var upload = host.store().find(receipt.id(), receipt.owner().hour()).orElseThrow();
        return Files.readString(upload.file().orElseThrow(), StandardCharsets.ISO_8859_1);
    }

    /** Returns the files below the store, but for lock files. */
    List<Path> files() throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.filter(Files::isRegularFile)
                    .filter(path -> !path.getFileName().toString().equals("lock"))
                    .toList();
        }
    }

    @Override
    public void close() throws IOException {
        if (running != null) {
            running.close();
        }
        host.close();
    }
}
