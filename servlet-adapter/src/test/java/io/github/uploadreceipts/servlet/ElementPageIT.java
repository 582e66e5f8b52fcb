package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The element in Chromium, on pages whose policy allows nothing but the page's own scripts, and Trusted Types. */
@Tag("one-container")
class ElementPageIT {

    /** How long a page with a thousand files may be busy at once: a person sees it, and waits. */
    private static final long LONGEST_MILLIS = 3_000;

    private static AdapterFixture fixture;
    private static Map<String, JsonNode> seen;

    /** Plays all scenarios in one Chromium. */
    @BeforeAll
    static void play(@TempDir Path root, @TempDir Path directory) throws Exception {
        ElementHost.prepare();
        fixture = new AdapterFixture(root);
        fixture.start(Container.JETTY_EE10, ElementHost.app(fixture.host, fixture.keyRing, UploadLimits.defaults()));
        seen = ElementHost.play("element-page.mjs", fixture.port(), directory, Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static JsonNode played(String scenario) {
        return ElementHost.played(seen, scenario);
    }

    private static List<String> texts(JsonNode array, String field) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(each -> each.path(field).asText())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"states", "looks"})
    void page_inEveryState_isAccessible(String scenario) {
        assertThat(played(scenario).path("found")).isEmpty();
    }

    @Test
    void order_sixtyFiles_inTheOrderOfTheList() {
        JsonNode played = played("sixtyFiles");
        JsonNode order = played.path("order");
        assertThat(order.path("title").asText()).isEqualTo("Holidays");
        assertThat(order.path("fileParts").asBoolean()).isFalse();
        for (String field : List.of("name", "size", "sha256")) {
            assertThat(texts(order.path("files"), field)).isEqualTo(texts(played.path("sent"), field));
        }
    }

    @Test
    void page_thousandFiles_staysUsable() {
        JsonNode played = played("thousandFiles");
        long sending = played.path("uploadMillis").asLong(); // longer on a slow machine, which is busy for longer, too
        assertThat(played.path("longest").asLong()).as("%s", played).isLessThan(Math.max(LONGEST_MILLIS, sending / 4));
        assertThat(played.path("names"))
                .extracting(JsonNode::asText)
                .isEqualTo(IntStream.range(0, 1000).mapToObj(i -> i + ".txt").toList());
    }

    /** Chromium reads a folder by a hundred entries at a time. */
    @Test
    void drop_folder_sendsAllOfItWithPaths() {
        JsonNode files = played("droppedFolder").path("order").path("files");
        assertThat(texts(files, "path"))
                .hasSize(123)
                .contains("holidays/day 1/a.txt", "holidays/day 2/b.txt", "holidays/empty.txt", "holidays/many/119.txt")
                .containsSubsequence("holidays/day 1/a.txt", "holidays/day 2/b.txt", "holidays/many/2.txt")
                .containsSubsequence("holidays/many/2.txt", "holidays/many/10.txt")
                .noneMatch(path -> path.contains("DS_Store"));
    }

    @Test
    void drop_folderWhereNoneIsWanted_isRefusedByName() {
        JsonNode played = played("unwantedFolder");
        assertThat(texts(played.path("order").path("files"), "name")).containsExactly("alone.txt");
        assertThat(played.path("said").asText()).contains("unwanted: Folders are not accepted.");
    }

    @Test
    void paste_insideTheElement_addsTheFile() {
        JsonNode played = played("pasted");
        assertThat(played.path("outside").asInt()).isZero();
        assertThat(texts(played.path("order").path("files"), "name")).containsExactly("image.png");
    }

    @Test
    void order_withoutScript_bringsTheFileItself() {
        JsonNode files = played("noScript").path("order").path("files");
        assertThat(texts(files, "name")).containsExactly("plain.bin");
    }
}
