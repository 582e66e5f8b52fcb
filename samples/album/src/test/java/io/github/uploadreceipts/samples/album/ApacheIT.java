package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.samples.album.Client.Response;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.testing.Required;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApacheIT extends FrontServerContract {

    private static final String SENDFILE = "Response-X-Sendfile";

    @Override
    void requireProgram() {
        Required.requireProgram("apache", "apache2", "apache2");
        Required.require(
                "apache",
                Files.exists(Path.of("/usr/lib/apache2/modules/mod_xsendfile.so")),
                "mod_xsendfile is not installed; apt-get install libapache2-mod-xsendfile");
    }

    @Override
    Delivery.Method method() {
        return Delivery.Method.X_SENDFILE;
    }

    @Test
    void sendfile_ofPeerPort() throws Exception {
        Response response = fleet.client.get(fronted.peerUrl(), SENDFILE, fronted.file.toString());
        assertThat(response.text()).isEqualTo("the stored bytes");
    }

    @Test
    void sendfile_ofMissingFile() throws Exception {
        Response response = fleet.client.get(
                fronted.peerUrl(), SENDFILE, fronted.file.resolveSibling("gone").toString());
        assertThat(response.status()).isEqualTo(404);
    }

    /** With any other status the module does not remove its header, which holds the path, from the response. */
    @ParameterizedTest
    @ValueSource(ints = {206, 401, 404, 410, 500})
    void sendfile_ofOtherStatus(int status) throws Exception {
        Response response = fleet.client.get(
                fronted.peerUrl(), SENDFILE, fronted.file.toString(), "Status", Integer.toString(status));
        assertThat(response.status()).isEqualTo(status);
        assertThat(seen(response).response().headers().toString()).doesNotContain(fronted.directory.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 206, 401, 404, 410, 500})
    void sendfile_ofPublicPort(int status) throws Exception {
        Response response = seen(fleet.client.get(
                fronted.publicUrl() + "/page",
                SENDFILE,
                fronted.file.toString(),
                "Response-X-Accel-Redirect",
                "/stored/" + FrontedApplication.STORED,
                "Status",
                Integer.toString(status)));
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.text()).startsWith("/page\n");
        assertThat(response.response().headers().toString()).doesNotContain(fronted.directory.toString());
    }

    @Test
    void sendfile_outOfStore() throws Exception {
        Files.writeString(fronted.directory.resolve("store/secret"), "secret");
        for (String path : new String[] {"/../../secret", "/../../../secret", ""}) {
            Response response = fleet.client.get(fronted.peerUrl(), SENDFILE, fronted.file.getParent() + path);
            assertThat(response.status()).isEqualTo(404);
            assertThat(response.text()).doesNotContain("secret").doesNotContain(fronted.directory.toString());
        }
    }
}
