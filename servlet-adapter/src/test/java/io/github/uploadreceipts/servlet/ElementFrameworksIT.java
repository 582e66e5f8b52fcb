package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The element in Chromium, in the forms of frameworks: the receipts arrive in order in the final request. */
@Tag("one-container")
class ElementFrameworksIT {

    private static AdapterFixture fixture;
    private static Map<String, JsonNode> seen;

    /** Plays all scenarios in one Chromium. */
    @BeforeAll
    static void play(@TempDir Path root, @TempDir Path directory) throws Exception {
        ElementHost.prepare();
        fixture = new AdapterFixture(root);
        fixture.start(Container.JETTY_EE10, ElementHost.app(fixture.host, fixture.keyRing, UploadLimits.defaults()));
        seen = ElementHost.play("element-frameworks.mjs", fixture.port(), directory, Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"htmx2", "htmx4", "react", "vue", "light"})
    void order_formOfAFramework_hasTheReceiptsInOrder(String framework) {
        JsonNode played = played(framework);
        JsonNode files = played.at("/order/files");
        JsonNode sent = played.path("sent");
        assertThat(played.at("/order/title").asText()).isEqualTo("Holidays");
        assertThat(files).hasSameSizeAs(sent);
        for (int i = 0; i < sent.size(); i++) {
            for (String field : List.of("name", "size", "sha256")) {
                assertThat(files.path(i).path(field)).isEqualTo(sent.path(i).path(field));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"react", "vue"})
    void receipt_eachFile_isToldToTheFramework(String framework) {
        assertThat(played(framework).path("stored").asText()).isEqualTo("4");
    }

    /** React resets a form after its action. The application may not have fetched the uploads yet. */
    @Test
    void upload_formReset_staysForTheOrder() throws Exception {
        assertThat(played("react").at("/order/files")).hasSize(4);
        assertThat(fixture.files())
                .filteredOn(file -> file.startsWith(fixture.root.resolve("uploads")))
                .hasSize(4 * seen.size());
    }

    private static JsonNode played(String scenario) {
        return ElementHost.played(seen, scenario);
    }
}
