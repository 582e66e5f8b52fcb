package io.github.uploadreceipts.samples.share;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.testing.BrowserScript;
import io.github.uploadreceipts.testing.Ports;
import io.github.uploadreceipts.testing.Required;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts the program as its README says, and uses it by curl and in a browser. */
class ShareIT {

    private static final ObjectMapper JSON = new ObjectMapper();

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

    private Path file(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(files.resolve(name), bytes);
    }

    private static Curl send(Path file, String... fields) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-T", file.toString()));
        for (String field : fields) {
            arguments.addAll(List.of("-H", field));
        }
        arguments.add(program.url(0));
        return Curl.run(arguments.toArray(String[]::new));
    }

    private static String link(Curl sent) {
        assertThat(sent.status()).as(sent.text()).isEqualTo(201);
        assertThat(sent.text()).matches("\\Q" + program.url(0) + "\\Es/[A-Za-z0-9_-]{59}\n");
        return sent.text().strip();
    }

    @Test
    void send_linkWorksOnBothHosts() throws Exception {
        Path file = file("holiday 100% caf\u00e9.bin", 300_000);
        String link = link(send(file));
        for (String url : List.of(link, program.elsewhere(link))) {
            Curl got = Curl.run(url);
            assertThat(got.status()).isEqualTo(200);
            assertThat(got.body()).isEqualTo(Files.readAllBytes(file));
            assertThat(got.field("Content-Disposition").orElseThrow())
                    .startsWith("attachment;")
                    .endsWith("filename*=UTF-8''holiday%20100%25%20caf%C3%A9.bin");
            Curl range = Curl.run("-r", "65530-65545", url);
            assertThat(range.status()).isEqualTo(206);
            assertThat(range.body()).isEqualTo(java.util.Arrays.copyOfRange(Files.readAllBytes(file), 65_530, 65_546));
        }
    }

    @Test
    void send_password() throws Exception {
        Path file = file("secret.bin", 1_000);
        String link = link(send(file, "Link-Password: gr\u00fc\u00df"));
        for (String url : List.of(link, program.elsewhere(link))) {
            assertThat(Curl.run(url).status()).isEqualTo(401);
            assertThat(Curl.run("-u", ":wrong", url).status()).isEqualTo(401);
            assertThat(Curl.run("-u", ":gr\u00fc\u00df", url).body()).isEqualTo(Files.readAllBytes(file));
        }
    }

    @Test
    void send_downloads() throws Exception {
        Path file = file("once.bin", 200_000);
        String link = link(send(file, "Link-Downloads: 1"));
        assertThat(Curl.run("-I", link).status()).isEqualTo(200);
        assertThat(Curl.run(program.elsewhere(link)).body()).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void send_wrongField_refusedWithReason() throws Exception {
        for (String field : List.of("Link-Expires: 0", "Link-Expires: soon", "Link-Downloads: -1")) {
            Curl refused = send(file("file.bin", 10), field);
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains(field.substring(0, field.indexOf(':')) + " must be a number from 1 to");
        }
        Curl refused = send(file("file.bin", 10), "Link-Password: " + "x".repeat(1_001));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text()).contains("Link-Password must have at most 1000 characters");
    }

    /** Uploads are kept for an hour before their links are made. */
    @Test
    void send_expires() throws Exception {
        for (String seconds : List.of("1", "3599", "3600", "3601", "2592000")) {
            assertThat(link(send(file("file.bin", 10), "Link-Expires: " + seconds)))
                    .isNotEmpty();
        }
    }

    @Test
    void delete_byOwnerOnly() throws Exception {
        Path file = file("gone.bin", 100_000);
        Curl sent = send(file, "Link-Expires: 7200");
        String link = link(sent);
        String other = send(file).field("Link-Delete").orElseThrow();
        String secret = sent.field("Link-Delete").orElseThrow();
        assertThat(Curl.run("-X", "DELETE", link).status()).isEqualTo(404);
        assertThat(Curl.run("-X", "DELETE", "-H", "Link-Delete: " + other, link).status())
                .isEqualTo(404);
        assertThat(Curl.run(link).status()).isEqualTo(200);
        assertThat(Curl.run("-X", "DELETE", "-H", "Link-Delete: " + secret, program.elsewhere(link))
                        .status())
                .isEqualTo(204);
        assertThat(Curl.run(link).status()).isIn(404, 410);
        assertThat(Curl.run(program.elsewhere(link)).status()).isIn(404, 410);
    }

    @Test
    void kill_linksWorkAfterRestart_andDiskTellsNothing() throws Exception {
        String marker = "a marker that nobody else writes ";
        Path file = Files.writeString(files.resolve("marked.txt"), marker.repeat(10_000));
        Path own = Files.createDirectories(files.resolve("fleet"));
        String link;
        try (Program first = Program.start(own)) {
            Curl sent = Curl.run("-T", file.toString(), first.url(0));
            link = sent.text().strip();
            first.kill();
            assertThat(filesThatContain(own, marker)).isEmpty();
            assertThat(filesThatContain(own, "marked.txt")).isEmpty();
            try (Program second = Program.start(own, first.ports())) {
                assertThat(Curl.run(second.elsewhere(link)).body()).isEqualTo(Files.readAllBytes(file));
            }
        }
    }

    private static List<Path> filesThatContain(Path root, String text) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> {
                        try {
                            return Files.readString(file, StandardCharsets.ISO_8859_1)
                                    .contains(text);
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    })
                    .toList();
        }
    }

    @Test
    void once_doesTheRound() throws Exception {
        Path own = Files.createDirectories(files.resolve("round"));
        Process round = Program.launch(own, List.of(Ports.free(), Ports.free()), "--once");
        String said = new String(round.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(round.waitFor()).as(said).isZero();
        assertThat(said).contains("sent 1048576 bytes", "and revoked the link");
    }

    /** Without any script, because nothing here needs one. */
    @Test
    void browser_sendsAndReceives() throws Exception {
        BrowserScript script = BrowserScript.install("share.mjs");
        Path screenshots = Files.createDirectories(Path.of("target/screenshots").toAbsolutePath());
        Path picture = files.resolve("picture.png");
        try (var in = ShareIT.class.getResourceAsStream("/picture.png")) {
            Files.copy(in, picture);
        }
        ObjectNode settings = JSON.createObjectNode()
                .put("url", program.url(0))
                .put("other", program.url(1))
                .put("file", picture.toString())
                .put("chromium", BrowserScript.chromium().toString())
                .put("profile", files.resolve("profile").toString())
                .put("screenshots", screenshots.toString());
        JsonNode seen = JSON.readTree(script.play(settings.toString()));
        assertThat(seen.get("complaints")).isEmpty();
        assertThat(seen.get("name").asText()).isEqualTo("picture.png");
        assertThat(seen.get("wrongPassword").asText()).isNotEmpty();
        assertThat(seen.get("preview").asInt()).isPositive();
        assertThat(seen.get("downloaded").asText()).isEqualTo("picture.png");
        assertThat(seen.get("bytes").asLong()).isEqualTo(Files.size(picture));
    }
}
