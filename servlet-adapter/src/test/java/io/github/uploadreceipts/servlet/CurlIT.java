package io.github.uploadreceipts.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.internal.receive.SentFile;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.servlet.testing.Nginx;
import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Required;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** tus requests that a shell script sends with curl. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class CurlIT {

    private static final int SIZE = 3_000_001;
    private static final int FIRST = 2_000_000;
    private static final String NAME = "attachment; filename=curled.png";
    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");
    private static final String CONTINUE = "HTTP/1.1 100 ";

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    @TempDir
    Path directory;

    private final byte[] content = new byte[SIZE];
    private AdapterFixture fixture;
    private String origin;

    @BeforeAll
    static void require() {
        Required.requireProgram("curl", "curl", "curl");
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root).start(container, async, UploadLimits.defaults());
        origin = "http://127.0.0.1:" + fixture.port();
        new Random().nextBytes(content);
        Files.write(directory.resolve("all"), content);
        Files.write(directory.resolve("first"), Arrays.copyOf(content, FIRST));
        Files.write(directory.resolve("second"), Arrays.copyOfRange(content, FIRST, SIZE));
        Files.write(directory.resolve("none"), new byte[0]);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    /** Returns curl's output: the heads of all responses, and the body. */
    private String curl(String url, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "-i", "--max-time", "60", "--http1.1"));
        command.addAll(arguments);
        command.add(url);
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(Complaint.of("curl", said)).isZero();
        return said;
    }

    private String tus(String url, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "Tus-Resumable: 1.0.0"));
        all.addAll(List.of(arguments));
        return curl(url, all);
    }

    private static int status(String said) {
        Matcher line = Pattern.compile("^HTTP/1\\.1 (\\d+)", Pattern.MULTILINE).matcher(said);
        int status = 0;
        while (line.find()) {
            status = Integer.parseInt(line.group(1));
        }
        return status;
    }

    private static String header(String said, String name) {
        Matcher field = Pattern.compile("^" + name + ": *(.*?)\\r?$", Pattern.MULTILINE | Pattern.CASE_INSENSITIVE)
                .matcher(said);
        return field.find() ? field.group(1) : "";
    }

    private String create(String... lengthFields) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-X", "POST", "-H", "Content-Length: 0"));
        String metadata = "filename " + base64("curled.png") + ",filetype " + base64("image/png");
        arguments.addAll(List.of("-H", "Upload-Metadata: " + metadata));
        for (String field : lengthFields) {
            arguments.addAll(List.of("-H", field));
        }
        String said = tus(origin + "/uploads", arguments.toArray(String[]::new));
        assertThat(status(said)).as(said).isEqualTo(201);
        return URI.create(origin + "/uploads").resolve(header(said, "Location")).toString();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }

    private String patch(String url, long offset, String file, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-X", "PATCH", "-H", "Upload-Offset: " + offset));
        all.addAll(List.of("-H", "Content-Type: application/offset+octet-stream", "--data-binary", "@" + file));
        all.addAll(List.of(arguments));
        return tus(url, all.toArray(String[]::new));
    }

    private void assertFinished(String said, String url) throws Exception {
        assertThat(status(said)).as(said).isEqualTo(204);
        assertThat(header(said, "Upload-Offset")).isEqualTo(Integer.toString(SIZE));
        String later = tus(url, "-I");
        assertThat(status(later)).as(later).isEqualTo(200);
        assertThat(header(later, "Upload-Offset")).isEqualTo(Integer.toString(SIZE));
        SentFile sent = SentFile.of("curled.png", "image/png", content);
        assertThat(sent.assertIsStored(fixture.host, header(said, "Upload-Receipt"))
                        .id())
                .isEqualTo(sent.assertIsStored(fixture.host, header(later, "Upload-Receipt"))
                        .id());
    }

    @Test
    void patch_invited_inTwoParts() throws Exception {
        String url = create("Upload-Length: " + SIZE);
        String first = patch(url, 0, "first", "-H", "Expect: 100-continue");
        assertThat(status(first)).as(first).isEqualTo(204);
        assertThat(first).contains(CONTINUE);
        assertThat(header(first, "Upload-Offset")).isEqualTo(Integer.toString(FIRST));
        assertThat(header(first, "Upload-Receipt")).isEmpty();
        assertThat(header(tus(url, "-I"), "Upload-Offset")).isEqualTo(Integer.toString(FIRST));
        assertFinished(patch(url, FIRST, "second", "-H", "Expect:"), url);
    }

    @Test
    void patch_throughNginx_chunkedAndInvited() throws Exception {
        try (Nginx nginx = Nginx.start(directory.resolve("nginx"), fixture.port())) {
            origin = "http://127.0.0.1:" + nginx.port();
            String url = create("Upload-Length: " + SIZE);
            String chunked = "Transfer-Encoding: chunked";
            assertThat(status(patch(url, 0, "first", "-H", chunked, "-H", "Expect: 100-continue")))
                    .isEqualTo(204);
            assertFinished(patch(url, FIRST, "second", "-H", chunked), url);
        }
    }

    @Test
    void patch_wrongOffset_isNotInvited() throws Exception {
        String url = create("Upload-Length: " + SIZE);
        String said = patch(url, 1, "all", "-H", "Expect: 100-continue");
        assertThat(status(said)).isEqualTo(409);
        assertThat(said).doesNotContain(CONTINUE);
        assertFinished(patch(url, 0, "all"), url);
    }

    /** A client may declare the length when the host already has all bytes. */
    @Test
    void patch_deferredLength_declaredAtTheEnd() throws Exception {
        String url = create("Upload-Defer-Length: 1");
        assertThat(status(patch(url, 0, "all"))).isEqualTo(204);
        String said = tus(url, "-I");
        assertThat(header(said, "Upload-Defer-Length")).isEqualTo("1");
        assertThat(header(said, "Upload-Offset")).isEqualTo(Integer.toString(SIZE));
        assertFinished(patch(url, SIZE, "none", "-H", "Upload-Length: " + SIZE), url);
    }

    @Test
    void post_withEverything_isFinished() throws Exception {
        String type = "Content-Type: application/offset+octet-stream";
        String name = "Upload-Metadata: name " + base64("curled.png") + ",type " + base64("image/png");
        String said = tus(
                origin + "/uploads", "-H", "Upload-Length: " + SIZE, "-H", type, "-H", name, "--data-binary", "@all");
        assertThat(status(said)).as(said).isEqualTo(201);
        SentFile sent = SentFile.of("curled.png", "image/png", content);
        sent.assertIsStored(fixture.host, header(said, "Upload-Receipt"));
        assertThat(said).endsWith("}").contains("\r\n\r\n{\"receipts\":[", header(said, "Upload-Receipt"));
    }

    /** A single request without tus. */
    @RepeatedTest(3)
    void put_invited_isStored() throws Exception {
        List<String> fields = List.of(
                "-H", "Expect: 100-continue", "-H", "Content-Type: image/png", "-H", "Content-Disposition: " + NAME);
        List<String> arguments = new ArrayList<>(fields);
        arguments.addAll(List.of("-T", "all"));
        String said = curl(origin + "/uploads", arguments);
        assertThat(status(said)).as(said).isEqualTo(201);
        assertThat(said).contains(CONTINUE);
        Matcher receipt = RECEIPT.matcher(said);
        assertThat(receipt.find()).isTrue();
        SentFile.of("curled.png", "image/png", content).assertIsStored(fixture.host, receipt.group(1));
    }

    @Test
    void delete_isGone() throws Exception {
        String url = create("Upload-Length: " + SIZE);
        assertThat(status(patch(url, 0, "first"))).isEqualTo(204);
        assertThat(status(tus(url, "-X", "DELETE"))).isEqualTo(204);
        assertThat(status(tus(url, "-I"))).isEqualTo(404);
        fixture.awaitNothingLeft();
    }
}
