package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.samples.album.Client.Response;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.testing.Required;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NginxIT extends FrontServerContract {

    private static final String REDIRECT = "Response-X-Accel-Redirect";

    @Override
    void requireProgram() {
        Required.requireProgram("nginx", "nginx", "nginx-light");
    }

    @Override
    Delivery.Method method() {
        return Delivery.Method.X_ACCEL_REDIRECT;
    }

    @Test
    void internalRedirect_ofPeerPort() throws Exception {
        Response response = fleet.client.get(fronted.peerUrl(), REDIRECT, "/stored/" + FrontedApplication.STORED);
        assertThat(response.text()).isEqualTo("the stored bytes");
    }

    @Test
    void internalRedirect_toMissingFile() throws Exception {
        Response response = fleet.client.get(fronted.peerUrl(), REDIRECT, "/stored/2030010100/gone");
        assertThat(response.status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 206, 401, 404, 410, 500})
    void internalRedirect_ofPublicPort(int status) throws Exception {
        Response response = seen(fleet.client.get(
                fronted.publicUrl() + "/page",
                REDIRECT,
                "/stored/" + FrontedApplication.STORED,
                "Response-X-Accel-Limit-Rate",
                "1",
                "Response-X-Sendfile",
                fronted.file.toString(),
                "Status",
                Integer.toString(status)));
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.text()).startsWith("/page\n");
    }

    @Test
    void internalRedirect_outOfStore() throws Exception {
        Files.writeString(fronted.directory.resolve("store/secret"), "secret");
        for (String path : new String[] {"/stored/../secret", "/stored../secret", "/stored/%2e%2e/secret"}) {
            assertThat(fleet.client.get(fronted.peerUrl(), REDIRECT, path).text())
                    .doesNotContain("secret\n")
                    .isNotEqualTo("secret");
        }
    }

    @Test
    void internalRedirect_toSymbolicLink() throws Exception {
        Files.writeString(fronted.directory.resolve("other"), "secret");
        Files.createSymbolicLink(fronted.file.resolveSibling("link"), fronted.directory.resolve("other"));
        Response response = fleet.client.get(fronted.peerUrl(), REDIRECT, "/stored/2030010100/link");
        assertThat(response.status()).isEqualTo(403);
    }
}
