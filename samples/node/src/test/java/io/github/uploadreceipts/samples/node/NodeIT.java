package io.github.uploadreceipts.samples.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.testing.Ports;
import io.github.uploadreceipts.testing.Required;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes with nginx in front, used as an application in another language does. */
class NodeIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BYTES = "what the user sends, which is found on no disk";

    @TempDir
    Path directory;

    @Test
    void uploadAtOneNode_checkedClaimedAndDownloadedAtTheOther() throws Exception {
        Required.requireProgram("nginx", "nginx", "nginx-light");
        try (Nodes nodes = Nodes.start(directory)) {
            String ticket =
                    text(nodes.ask(0, "tickets", "{\"sub\":\"ann\",\"maxSize\":1000,\"ctx\":{\"order\":7}}"), "ticket");
            String receipt = upload(nodes, ticket);

            HttpResponse<String> said =
                    nodes.ask(1, "receipts", "{\"receipts\":[\"" + receipt + "\"],\"sub\":\"ann\"}");
            JsonNode first = json(said).path("receipts").path(0);
            assertThat(first.path("name").textValue()).isEqualTo("grüße.txt");
            assertThat(first.path("size").intValue()).isEqualTo(BYTES.length());
            assertThat(first.path("ctx").path("order").intValue()).isEqualTo(7);
            assertThat(nodes.ask(1, "receipts", "{\"receipts\":[\"" + receipt + "\"],\"sub\":\"bob\"}")
                            .statusCode())
                    .isEqualTo(422);

            String url = text(
                    nodes.ask(1, "links", "{\"receipt\":\"" + receipt + "\",\"sub\":\"ann\",\"expires\":60}"), "url");
            assertThat(url).startsWith(nodes.url(1) + "/s/");
            assertThat(nodes.send(Nodes.request(url).build()).body()).isEqualTo(BYTES);

            String claim = "{\"receipts\":[\"" + receipt + "\"],\"sub\":\"ann\",\"claim\":\"order-7\"}";
            assertThat(nodes.ask(1, "claims", claim).statusCode()).isEqualTo(204);
            assertThat(nodes.ask(0, "claims", claim).statusCode()).isEqualTo(204);
            assertThat(nodes.ask(0, "claims", claim.replace("order-7", "order-8"))
                            .statusCode())
                    .isEqualTo(409);

            assertNowhere(nodes.store(0));
        }
    }

    /** The sample in JavaScript says <i>wait</i>, reads the file by a link of a node, and finishes. */
    @Test
    void handOver_backEndInJavaScript_waitsReadsAndFinishes() throws Exception {
        Required.requireProgram("nginx", "nginx", "nginx-light");
        Required.requireProgram("npm", "npm", "npm");
        int port = Ports.free();
        String receiver = "http://127.0.0.1:" + port + "/stored";
        try (Nodes nodes = Nodes.start(directory, "hand-over-urls=http://127.0.0.1:" + port + "/");
                BackEnd backEnd = BackEnd.start(directory, nodes, port, receiver)) {
            String ticket = backEnd.ticket();
            HttpResponse<String> uploaded = uploaded(nodes, ticket);
            String url = uploaded.headers().firstValue("Location").orElseThrow();
            String receipt = uploaded.headers().firstValue("Upload-Receipt").orElseThrow();
            assertThat(uploaded.headers().firstValue("Upload-Status")).isPresent();

            backEnd.awaitLine("finished .* " + BYTES.length());
            HttpRequest head = Nodes.request(
                            URI.create(nodes.url(1) + "/uploads/").resolve(url).toString())
                    .method("HEAD", HttpRequest.BodyPublishers.noBody())
                    .header("Tus-Resumable", "1.0.0")
                    .build();
            assertThat(nodes.send(head).headers().firstValue("Upload-Status")).contains("done");
            String link = text(nodes.ask(1, "links", "{\"receipt\":\"" + receipt + "\"}"), "url");
            assertThat(nodes.send(Nodes.request(link).build()).body()).isEqualTo(BYTES);
        }
    }

    @Test
    void badRequests_refusedWithWhatToChange() throws Exception {
        Required.requireProgram("nginx", "nginx", "nginx-light");
        try (Nodes nodes = Nodes.start(directory)) {
            HttpRequest unknown = Nodes.request(nodes.url(0) + "/api/tickets")
                    .header("Authorization", "Bearer " + Nodes.KEY.replace('0', '1'))
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build();
            assertThat(nodes.send(unknown).statusCode()).isEqualTo(401);
            assertRefused(nodes, "tickets", "{\"maxsize\":5}", 400, "there is no member maxsize");
            assertRefused(nodes, "tickets", "{\"files\":\"3\"}", 400, "files must be an integer");
            assertRefused(nodes, "tickets", "{\"files\":0}", 400, "for 1 to 10000");
            assertRefused(nodes, "tickets", "{\"handOver\":\"/stored\"}", 400, "absolute http or https URL");
            assertRefused(nodes, "tickets", "{\"maxSize\":18446744073709551616}", 400, "maxSize must be an integer");
            assertRefused(nodes, "tickets", "{\"kept\":40000000000000000}", 400, "");
            assertRefused(nodes, "tickets", "[]", 400, "must be a JSON object");
            assertRefused(nodes, "tickets", "{\"files\":1,\"files\":2}", 400, "not JSON");
            assertRefused(nodes, "links", "{\"receipt\":\"a.b.c\"}", 422, "");
            assertRefused(nodes, "other", "{}", 404, "no such resource");
            assertThat(nodes.send(Nodes.request(nodes.url(0) + "/internal/uploads/links")
                                    .build())
                            .statusCode())
                    .isEqualTo(404);
            assertThat(nodes.send(Nodes.request(nodes.url(0) + "/uploads")
                                    .POST(HttpRequest.BodyPublishers.ofString("x"))
                                    .build())
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    private static void assertRefused(Nodes nodes, String path, String body, int status, String detail)
            throws Exception {
        HttpResponse<String> response = nodes.ask(0, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(response.body()).contains(detail);
    }

    /** Uploads as a tus client does that sends the bytes with the first request, and returns the receipt. */
    private static String upload(Nodes nodes, String ticket) throws Exception {
        return uploaded(nodes, ticket).headers().firstValue("Upload-Receipt").orElseThrow();
    }

    private static HttpResponse<String> uploaded(Nodes nodes, String ticket) throws Exception {
        String name = base64("grüße.txt");
        HttpResponse<String> response = nodes.send(Nodes.request(nodes.url(0) + "/uploads")
                .header("Authorization", "Bearer " + ticket)
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Length", Integer.toString(BYTES.length()))
                .header("Upload-Metadata", "filename " + name + ",filetype " + base64("text/plain"))
                .header("Content-Type", "application/offset+octet-stream")
                .POST(HttpRequest.BodyPublishers.ofString(BYTES))
                .build());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return response;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertNowhere(Path store) throws Exception {
        try (Stream<Path> files = Files.walk(store)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain("what the user");
            }
        }
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static String text(HttpResponse<String> response, String member) throws Exception {
        return json(response).path(member).textValue();
    }
}
