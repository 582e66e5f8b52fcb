package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.testing.Ports;
import jakarta.servlet.http.HttpServlet;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts in containers whose uploads are in one container of Swift. */
class ObjectFleetIT {

    private static final Pattern RECEIPT = Pattern.compile("\"receipt\" *: *\"([^\"]+)\"");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    private final KeyRing ring = KeyRing.generate("photos");
    private final ObjectClaims claims = ObjectClaimsTest.jdbc(ObjectClaimsTest.database());

    @TempDir
    private Path directory;

    @BeforeAll
    static void startSwift(@TempDir Path directory) throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stopSwift() {
        swift.close();
    }

    private final class Member implements Closeable {

        final int port;
        final UploadHost host;
        final PeerFetcher fetcher;
        private final Closeable container;

        Member(ObjectStorage storage, Container kind, int number, boolean sealed) throws Exception {
            port = Ports.free();
            Path local = directory.resolve("host" + number);
            ObjectUploadStore.Builder store =
                    ObjectUploadStore.builder(storage).partials(local).claims(claims);
            host = UploadHost.builder(ring, (sealed ? store.sealed() : store).build())
                    .encryptReceipts(sealed)
                    .internalUrl("http://127.0.0.1:" + port)
                    .developmentMode()
                    .build();
            fetcher = PeerFetcher.builder(host)
                    .policy(PeerPolicy.privateNetwork().ports(port))
                    .workDirectory(Files.createDirectories(directory.resolve("work" + number)))
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

    private static List<byte[]> read(FetchedUploads uploads) throws IOException {
        List<byte[]> all = new ArrayList<>();
        for (FetchedUpload upload : uploads) {
            try (InputStream in = upload.open()) {
                all.add(in.readAllBytes());
            }
        }
        return all;
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void hostStopped_theOtherServesInOrder_once() throws Exception {
        assertFleet(Container.TOMCAT_11, false);
    }

    @Test
    void hostStopped_sealed_theOtherServesInOrder_once() throws Exception {
        assertFleet(Container.UNDERTOW, true);
    }

    private void assertFleet(Container kind, boolean sealed) throws Exception {
        List<byte[]> files = List.of(bytes(7), bytes(20_000_000), bytes(300_000), bytes(9_000_000));
        try (SwiftStorage storage = SwiftStores.newStorage(swift, swift.accountUrl());
                Member two = new Member(storage, kind, 2, sealed)) {
            List<String> tokens = new ArrayList<>();
            try (Member one = new Member(storage, kind, 1, sealed)) {
                tokens.add(one.upload(files.get(0)));
                tokens.add(one.upload(files.get(1)));
                tokens.add(one.resume(files.get(2)));
                tokens.add(one.resume(files.get(3)));
            }
            List<UploadReceipt> receipts = new ArrayList<>();
            for (String token : tokens) {
                receipts.add(two.host.receipts().verify(token));
            }
            try (FetchedUploads uploads = two.fetcher.fetch(receipts, Claim.of("order-7"))) {
                assertThat(read(uploads)).containsExactlyElementsOf(files);
                assertThatExceptionOfType(FetchException.class)
                        .isThrownBy(() -> two.fetcher.fetch(receipts, Claim.of("order-8")));
                uploads.discard();
            }
            assertThatExceptionOfType(FetchException.class).isThrownBy(() -> two.fetcher.fetch(receipts));
            assertThat(SwiftStores.names(storage)).noneMatch(name -> name.startsWith("data/"));
        }
    }
}
