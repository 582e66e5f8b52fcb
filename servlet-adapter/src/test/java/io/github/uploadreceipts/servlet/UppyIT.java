package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.receive.SentFile;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.servlet.testing.Nginx;
import io.github.uploadreceipts.testing.Required;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Uppy's tus plug-in in Chromium, on a page of another origin. */
@ParameterizedClass
@MethodSource("stores")
@Tag("one-container")
class UppyIT {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path SCREENSHOTS = Path.of("target/screenshots").toAbsolutePath();
    private static final List<String> ORDERS = List.of("{\"order\":1}", "{\"order\":2}");
    private static final Map<String, String> TYPES =
            Map.of("html", "text/html; charset=utf-8", "css", "text/css", "mjs", "text/javascript");

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean sealed;

    private static HttpServer pages;
    private static AdapterFixture fixture;
    private static Map<String, JsonNode> seen;

    @BeforeAll
    static void prepare() throws Exception {
        Required.requireProgram("chromium", "chromium", "chromium");
        NodeClients.prepare();
        Files.createDirectories(SCREENSHOTS);
    }

    /** Plays all scenarios in one Chromium. */
    @BeforeParameterizedClassInvocation
    static void play(Container container, boolean sealed, @TempDir Path root, @TempDir Path directory)
            throws Exception {
        pages = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pages.createContext("/uppy.html", exchange -> send(exchange, NodeClients.script("uppy.html")));
        pages.createContext("/uppy/", exchange -> send(exchange, bundle(exchange)));
        pages.start();
        String origin = "http://127.0.0.1:" + pages.getAddress().getPort();
        fixture = sealed ? AdapterFixture.sealed(root) : new AdapterFixture(root);
        fixture.start(
                container,
                true,
                UploadFilter.builder(fixture.host, UppyIT::permit)
                        .allowOrigins(origin)
                        .build());
        try (Nginx nginx = Nginx.start(directory.resolve("nginx"), fixture.port())) {
            ObjectNode settings = JsonNodeFactory.instance
                    .objectNode()
                    .put("page", origin + "/uppy.html")
                    .put("endpoint", endpoint(fixture.port()))
                    .put("nginx", endpoint(nginx.port()))
                    .put("chromium", CHROMIUM.toString())
                    .put("directory", directory.toString())
                    .put("screenshots", SCREENSHOTS.toString());
            ORDERS.forEach(order -> settings.withArray("tickets").add(ticket(order)));
            seen = NodeClients.play("uppy.mjs", List.of(settings.toString())).stream()
                    .collect(Collectors.toMap(each -> each.path("scenario").asText(), each -> each));
        }
    }

    /** Returns the containers, each with a store that keeps uploads plain and one that keeps them sealed. */
    static Stream<Arguments> stores() {
        return Container.all().flatMap(each -> Stream.of(Arguments.of(each, false), Arguments.of(each, true)));
    }

    private static String endpoint(int port) {
        return "http://127.0.0.1:" + port + "/uploads";
    }

    private static UploadPermit permit(HttpServletRequest request) {
        UploadLimits limits = UploadLimits.defaults();
        return request.getHeader("Upload-Ticket") == null ? UploadPermit.anyone(limits) : UploadPermit.byTicket(limits);
    }

    @AfterParameterizedClassInvocation
    static void stop() throws Exception {
        pages.stop(0);
        fixture.close();
    }

    private static Path bundle(HttpExchange exchange) {
        Path name = Path.of(exchange.getRequestURI().getPath()).getFileName();
        return NodeClients.installed("uppy").resolve("dist").resolve(name);
    }

    private static void send(HttpExchange exchange, Path file) throws IOException {
        String name = file.toString();
        exchange.getResponseHeaders().set("Content-Type", TYPES.get(name.substring(name.lastIndexOf('.') + 1)));
        exchange.sendResponseHeaders(200, Files.size(file));
        try (exchange) {
            Files.copy(file, exchange.getResponseBody());
        }
    }

    private static String ticket(String context) {
        return TicketIssuer.create(fixture.keyRing)
                .issue(UploadTicket.builder(Clock.systemUTC()).context(context).build());
    }

    /** Returns what the page showed in this scenario, of which nothing is wrong. */
    private static JsonNode played(String scenario) throws Exception {
        assertThat(seen).containsKey(scenario);
        JsonNode played = seen.get(scenario);
        NodeClients.requirePlayed(played);
        assertThat(played.path("complaints")).as("%s", played).isEmpty();
        TusJsClientIT.assertOffsetsNeverGoBack(played);
        SentFile.of(played).assertIsStored(fixture.host, played.path("receipt").asText());
        return played;
    }

    @Test
    void upload_pageOfAnotherOrigin_seesTheReceipt() throws Exception {
        played("upload");
        assertThat(resumedAt(played("pauseAndResume"))).isPositive();
        assertThat(resumedAt(played("reloadAndResume"))).isPositive();
    }

    /** Uppy remembers the URL of each file, also of one that is complete. */
    @Test
    void upload_sameFileUnderAnotherTicket_isAnotherUpload() throws Exception {
        JsonNode played = played("secondOrder");
        UploadReceipt first =
                fixture.host.receipts().verify(played.path("first").asText());
        UploadReceipt second =
                fixture.host.receipts().verify(played.path("receipt").asText());
        assertThat(List.of(first.context().orElseThrow(), second.context().orElseThrow()))
                .isEqualTo(ORDERS);
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(played.path("exchanges"))
                .extracting(each -> each.path(0).asText() + " " + each.path(1).asInt())
                .containsExactly("HEAD 404", "POST 201", "PATCH 204");
    }

    @Test
    void upload_throughNginx_seesTheReceipt() throws Exception {
        played("throughNginx");
    }

    /** Returns the offset at which the upload resumed. */
    private static long resumedAt(JsonNode seen) {
        for (JsonNode exchange : seen.path("exchanges")) {
            if (exchange.path(0).asText().equals("HEAD")) {
                return exchange.path(2).asLong();
            }
        }
        return 0;
    }
}
