package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.UploadStore;
import jakarta.servlet.http.HttpServlet;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A host in a container. */
final class FleetMember implements Closeable {

    private static final Pattern RECEIPT = Pattern.compile("\"receipt\" *: *\"([^\"]+)\"");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final int port;
    final UploadHost host;
    final PeerFetcher fetcher;
    private final Closeable container;

    /**
     * @param work where it keeps what it fetches
     * @param ports its own, and those of its peers
     */
    FleetMember(KeyRing ring, UploadStore store, Container kind, Path work, boolean sealed, int... ports)
            throws Exception {
        port = ports[0];
        host = UploadHost.builder(ring, store)
                .encryptReceipts(sealed)
                .internalUrl("http://127.0.0.1:" + port)
                .developmentMode()
                .build();
        fetcher = PeerFetcher.builder(host)
                .policy(PeerPolicy.privateNetwork().ports(ports))
                .workDirectory(Files.createDirectories(work))
                .build();
        UploadFilter uploads = UploadFilter.create(
                host, request -> UploadPermit.anyone(UploadLimits.builder().build()));
        container = kind.startAlone(Container.App.of(
                        Map.of(
                                "/uploads/* /internal/relay",
                                uploads,
                                "/internal/uploads/*",
                                DeliveryFilter.create(host)),
                        new HttpServlet() {},
                        true)
                .port(port));
    }

    HttpResponse<String> send(String method, String path, byte[] body, String... fields) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
                .headers(fields);
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    String upload(byte[] bytes) throws Exception {
        HttpResponse<String> response = send("POST", "/uploads", bytes, "Content-Type", "image/jpeg");
        Matcher receipt = RECEIPT.matcher(response.body());
        assertThat(receipt.find()).as(response.body()).isTrue();
        return receipt.group(1);
    }

    String resume(byte[] bytes) throws Exception {
        HttpResponse<String> created = send(
                "POST",
                "/uploads",
                new byte[0],
                "Tus-Resumable",
                "1.0.0",
                "Upload-Length",
                Integer.toString(bytes.length));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        String path = URI.create("http://h/uploads")
                .resolve(created.headers().firstValue("Location").orElseThrow())
                .getPath();
        int half = bytes.length / 2;
        assertThat(patch(path, 0, Arrays.copyOf(bytes, half)).statusCode()).isEqualTo(204);
        HttpResponse<String> last = patch(path, half, Arrays.copyOfRange(bytes, half, bytes.length));
        HttpResponse<String> asked = send("HEAD", path, new byte[0], "Tus-Resumable", "1.0.0");
        String token = last.headers().firstValue("Upload-Receipt").orElseThrow();
        assertThat(host.receipts()
                        .verify(asked.headers().firstValue("Upload-Receipt").orElseThrow()))
                .isEqualTo(host.receipts().verify(token));
        return token;
    }

    private HttpResponse<String> patch(String path, int offset, byte[] bytes) throws Exception {
        return send(
                "PATCH",
                path,
                bytes,
                "Tus-Resumable",
                "1.0.0",
                "Content-Type",
                "application/offset+octet-stream",
                "Upload-Offset",
                Integer.toString(offset));
    }

    @Override
    public void close() throws IOException {
        container.close();
        fetcher.close();
        host.close();
    }
}
