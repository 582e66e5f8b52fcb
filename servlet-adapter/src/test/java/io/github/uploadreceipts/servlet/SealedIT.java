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
import java.util.ArrayList;
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
import org.junit.jupiter.params.provider.MethodSource;

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
        try (InputStream in =
                HostAccess.engine(fixture.host).open(receipt, receipt.owner()).open()) {
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

    /** The client sees it before it has sent a byte of the file. */
    @Test
    void resumableUpload_refused() throws Exception {
        Wire.Response options = Wire.exchange(fixture.port(), head("OPTIONS", "/uploads"), new byte[0]);
        assertThat(options.header("Tus-Version")).isEmpty();
        Wire.Response created = Wire.exchange(
                fixture.port(), head("POST", "/uploads") + "Tus-Resumable: 1.0.0\r\nUpload-Length: 5\r\n", new byte[0]);
        assertThat(created.status()).isEqualTo(412);
        assertThat(created.body()).contains("This host's store takes no resumable uploads.");
        fixture.awaitNothingLeft();
    }

    /** While a fleet is changed over, requests about uploads of plain hosts reach this host, too. */
    @Test
    void resumableUploadOfAnotherHost_relayed() throws Exception {
        Wire.Response head = Wire.exchange(
                fixture.port(), head("HEAD", fixture.pathElsewhere()) + "Tus-Resumable: 1.0.0\r\n", new byte[0]);
        assertThat(head.status()).as("its owner cannot be reached here").isEqualTo(503);
    }
}
