package io.github.uploadreceipts.samples.share;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.BrowserScript;
import io.github.uploadreceipts.testing.Required;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks for files as the README says, and sends some by curl and in a browser. */
class AskIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NAMES = List.of(
            "Ünïcode 🎉.png", "notes.txt", "a long name of a file that does not fit" + " into one line of a phone.bin");

    @TempDir
    private static Path directory;

    private static Program program;

    @TempDir
    private Path files;

    @BeforeAll
    static void start() throws IOException {
        Required.requireProgram("curl", "curl", "curl");
        program = Program.start(directory);
    }

    @AfterAll
    static void end() {
        program.close();
    }

    private static String ask(String... options) throws Exception {
        Process asked = Program.ask(directory, program.ports(), options);
        String printed = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(asked.waitFor()).as(printed).isZero();
        assertThat(printed).matches("\\Q" + program.url(0) + "\\Es/[A-Za-z0-9_-]+\\R");
        return printed.strip();
    }

    private static List<String> received() throws IOException {
        Path list = directory.resolve("received.txt");
        return Files.exists(list) ? Files.readAllLines(list) : List.of();
    }

    /** Waits for lines with a text, and returns them. */
    private static List<String> received(int count, String text) throws Exception {
        Await.until(Await.PATIENCE, () -> "no " + text, () -> lines(text).size() >= count);
        assertThat(lines(text)).hasSize(count);
        return lines(text);
    }

    private static List<String> lines(String text) throws IOException {
        return received().stream().filter(line -> line.contains(text)).toList();
    }

    private static String url(String line) {
        return line.substring(line.lastIndexOf("http://"));
    }

    @Test
    void ask_sentByCurl_isListedWithALink() throws Exception {
        String link = ask("--title", "Tax papers", "--expires", "1h");
        Path file = Files.writeString(files.resolve("paper.txt"), "signed");
        Curl sent = Curl.run("-F", "sender=Zoë", "-F", "file=@" + file, program.elsewhere(link));
        assertThat(sent.status()).as(sent.text()).isEqualTo(201);
        String line = received(1, "Zoë").get(0);
        assertThat(line).contains("  Zoë  paper.txt  http://");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("received.txt"))))
                .isEqualTo("rw-------");
        assertThat(Curl.run(url(line)).text()).isEqualTo("signed");
    }

    @Test
    void browser_threeFilesFromAPhone() throws Exception {
        BrowserScript script = BrowserScript.install("ask.mjs");
        Path screenshots = Files.createDirectories(Path.of("target/screenshots").toAbsolutePath());
        ObjectNode settings = JSON.createObjectNode()
                .put("chromium", BrowserScript.chromium().toString())
                .put("profile", files.resolve("profile").toString())
                .put("screenshots", screenshots.toString())
                .put("expired", expired());
        settings.putObject("links")
                .put(
                        "plain",
                        ask(
                                "--title",
                                "Photos of the party",
                                "--from",
                                "Ann Miller",
                                "--words",
                                "The ones by the lake, please!\nAny size is fine.",
                                "--expires",
                                "7d"))
                .put("password", ask("--title", "Contracts", "--password", "open sesame"))
                .put(
                        "scripted",
                        program.elsewhere(ask(
                                "--title",
                                "Photos of the party",
                                "--from",
                                "Ann Miller",
                                "--words",
                                "The ones by the lake, please!",
                                "--name",
                                "required")));
        var chosen = settings.putArray("files");
        for (String name : NAMES) {
            chosen.add(Files.write(files.resolve(name), new byte[200_000 + name.length()])
                    .toString());
        }
        JsonNode seen = JSON.readTree(script.play(settings.toString()));
        assertThat(seen.get("complaints")).isEmpty();
        assertThat(seen.at("/plain/thanks")).extracting(JsonNode::asText).containsExactlyElementsOf(NAMES);
        assertThat(seen.at("/plain/wrong").asText()).contains("not right");
        assertThat(seen.at("/plain/asked").asText()).isEqualTo("Contracts");
        assertThat(seen.at("/plain/expired").asText()).isEqualTo("This link no longer works");
        assertThat(seen.at("/scripted/unnamed").asText()).isEqualTo("sender");
        assertThat(seen.at("/scripted/unchosen").asBoolean()).isTrue();
        assertThat(seen.at("/scripted/early")).as("sent before the form").isEmpty();
        assertThat(seen.at("/scripted/fits").asBoolean()).isTrue();
        assertThat(seen.at("/scripted/posts"))
                .extracting(JsonNode::asText)
                .containsExactly("POST /s/LINK", "POST /s/-", "POST /s/-", "POST /s/-", "POST /s/LINK");
        assertThat(seen.at("/scripted/thanks")).extracting(JsonNode::asText).containsExactlyElementsOf(NAMES);
        List<String> lines = received(6, "Jörg Müßig 👋");
        assertThat(seen.at("/scripted/again")).hasSize(2);
        for (JsonNode thanks : seen.at("/scripted/again")) {
            assertThat(thanks).extracting(JsonNode::asText).containsExactlyElementsOf(NAMES.subList(0, 2));
        }
        assertThat(received(1, "Second")).hasSize(1);
        assertThat(received(2, "Third")).hasSize(2);
        assertThat(received(2, "Fourth")).hasSize(2);
        assertThat(received(1, "  somebody  ")).hasSize(1);
        assertThat(lines).filteredOn(line -> line.contains(NAMES.get(0))).hasSize(2);
        for (String line : lines) {
            assertThat(Curl.run(url(line)).body()).hasSizeGreaterThan(200_000);
        }
    }

    private static String expired() throws IOException {
        KeyRing keys = KeyRing.watch(directory.resolve("key-ring.json"));
        return Ask.plain().link(keys, program.url(0) + "s/", Clock.offset(Clock.systemUTC(), Duration.ofDays(-8)));
    }
}
