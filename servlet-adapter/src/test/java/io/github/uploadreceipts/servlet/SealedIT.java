package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way of uploads into a store that is sealed. */
@ParameterizedClass
@MethodSource(Container.ALL)
class SealedIT {

    private static final String MARKER = "0 marker 0 ";
    private static final String CONTENT = MARKER.repeat(20_000);
    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");

    @Parameter
    Container container;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    /** Sends the body that the filter gives it back. */
    private static final class Echo extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            request.getInputStream().transferTo(response.getOutputStream());
        }
    }

    @BeforeEach
    void start() throws Exception {
        fixture = AdapterFixture.sealed(root);
        UploadPolicy anyone = UploadPolicy.anyone(UploadLimits.defaults());
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/uploads/*", UploadFilter.create(fixture.host, anyone));
        filters.put(
                "/orders", ReceiptsFilter.builder(fixture.host).files(anyone).build());
        fixture.start(container, true, filters, new Echo());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private List<UploadReceipt> receipts(Wire.Response response) throws Exception {
        assertThat(response.status()).as(response.body()).isEqualTo(201);
        List<UploadReceipt> receipts = new ArrayList<>();
        for (Matcher found = RECEIPT.matcher(response.body()); found.find(); ) {
            receipts.add(fixture.host.receipts().verify(found.group(1)));
        }
        return receipts;
    }

    private String opened(UploadReceipt receipt) throws IOException {
        assertThat(receipt.contentKey()).isPresent();
        try (InputStream in = HostAccess.engine(fixture.host)
                .uploads(false)
                .open(receipt, receipt.owner())
                .open()) {
            return new String(in.readAllBytes(), ISO_8859_1);
        }
    }

    private void assertNothingPlainOnTheDisk() throws IOException {
        try (var files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), ISO_8859_1)).doesNotContain(MARKER.strip());
            }
        }
    }

    @Test
    void form_raw_andChunked() throws Exception {
        byte[] form = form("x", filePart("a", "a/b", CONTENT), filePart("b", "a/b", ""));
        List<UploadReceipt> receipts = receipts(Wire.exchange(fixture.port(), formHead(), form));
        byte[] raw = CONTENT.getBytes(US_ASCII);
        receipts.addAll(
                receipts(Wire.exchange(fixture.port(), head("PUT", "/uploads") + "Content-Type: a/b\r\n", raw)));
        receipts.addAll(receipts(
                Wire.exchangeChunked(fixture.port(), head("POST", "/uploads") + "Content-Type: a/b\r\n", raw)));
        assertThat(receipts).hasSize(4);
        assertThat(opened(receipts.get(0))).isEqualTo(CONTENT);
        assertThat(opened(receipts.get(1))).isEmpty();
        assertThat(opened(receipts.get(2))).isEqualTo(CONTENT);
        assertThat(opened(receipts.get(3))).isEqualTo(CONTENT);
        assertNothingPlainOnTheDisk();
    }

    /** The application reads the file out of the form, as the client sent it. */
    @Test
    void fileInTheFinalForm() throws Exception {
        byte[] form = form("x", fieldPart("order", "7"), filePart("a", "a/b", CONTENT));
        Wire.Response response = Wire.exchange(
                fixture.port(), head("POST", "/orders") + "Content-Type: multipart/form-data; boundary=x\r\n", form);
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).contains(CONTENT);
        assertNothingPlainOnTheDisk();
    }

    private static byte[] bytes(int size) {
        return Arrays.copyOf(CONTENT.getBytes(US_ASCII), size);
    }

    private UploadReceipt receipt(Wire.Response response) throws Exception {
        return fixture.host.receipts().verify(response.header("Upload-Receipt"));
    }

    /** The response to the last bytes has the receipt, and so has what a client asks that has not got it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 65_536, 65_537, 131_072, 200_001})
    void tus_severalRequests_aroundTheBordersOfSegments(int size) throws Exception {
        TusClient client = new TusClient(fixture.port());
        byte[] content = bytes(size);
        boolean late = size % 2 == 0;
        String path = late
                ? TusClient.path(client.create("Upload-Defer-Length: 1\r\n"))
                : client.created(size, "Upload-Metadata: " + TusClient.metadata("filename", "a.txt") + "\r\n");
        assertThat(path).hasSizeLessThan("/uploads/".length() + 230);
        int at = 0;
        for (int next : new int[] {13, 65_535, 65_536, 65_537, 131_071, 131_072, 200_000}) {
            if (next < size || (late && next == size)) {
                Wire.Response response = client.patch(path, at, Arrays.copyOfRange(content, at, next));
                assertThat(response.header("Upload-Offset")).as(response.body()).isEqualTo("" + next);
                assertThat(client.head(path).header("Upload-Offset")).isEqualTo("" + next);
                assertNothingPlainOnTheDisk();
                at = next;
            }
        }
        Wire.Response last = client.patch(
                path, at, Arrays.copyOfRange(content, at, size), late ? "Upload-Length: " + size + "\r\n" : "");
        assertThat(last.status()).as(last.body()).isEqualTo(204);
        UploadReceipt receipt = receipt(last);
        assertThat(opened(receipt)).isEqualTo(new String(content, US_ASCII));
        assertThat(receipt(client.head(path))).isEqualTo(receipt);
        assertThat(receipt(client.patch(path, size, new byte[0]))).isEqualTo(receipt);
        assertNothingPlainOnTheDisk();
    }

    @Test
    void tus_emptyUpload_andCreationWithAllBytes() throws Exception {
        TusClient client = new TusClient(fixture.port());
        assertThat(opened(receipt(client.create("Upload-Length: 0\r\n")))).isEmpty();
        Wire.Response whole = client.create("Upload-Length: 65536\r\n" + TusClient.BYTES, bytes(65_536));
        assertThat(opened(receipt(whole))).isEqualTo(CONTENT.substring(0, 65_536));
        assertNothingPlainOnTheDisk();
    }

    @Test
    void tus_brokenOff_wrongChecksum_andTakenOver_resumes() throws Exception {
        TusClient client = new TusClient(fixture.port());
        byte[] content = bytes(150_000);
        String path = client.created(content.length);
        client.patchBrokenOff(path, 0, content, 70_000);
        Wire.Response mismatch;
        do { // the host may see the broken request late
            int from = offset(client, path);
            mismatch =
                    client.patch(path, from, new byte[1000], "Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=\r\n");
        } while (mismatch.status() == 409 || mismatch.status() == 423);
        assertThat(mismatch.status()).isEqualTo(460);
        int at = offset(client, path);
        long stored = partialSize();
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("PATCH", path) + TusClient.TUS + TusClient.BYTES + "Upload-Offset: " + at
                    + "\r\nContent-Length: " + (content.length - at) + "\r\n\r\n");
            wire.send(Arrays.copyOfRange(content, at, at + 5000));
            fixture.await("bytes of the second request", () -> partialSize() > stored);
            at = offset(client, path);
            Wire.Response last = client.patch(path, at, Arrays.copyOfRange(content, at, content.length));
            assertThat(opened(receipt(last))).isEqualTo(CONTENT.substring(0, content.length));
        }
        assertNothingPlainOnTheDisk();
    }

    private static int offset(TusClient client, String path) throws IOException {
        return Integer.parseInt(client.head(path).header("Upload-Offset"));
    }

    /** Returns how many bytes are stored of the only upload that is not complete. */
    private long partialSize() throws IOException {
        Path file = fixture.files().stream()
                .filter(each -> each.toString().matches(".*/partial/.*/[^/]{22}"))
                .findFirst()
                .orElseThrow();
        return Files.size(file);
    }

    @Test
    void tus_terminated_nothingLeft() throws Exception {
        TusClient client = new TusClient(fixture.port());
        String path = client.created(100);
        client.patch(path, 0, bytes(10));
        client.patch(path, 10, bytes(10));
        assertThat(client.delete(path).status()).isEqualTo(204);
        fixture.awaitNothingLeft();
        assertThat(client.head(path).status()).isEqualTo(404);
    }

    @Test
    void ietf_severalRequests() throws Exception {
        IetfClient client = new IetfClient(fixture.port());
        byte[] content = bytes(131_072);
        String path = TusClient.path(client.create(IetfClient.OPEN, Arrays.copyOf(content, 65_535)));
        client.append(path, 65_535, Arrays.copyOfRange(content, 65_535, content.length), IetfClient.OPEN);
        assertThat(client.head(path).header("Upload-Offset")).isEqualTo("131072");
        assertNothingPlainOnTheDisk();
        Wire.Response last = client.append(path, content.length, new byte[0], IetfClient.COMPLETE);
        assertThat(opened(receipts(last).get(0))).isEqualTo(new String(content, US_ASCII));
        assertNothingPlainOnTheDisk();
    }

    @Test
    void wrongKey_notFound() throws Exception {
        TusClient client = new TusClient(fixture.port());
        String path = client.created(100);
        client.patch(path, 0, bytes(10));
        ResourceTokens tokens = new ResourceTokens(fixture.keyRing, Clock.systemUTC());
        UploadResource resource = tokens.verify(path.substring("/uploads/".length()));
        UploadResource other = new UploadResource(resource.owner(), resource.id(), resource.expiresAt());
        assertThat(client.head("/uploads/" + tokens.mint(other)).status()).isEqualTo(404);
        assertThat(client.patch("/uploads/" + tokens.mint(other), 10, bytes(90)).status())
                .isEqualTo(404);
        assertThat(client.head(path).header("Upload-Offset")).isEqualTo("10");
    }

    /** While a fleet is changed over, requests about uploads of plain hosts reach this host, too. */
    @Test
    void resumableUploadOfAnotherHost_relayed() throws Exception {
        Wire.Response head = Wire.exchange(
                fixture.port(), head("HEAD", fixture.pathElsewhere()) + "Tus-Resumable: 1.0.0\r\n", new byte[0]);
        assertThat(head.status()).as("its owner cannot be reached here").isEqualTo(503);
    }
}
