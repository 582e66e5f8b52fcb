package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The element as a form field: what it says, what its keys and buttons do, and what becomes of the form. */
@Tag("one-container")
class ElementBasicsIT {

    private static AdapterFixture fixture;
    private static Map<String, JsonNode> seen;

    /** Plays all scenarios in one Chromium. */
    @BeforeAll
    static void play(@TempDir Path root, @TempDir Path directory) throws Exception {
        ElementHost.prepare();
        fixture = new AdapterFixture(root);
        fixture.start(Container.JETTY_EE10, ElementHost.app(fixture.host, fixture.keyRing, UploadLimits.defaults()));
        seen = ElementHost.play("element-basics.mjs", fixture.port(), directory, Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static JsonNode played(String scenario) {
        return ElementHost.played(seen, scenario);
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static List<String> ordered(JsonNode played) {
        assertThat(played.path("sent").path("fileParts").asBoolean()).isFalse();
        return texts(played.path("sent").path("names"));
    }

    @Test
    void tree_threeFiles_namesEverything() {
        assertThat(played("tree").path("tree").asText()).startsWith("""
                - text: Photos
                - button "Photos Choose files or drop them here All 3 files uploaded": Choose files or drop them here
                - paragraph: All 3 files uploaded
                - list "Photos":
                  - listitem:
                    - text: 1.txt 10 byte · Uploaded
                    - button "Move 1.txt up": ↑
                    - button "Move 1.txt down": ↓
                    - button "Remove 1.txt": ×
                  - listitem:
                    - text: 2.txt 2 kB · Uploaded
                    - button "Move 2.txt up": ↑
                    - button "Move 2.txt down": ↓
                    - button "Remove 2.txt": ×
                  - listitem:
                    - text: 3.txt 3 MB · Uploaded
                    - button "Move 3.txt up": ↑
                    - button "Move 3.txt down": ↓
                    - button "Remove 3.txt": ×
                """);
    }

    @Test
    void keyboard_alone_choosesMovesRemovesAndSends() {
        JsonNode played = played("keyboard");
        assertThat(texts(played.path("walked")))
                .containsExactly("zone", "Move 1.txt up", "Move 1.txt down", "Remove 1.txt", "Move 2.txt up");
        assertThat(played.path("afterUp")).hasToString("[[\"2.txt\",\"1.txt\",\"3.txt\",\"4.txt\"],\"Move 2.txt up\"]");
        assertThat(played.path("afterRemoval")).hasToString("[[\"1.txt\",\"3.txt\",\"4.txt\"],\"Remove 1.txt\"]");
        assertThat(played.path("afterLast")).hasToString("[[\"1.txt\",\"3.txt\"],\"zone\"]");
        assertThat(played.path("last").asText()).isEqualTo("send");
        assertThat(ordered(played)).containsExactly("1.txt", "3.txt");
    }

    @Test
    void arrows_withAlt_moveTheRowAndTellItsPlace() {
        JsonNode played = played("keys");
        assertThat(texts(played.path("orders")))
                .containsExactly(
                        "1.txt 3.txt 2.txt",
                        "3.txt 1.txt 2.txt",
                        "3.txt 1.txt 2.txt",
                        "1.txt 3.txt 2.txt",
                        "1.txt 3.txt 2.txt");
        assertThat(played.path("focus").asText()).isEqualTo("Move 3.txt down");
        assertThat(texts(played.path("said")))
                .endsWith(
                        "3.txt, position 2 of 3",
                        "3.txt, position 1 of 3",
                        "3.txt, position 1 of 3",
                        "3.txt, position 2 of 3");
        assertThat(played.path("submitted").asBoolean()).isTrue();
    }

    @Test
    void pointer_dragsARow() {
        JsonNode played = played("mouse");
        assertThat(texts(played.path("names"))).containsExactly("2.txt", "3.txt", "1.txt");
        assertThat(texts(played.path("said"))).containsExactly("1.txt, position 3 of 3");
        assertThat(played.path("submitted").asBoolean()).isTrue();
    }

    @Test
    void announcements_slowUpload_areFewAndInOrder() {
        List<String> polite = texts(played("announcements").path("polite"));
        assertThat(polite)
                .startsWith("2 files chosen")
                .endsWith("All 2 files uploaded")
                .hasSizeBetween(4, 6)
                .doesNotHaveDuplicates();
        assertThat(polite.subList(1, polite.size() - 1))
                .allMatch(text -> text.matches("[01] of 2 uploaded, (0|25|50|75)%"));
        assertThat(played("announcements").path("assertive")).isEmpty();
    }

    @Test
    void submit_requiredWithoutFile_isInvalidAtTheButton() {
        JsonNode played = played("required");
        assertThat(played.path("valueMissing").asBoolean()).isTrue();
        assertThat(played.path("message").asText()).isEqualTo("Choose files");
        assertThat(played.path("focus").asText()).isEqualTo("zone");
        assertThat(played.path("stayed").asBoolean()).isTrue();
    }

    @Test
    void submit_filesOnTheirWay_isHeld() {
        JsonNode played = played("hold");
        assertThat(played.path("held").asBoolean()).isTrue();
        assertThat(played.path("status").asText()).isEqualTo("Will be sent when all files are uploaded.");
        assertThat(ordered(played)).containsExactly("1.txt", "2.txt");
    }

    @Test
    void submit_heldWhileAFileFails_stays() {
        JsonNode played = played("holdRefused");
        assertThat(played.path("held").asBoolean()).isTrue();
        assertThat(played.path("stayed").asBoolean()).isTrue();
        assertThat(played.path("message").asText()).isEqualTo("1 of 2 uploaded, 1 file not uploaded");
        assertThat(ordered(played)).containsExactly("1.txt");
    }

    @Test
    void submit_filesOnTheirWay_isBlockedOrPasses() {
        JsonNode blocked = played("block");
        assertThat(blocked.path("blocked").asBoolean()).isTrue();
        assertThat(blocked.path("stayed").asBoolean()).isTrue();
        assertThat(ordered(blocked)).containsExactly("1.txt", "2.txt");
        assertThat(ordered(played("ignore"))).containsExactly("1.txt");
    }

    @Test
    void reset_files_terminatesTheirUploads() {
        JsonNode played = played("reset");
        assertThat(played.path("left")).isEmpty();
        assertThat(played.path("all").asBoolean()).isTrue();
        assertThat(played.path("status").asText()).isEqualTo("No file chosen");
    }

    /** Chromium gives back the files of a page to which a person returns, so nobody is asked for them. */
    @Test
    void back_inTheMiddle_continuesByItself() {
        JsonNode played = played("restored");
        assertThat(played.path("first").asText()).isEqualTo("done");
        assertThat(texts(played.path("names"))).containsExactly("1.txt", "2.txt");
        assertThat(played.path("offsets")).hasSize(3);
        assertThat(played.path("offsets").path(2).asLong()).isPositive();
    }

    @Test
    void reload_inTheMiddle_continuesWithTheFileThatIsChosenAgain() {
        JsonNode played = played("reloaded");
        assertThat(texts(played.path("states"))).containsExactly("done", "missing");
        assertThat(texts(played.path("names"))).containsExactly("1.txt", "2.txt");
        assertThat(played.path("offsets")).hasSize(3);
        assertThat(played.path("offsets").path(2).asLong()).isPositive();
    }

    @Test
    void light_receipts_areHiddenInputsAndSubmittedOnce() {
        JsonNode played = played("light");
        assertThat(played.path("before")).hasToString("[true,0]");
        assertThat(played.path("during")).hasToString("[true,2]");
        assertThat(played.path("after")).hasToString("[true,0]");
    }

    @Test
    void disabled_inTheMiddle_pausesAndContinues() {
        JsonNode played = played("disabled");
        assertThat(played.path("same").asBoolean()).isTrue();
        assertThat(played.path("resumedAt").asLong()).isPositive();
    }

    @Test
    void maxFiles_one_replacesTheFile() {
        JsonNode played = played("single");
        assertThat(texts(played.path("names"))).containsExactly("other.txt");
        assertThat(played.path("label").asText()).isEqualTo("Choose a file");
    }

    @Test
    void choose_unwantedFiles_areRefusedByName() {
        JsonNode played = played("refusals");
        List<String> expected = List.of(
                "a.exe: Files of this type are not accepted.",
                "b.txt: The file is empty.",
                "e.txt: No more than 2 can be chosen.");
        assertThat(texts(played.path("names"))).containsExactly("c.TXT", "d.png");
        assertThat(texts(played.path("shown"))).isEqualTo(expected);
        assertThat(texts(played.path("assertive"))).isEqualTo(expected);
    }

    @Test
    void words_germanPage_areGermanUnlessThePageHasItsOwn() {
        JsonNode played = played("german");
        assertThat(played.path("status").asText()).isEqualTo("Alle 2 Dateien hochgeladen");
        assertThat(played.path("row").asText()).isEqualTo("1,5 kB · ist da");
        assertThat(played.path("remove").asText()).isEqualTo("1.txt entfernen");
    }

    @Test
    void properties_setBeforeTheModule_count() {
        JsonNode played = played("early");
        assertThat(played.path("attribute").asText()).isEqualTo("7");
        assertThat(played.path("required").asBoolean()).isTrue();
        assertThat(played.path("valid").asBoolean()).isFalse();
    }

    @Test
    void verdict_ofTheApplication_holdsTheFormAndRefusesByItsWords() {
        JsonNode played = played("verdicts");
        assertThat(played.path("note").asText()).isEqualTo("Being checked…");
        assertThat(played.path("words").asText()).isEqualTo("Die Datei enthält einen Virus.");
        assertThat(played.path("stayed").asBoolean()).isTrue();
        assertThat(texts(played.path("receipts"))).containsExactly("", "r2");
        assertThat(texts(played.path("assertive"))).containsExactly("1.txt: Die Datei enthält einen Virus.");
        assertThat(played.path("retry").asBoolean()).isFalse();
    }

    @Test
    void csrfToken_ofPageCookieOrAttribute_isSent() {
        assertThat(texts(played("csrf").path("seen")))
                .containsExactly("x-csrf-token: the page", "x-xsrf-token: the cookie", "x-own: the attribute");
    }

    @Test
    void import_onAServer_doesNothing() {
        assertThat(played("onServer").path("type").asText()).isEqualTo("function");
    }
}
