package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operators' command, with a real Swift and a real s3proxy. */
class ObjectStorageCommandIT {

    private static final String ORIGIN = "http://www.example.org";

    @TempDir
    private static Path directory;

    private static SwiftServer swift;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeAll
    static void start() throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stop() {
        swift.close();
    }

    private boolean run(String key, String... arguments) throws IOException {
        out.reset();
        Map<String, String> environment = Map.of(
                "ST_AUTH",
                swift.loginUrl(),
                "ST_USER",
                SwiftServer.USER,
                "ST_KEY",
                SwiftServer.PASSWORD,
                "SWIFT_TEMP_URL_KEY",
                key);
        return new ObjectStorageCommand(new PrintStream(out, true, StandardCharsets.UTF_8), environment)
                .run(List.of(arguments));
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String place(String container) {
        return "swift:" + swift.accountUrl() + "/" + container;
    }

    @Test
    void check_containerIsNotThere_thenPrepared() throws IOException {
        assertThat(run("key", "check", place("fresh"))).isFalse();
        assertThat(said()).startsWith("BAD").contains("'prepare' creates it");

        assertThat(run("key", "prepare", place("fresh"))).isTrue();
        assertThat(said()).contains("fresh was created");

        assertThat(run("key", "check", place("fresh"))).as(said()).isTrue();
        assertThat(said().lines())
                .anyMatch(line -> line.equals("ok   an object was written, proved, read and deleted"))
                .anyMatch(line -> line.equals("ok   large objects can be written in segments"))
                .anyMatch(line -> line.startsWith("less ") && line.contains("ObjectClaims"));
        assertThat(swift.request("GET", "/fresh").body()).as("what is left").isEmpty();
    }

    @Test
    void check_loginIsRefused_saysWhy() throws IOException {
        Map<String, String> environment =
                Map.of("ST_AUTH", swift.loginUrl(), "ST_USER", SwiftServer.USER, "ST_KEY", "wrong");
        ObjectStorageCommand command =
                new ObjectStorageCommand(new PrintStream(out, true, StandardCharsets.UTF_8), environment);
        assertThat(command.run(List.of("check", place("fresh")))).isFalse();
        assertThat(said()).startsWith("BAD").doesNotContain("wrong");
    }

    @Test
    void prepare_incoming_letsPagesWrite_andKeepsTheFormerKey() throws Exception {
        String[] words = {"prepare", place("hosts"), "--origin", ORIGIN};
        assertThat(run("first", words)).isTrue();
        assertThat(run("second", words)).isTrue();
        assertThat(said()).contains("stay valid").doesNotContain("second");
        var fields = swift.request("GET", "/hosts-incoming?format=json").headers();
        assertThat(fields.firstValue("X-Container-Meta-Temp-Url-Key")).contains("second");
        assertThat(fields.firstValue("X-Container-Meta-Temp-Url-Key-2")).contains("first");

        HttpResponse<String> preflight = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(swift.accountUrl() + "/hosts-incoming/anything"))
                                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                                .header("Origin", ORIGIN)
                                .header("Access-Control-Request-Method", "PUT")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(preflight.statusCode()).isEqualTo(200);
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
                .contains(ORIGIN);
        assertThat(preflight
                        .headers()
                        .firstValue("Access-Control-Allow-Methods")
                        .orElseThrow())
                .contains("PUT");
    }

    @Test
    void bucket_isPreparedAndChecked(@TempDir Path data) throws IOException {
        try (S3Proxy store = S3Proxy.start(data)) {
            Map<String, String> environment =
                    Map.of("AWS_ACCESS_KEY_ID", store.accessKey(), "AWS_SECRET_ACCESS_KEY", store.secretKey());
            ObjectStorageCommand command =
                    new ObjectStorageCommand(new PrintStream(out, true, StandardCharsets.UTF_8), environment);
            String place = "s3:" + store.endpoint() + "/photos";
            assertThat(command.run(List.of("check", place))).as(said()).isFalse();
            assertThat(said()).startsWith("BAD  there is no bucket photos");
            assertThat(command.run(List.of("prepare", place))).isTrue();
            assertThat(said()).contains("photos was created").contains("takes no lifecycle rule");

            out.reset();
            assertThat(command.run(List.of("check", place))).as(said()).isTrue();
            assertThat(said().lines())
                    .anyMatch(line -> line.startsWith("ok   an object was written"))
                    .anyMatch(line -> line.startsWith("ok   of 16 racers, one wrote"))
                    .anyMatch(line -> line.startsWith("less no lifecycle rule"));
        }
    }

    @Test
    void bucketForPages_isPreparedAndChecked(@TempDir Path data) throws IOException {
        try (S3Proxy store = S3Proxy.start(data)) {
            ObjectStorageCommand command =
                    new ObjectStorageCommand(new PrintStream(out, true, StandardCharsets.UTF_8), store.environment());
            String place = "s3:" + store.endpoint() + "/photos";
            assertThat(command.run(List.of("prepare", place))).isTrue();
            out.reset();
            assertThat(command.run(List.of("check", place))).as(said()).isTrue();
            assertThat(said()).contains("less there is no bucket photos-incoming, so browsers cannot write");

            out.reset();
            assertThat(command.run(List.of("prepare", place, "--origin", ORIGIN)))
                    .isTrue();
            assertThat(said())
                    .contains("photos-incoming was created")
                    .contains("takes no CORS rule: in its own settings, let pages of " + ORIGIN + " send POST")
                    .contains("what no host has recorded stays");
            out.reset();
            assertThat(command.run(List.of("check", place))).as(said()).isTrue();
            assertThat(said().lines())
                    .contains("ok   photos-incoming takes the forms that their policies permit, and no others")
                    .anyMatch(line -> line.startsWith("less photos-incoming has no CORS rule"))
                    .anyMatch(line -> line.startsWith("less no lifecycle rule deletes what no host has recorded"));
        }
    }

    @Test
    void words_areWrong() {
        assertThatThrownBy(() -> run("key", "check"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a place");
        assertThatThrownBy(() -> run("key", "prepare", place("c"), "--origin", ORIGIN + "/path"))
                .hasMessageContaining("no origin");
        assertThatThrownBy(() -> run("", "prepare", place("c"), "--origin", ORIGIN))
                .hasMessageContaining("SWIFT_TEMP_URL_KEY");
        assertThatThrownBy(() -> run("key", "check", "ftp://x")).hasMessageContaining("swift:https://");
        assertThatThrownBy(() -> run("key", "mend", place("c"))).hasMessageContaining("no command 'mend'");
    }
}
