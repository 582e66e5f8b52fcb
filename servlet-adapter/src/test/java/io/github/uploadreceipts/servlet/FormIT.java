package io.github.uploadreceipts.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Required;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Forms with odd names, as Chromium and curl send them. */
@ParameterizedClass
@MethodSource(Container.ALL)
@Tag("one-container")
class FormIT {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final String MULTIPART = "enctype=\"multipart/form-data\"";
    private static final Charset CENTRAL_EUROPEAN = Charset.forName("windows-1250");

    /** File names that Linux allows, and the names in their receipts. */
    private static final Map<String, String> NAMES = Map.of(
            "tab\tbell\7escape\33.jpg", "tabbellescape.jpg",
            "say \"cheese\"; now.jpg", "say \"cheese\"; now.jpg",
            "5\".jpg", "5\".jpg",
            "it's = 100%, a&b.jpg", "it's = 100%, a&b.jpg",
            "č 写真 👩‍👩‍👧.jpg", "č 写真 👩‍👩‍👧.jpg",
            "backslash\\", "upload");

    @Parameter
    Container container;

    @TempDir
    Path root;

    @TempDir
    Path directory;

    private final List<String> files = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private AdapterFixture fixture;

    /** Pages that contain only a form. */
    private static final class Pages extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String attributes = switch (request.getRequestURI()) {
                case "/without-enctype" -> "";
                case "/text" -> "enctype=\"text/plain\"";
                case "/other-charset" -> MULTIPART + " accept-charset=\"utf-8\"";
                default -> MULTIPART;
            };
            response.setContentType("text/html;charset=" + CENTRAL_EUROPEAN);
            response.getOutputStream()
                    .write(("<!DOCTYPE html><title>Form</title><form method=\"post\" action=\"/uploads\" " + attributes
                                    + "><input type=\"file\" name=\"file\" multiple><button>Upload</button></form>")
                            .getBytes(CENTRAL_EUROPEAN));
        }
    }

    @BeforeEach
    void start() throws Exception {
        for (Map.Entry<String, String> name : NAMES.entrySet()) {
            Path file = directory.resolve(name.getKey());
            Files.writeString(file, name.getKey());
            files.add(file.toString());
            names.add(name.getValue());
        }
        fixture = new AdapterFixture(root);
        UploadFilter filter = UploadFilter.create(fixture.host, UploadPolicy.anyone(UploadLimits.defaults()));
        fixture.start(container, true, Map.of("/uploads/*", filter), new Pages());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private List<JsonNode> submit(String... paths) throws Exception {
        Required.requireProgram("chromium", "chromium", "chromium");
        NodeClients.prepare();
        List<String> arguments = new ArrayList<>(List.of(
                CHROMIUM.toString(),
                "http://127.0.0.1:" + fixture.port(),
                new ObjectMapper().writeValueAsString(files)));
        arguments.addAll(List.of(paths));
        return NodeClients.play("forms.mjs", arguments);
    }

    @Test
    void chromium_formsOfPeople_loseNoFile() throws Exception {
        List<JsonNode> seen = submit("/other-charset", "/nothing-chosen", "/without-enctype", "/text");

        assertThat(seen.get(0).path("heading").asText()).isEqualTo("Stored");
        assertThat(seen.get(0).path("names")).extracting(JsonNode::asText).containsExactlyElementsOf(names);
        assertThat(seen.get(1).path("heading").asText()).isEqualTo("No file was chosen");
        for (JsonNode refused : seen.subList(2, 4)) {
            assertThat(refused.path("status").asInt()).isEqualTo(415);
            assertThat(refused.path("text").asText())
                    .contains("Write <form method=\"post\" enctype=\"multipart/form-data\">.");
        }
        assertThat(fixture.files()).hasSize(NAMES.size());
    }

    @Test
    void curl_oddNames_inBothOfItsWays() throws Exception {
        Required.requireProgram("curl", "curl", "curl");
        for (String escape : List.of("--form-string", "--form-escape")) {
            List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "60"));
            command.addAll(escape.equals("--form-escape") ? List.of(escape) : List.of(escape, "title=@none"));
            for (String file : files) {
                command.addAll(List.of(
                        "-F", "file=@\"" + file.replace("\\", "\\\\").replace("\"", "\\\"") + "\";type=image/jpeg"));
            }
            command.add("http://127.0.0.1:" + fixture.port() + "/uploads");
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor()).as(Complaint.of("curl", said)).isZero();
            List<UploadReceipt> receipts = fixture.receipts(new Wire.Response(0, Map.of(), said));
            assertThat(receipts).as(said).extracting(UploadReceipt::name).containsExactlyElementsOf(names);
        }
    }
}
