package io.github.uploadreceipts.servlet;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.servlet.testing.Nginx;
import io.github.uploadreceipts.testing.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The element in Chromium, while its network, the proxies before its host, and the host itself fail. */
@Tag("one-container")
class ElementFaultIT {

    private static final int MIB = 1 << 20;

    private static StoreServer.Program server;
    private static Map<String, JsonNode> seen;

    /** Plays all scenarios in one Chromium. */
    @BeforeAll
    static void play(@TempDir Path directory) throws Exception {
        ElementHost.prepare();
        Path ring = directory.resolve("ring.json");
        KeyRing.generate("test").write(ring);
        Path files = Files.createDirectories(directory.resolve("files"));
        Path root = directory.resolve("store");
        server = StoreServer.Program.start(ElementHost.class, ring, root, "");
        HttpServer control = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        control.createContext("/kill", exchange -> {
            server.kill();
            say(exchange, "");
        });
        control.createContext("/start", exchange -> {
            server = StoreServer.Program.start(ElementHost.class, ring, root, "");
            say(exchange, String.valueOf(server.port()));
        });
        control.start();
        int front = Ports.free();
        try (Nginx nginx = Nginx.withDefaultLimit(directory.resolve("nginx"), front)) {
            seen = ElementHost.play(
                    "element-fault.mjs",
                    server.port(),
                    files,
                    Map.of(
                            "port", String.valueOf(front),
                            "nginx", String.valueOf(nginx.port()),
                            "control",
                                    "http://127.0.0.1:" + control.getAddress().getPort()));
        } finally {
            control.stop(0);
        }
    }

    private static void say(HttpExchange exchange, String text) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(text.getBytes(US_ASCII));
        }
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static JsonNode played(String scenario) {
        return ElementHost.played(seen, scenario);
    }

    /** Returns what a page showed in a scenario whose files have all arrived, as they are and in their order. */
    private static JsonNode arrived(String scenario) {
        JsonNode played = played(scenario);
        JsonNode files = played.at("/order/files");
        JsonNode sent = played.path("sent");
        assertThat(files).hasSameSizeAs(sent);
        for (int i = 0; i < sent.size(); i++) {
            for (String field : List.of("name", "size", "sha256")) {
                assertThat(files.path(i).path(field)).isEqualTo(sent.path(i).path(field));
            }
        }
        return played;
    }

    private static List<JsonNode> exchanges(JsonNode played, Predicate<JsonNode> which) {
        return StreamSupport.stream(played.path("exchanges").spliterator(), false)
                .filter(which)
                .toList();
    }

    private static List<JsonNode> exchanges(JsonNode played, String method) {
        return exchanges(played, exchange -> exchange.path("method").asText().equals(method));
    }

    private static List<String> brief(JsonNode played) {
        return exchanges(played, exchange -> true).stream()
                .map(each ->
                        each.path("method").asText() + " " + each.path("status").asInt())
                .toList();
    }

    /** Checks that the upload went on where it was: no byte that the host has kept was sent again. */
    private static void assertResumed(JsonNode played) {
        assertThat(exchanges(played, "POST")).as("%s", played).isNotEmpty();
        List<JsonNode> appends = exchanges(played, "PATCH");
        assertThat(appends.get(appends.size() - 1).path("offset").asLong())
                .as("%s", played)
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"networkCut", "asleep", "hostRestarted"})
    void upload_interrupted_resumes(String scenario) {
        JsonNode played = arrived(scenario);
        assertResumed(played);
        assertThat(exchanges(played, "POST")).hasSize(1);
        assertThat(brief(played)).contains("HEAD 200");
    }

    /** Nothing is sent while the browser says that it is offline. */
    @Test
    void upload_offline_waitsForTheNetwork() {
        assertThat(played("networkCut").path("duringCut").asInt()).isZero();
    }

    @Test
    void page_reloaded_receiptsAreBackAndUploadsResume() {
        JsonNode played = arrived("reloaded");
        assertThat(played.at("/restored/0").toString()).isEqualTo("[\"stored.bin\",\"done\",true]");
        assertResumed(played);
        assertThat(exchanges(played, "POST")).hasSize(2);
    }

    /** Nginx accepts requests up to 1 MB unless it is told otherwise. */
    @Test
    void upload_throughAProxyWithALimit_arrivesWithoutASetting() {
        JsonNode played = arrived("throughNginx");
        assertThat(exchanges(played, "PATCH"))
                .hasSizeBetween(190, 420)
                .allSatisfy(append -> assertThat(append.path("sent").asLong()).isBetween(1L, (long) MIB));
    }

    @Test
    void upload_throughAProxyThatResets_arrivesInChunks() {
        JsonNode played = arrived("proxyResets");
        List<JsonNode> appends = exchanges(played, "PATCH");
        assertThat(appends).hasSizeBetween(4, 60);
        assertThat(appends.get(appends.size() - 1).path("sent").asLong()).isLessThanOrEqualTo(3L * MIB);
    }

    @Test
    void upload_gatewayFailsTwice_arrivesInChunks() {
        List<JsonNode> appends = exchanges(arrived("gatewayErrors"), "PATCH");
        assertThat(appends.subList(0, 2))
                .allSatisfy(each -> assertThat(each.path("status").asInt()).isEqualTo(502));
        assertThat(appends.size()).isGreaterThan(3);
    }

    @Test
    void upload_ticketRefused_asksForAFreshOneOnce() {
        assertThat(arrived("unauthorized").path("tickets").asInt()).isEqualTo(2);
        JsonNode forbidden = arrived("forbidden");
        assertThat(forbidden.path("tickets").asInt()).isEqualTo(2);
        assertThat(forbidden.path("refusals")).hasSize(2);
    }

    @Test
    void upload_gone_beginsAnew() {
        assertThat(exchanges(arrived("gone"), "POST")).hasSize(2);
        JsonNode forgotten = arrived("forgotten");
        assertThat(brief(forgotten)).contains("HEAD 404");
        assertThat(exchanges(forgotten, "POST")).hasSize(2);
    }

    @Test
    void upload_retryAfter_waitsAsLong() {
        List<JsonNode> creations = exchanges(arrived("retryLater"), "POST");
        assertThat(creations).hasSize(2);
        assertThat(creations.get(1).path("at").asLong()
                        - creations.get(0).path("at").asLong())
                .isGreaterThanOrEqualTo(3_000L);
    }

    @Test
    void upload_refusedForGood_isNotSentAgain() {
        JsonNode played = played("refusedForGood");
        assertThat(brief(played)).containsExactly("POST 415");
        assertThat(played.path("before").asBoolean()).isFalse();
        assertThat(played.path("after").asBoolean()).isTrue();
    }

    @Test
    void upload_sameFileInTwoTabs_isAnUploadOfEach() {
        JsonNode played = played("twoTabs");
        assertThat(played.at("/receipts/0")).isNotEqualTo(played.at("/receipts/1"));
        assertThat(brief(played)).containsExactlyInAnyOrder("POST 201", "PATCH 204", "POST 201", "PATCH 204");
    }

    @Test
    void upload_hostIsLost_beginsAnewWhenThePersonTriesAgain() {
        JsonNode played = arrived("hostLost");
        assertThat(brief(played)).contains("PATCH 503", "HEAD 503").endsWith("POST 201", "PATCH 204");
    }

    @Test
    void choose_fileWithoutAType_serverDecides() {
        assertThat(played("noType").path("names").toString()).isEqualTo("[\"photo.raw\"]");
    }

    @Test
    void form_byItsAttribute_isSubmittedWithTheReceipts() {
        arrived("formElsewhere");
    }
}
