package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.BrowserScript;
import io.github.uploadreceipts.testing.Required;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** An application whose pages have the element: it receives uploads, issues tickets, and takes orders. */
final class ElementHost {

    private static final Path SCREENSHOTS = Path.of("target/screenshots").toAbsolutePath();
    private static final ObjectMapper JSON = new ObjectMapper();

    private ElementHost() {}

    /** Returns the application, for a container. With a ticket, uploads are what the ticket permits. */
    static Container.App app(UploadHost host, KeyRing ring, UploadLimits limits) {
        Map<String, Filter> filters = Map.of(
                "/uploads/*",
                UploadFilter.create(
                        host,
                        request -> request.getHeader("Upload-Ticket") == null
                                ? UploadPermit.anyone(limits)
                                : UploadPermit.byTicket(limits)),
                "/orders",
                ReceiptsFilter.builder(host)
                        .maxBodySize(4 << 20)
                        .files(UploadPolicy.anyone(limits))
                        .build());
        return Container.App.of(filters, new Application(TicketIssuer.create(ring)), true);
    }

    /** {@code KEY-RING ROOT}: runs the application until standard input ends. */
    public static void main(String[] arguments) throws Exception {
        KeyRing ring = KeyRing.load(Path.of(arguments[0]));
        try (UploadHost host = UploadHost.builder(ring, LocalUploadStore.at(Path.of(arguments[1])))
                        .internalUrl("http://127.0.0.1:8080")
                        .developmentMode()
                        .build();
                Container.Running running = Container.JETTY_EE10.startAlone(app(host, ring, UploadLimits.defaults()))) {
            System.out.println(running.port());
            while (System.in.read() >= 0) {}
        }
    }

    /** Responds to orders with what they are about, and to requests for tickets. */
    private static final class Application extends HttpServlet {

        private static final long serialVersionUID = 1;

        private final transient TicketIssuer tickets;

        Application(TicketIssuer tickets) {
            this.tickets = tickets;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            if (request.getRequestURI().equals("/ticket")) {
                json.put(
                        "ticket", ticket(JSON.readTree(request.getInputStream()).path("files")));
            } else {
                json.put("title", request.getParameter("title"));
                json.put("fileParts", request.getParameterMap().containsKey("file"));
                ArrayNode files = json.putArray("files");
                ReceiptsFilter.receipts(request).forEach(receipt -> describe(files.addObject(), receipt));
            }
            response.setContentType("application/json");
            response.getOutputStream().write(JSON.writeValueAsBytes(json));
        }

        private String ticket(JsonNode files) {
            String batch = UUID.randomUUID().toString();
            return tickets.issue(UploadTicket.builder(Clock.systemUTC())
                    .files(files.size())
                    .batch(new Batch(batch, files.size(), 1))
                    .build());
        }

        private static void describe(ObjectNode file, UploadReceipt receipt) {
            file.put("name", receipt.name())
                    .put("type", receipt.type())
                    .put("size", receipt.size())
                    .put("sha256", receipt.digest().hex());
            receipt.path().ifPresent(path -> file.put("path", path));
            receipt.batch().ifPresent(batch -> file.put("sequence", batch.sequence()));
        }
    }

    /** Installs what the scripts need, or skips the test. */
    static void prepare() throws Exception {
        Required.requireProgram("chromium", "chromium", "chromium");
        NodeClients.prepare();
        Files.createDirectories(SCREENSHOTS);
    }

    /**
     * Plays all scenarios of a script in one Chromium, and returns what their pages showed.
     *
     * @param port that of the host
     * @param settings further settings
     */
    static Map<String, JsonNode> play(String script, int port, Path directory, Map<String, String> settings)
            throws Exception {
        ObjectNode all = JsonNodeFactory.instance
                .objectNode()
                .put("host", port)
                .put("pages", NodeClients.script("element").toString())
                .put("chromium", BrowserScript.chromium().toString())
                .put("directory", directory.toString())
                .put("screenshots", SCREENSHOTS.toString());
        settings.forEach(all::put);
        return NodeClients.play(script, List.of(all.toString())).stream()
                .collect(Collectors.toMap(seen -> seen.path("scenario").asText(), seen -> seen));
    }

    /** Returns what a page showed in a scenario, of which nothing is wrong: no policy was violated, either. */
    static JsonNode played(Map<String, JsonNode> seen, String scenario) {
        assertThat(seen).containsKey(scenario);
        JsonNode played = seen.get(scenario);
        NodeClients.requirePlayed(played);
        assertThat(played.path("complaints")).as("%s", played).isEmpty();
        return played;
    }
}
