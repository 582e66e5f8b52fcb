package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The URLs and capabilities that hosts announce to clients of tus 1.0.0. */
@ParameterizedClass
@MethodSource(Container.ALL)
class TusSettingsIT {

    @Parameter
    Container container;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private UploadFilter.Builder filter() {
        return UploadFilter.builder(fixture.host, UploadPolicy.anyone(UploadLimits.defaults()));
    }

    @Test
    void publicUrl_clientsAreSentThere() throws Exception {
        fixture.start(
                container,
                true,
                filter().publicUrl("https://app1.example.org/up/uploads").build());
        TusClient client = new TusClient(fixture.port());

        String location = client.create("Upload-Length: 3\r\n").header("Location");

        assertThat(location).startsWith("https://app1.example.org/up/uploads/A");
        String path = location.substring(location.indexOf("/uploads/"));
        Wire.Response last = client.patch(path, 0, "abc".getBytes(StandardCharsets.US_ASCII));
        assertThat(last.header("Upload-Receipt")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/uploads", "/uploads/", "/uploads/some%20where", "/uploads/a:b"})
    void location_isBelowWhatWasAsked(String endpoint) throws Exception {
        fixture.start(container, true, filter().build());
        TusClient client = new TusClient(fixture.port());

        Wire.Response created = client.send("POST", endpoint, TusClient.TUS + "Upload-Length: 3\r\n", new byte[0]);

        assertThat(created.status()).as(created.body()).isEqualTo(201);
        String path = URI.create("http://127.0.0.1" + endpoint)
                .resolve(created.header("Location"))
                .getRawPath();
        assertThat(path).startsWith(endpoint.endsWith("/") ? endpoint : endpoint + "/");
        assertThat(client.head(path).header("Upload-Offset")).isEqualTo("0");
    }

    @Test
    void checksumTrailers_announced() throws Exception {
        fixture.start(container, true, filter().checksumTrailers().build());

        Wire.Response response = new TusClient(fixture.port()).send("OPTIONS", TusClient.ENDPOINT, "", new byte[0]);

        assertThat(response.header("Tus-Extension")).endsWith(",concatenation,checksum-trailer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://a.example/uploads", "/uploads", "https://a.example/uploads/", "https://a.example/u?x"})
    void publicUrl_malformed_refused(String url) {
        assertThatIllegalArgumentException().isThrownBy(() -> filter().publicUrl(url));
    }
}
