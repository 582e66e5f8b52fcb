package io.github.uploadreceipts.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.testing.Ports;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two instances of a Spring Boot application with Spring Security: one on Tomcat, one with a chain of its own on Jetty. */
class StarterIT {

    @TempDir
    static Path directory;

    private static final HttpClient STRANGER = HttpClient.newHttpClient();

    private static ShopServer tomcat;
    private static ShopServer jetty;

    @BeforeAll
    static void start() throws Exception {
        Path keys = directory.resolve("keys.json");
        KeyRing.generate("photos").write(keys);
        int one = Ports.free();
        int other = Ports.free();
        String ports = one + "," + other;
        tomcat = ShopServer.start(one, ports, keys, directory.resolve("one"), ShopServer.NO_JETTY);
        jetty = ShopServer.start(
                other,
                ports,
                keys,
                directory.resolve("other"),
                ShopServer.NO_TOMCAT,
                "--spring.profiles.active=own-chain");
        tomcat.signIn();
        jetty.signIn();
    }

    @AfterAll
    static void stop() {
        tomcat.close();
        jetty.close();
    }

    @Test
    void order_ofUploadsOnBothInstances() throws Exception {
        for (ShopServer asked : new ShopServer[] {tomcat, jetty}) {
            HttpResponse<String> response = asked.order(
                    jetty.upload("b.txt", "dusk"), tomcat.upload("a.txt", "dawn"), jetty.upload("c.txt", "noon"));
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            assertThat(response.body())
                    .isEqualTo(
                            "[\"b.txt of ann: dusk from %2$d\",\"a.txt of ann: dawn from %1$d\",\"c.txt of ann: noon from %2$d\"]",
                            tomcat.port, jetty.port);
        }
    }

    @Test
    void order_byPlainForm_withTheTokenAsField() throws Exception {
        for (ShopServer asked : new ShopServer[] {tomcat, jetty}) {
            String form = "receipt=" + jetty.upload("b.txt", "dusk") + "&receipt=" + tomcat.upload("a.txt", "dawn")
                    + "&_csrf=" + URLEncoder.encode(asked.csrfToken(), StandardCharsets.UTF_8);
            HttpResponse<String> response = asked.send(asked.request("/orders")
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString(form)));
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            assertThat(response.body())
                    .isEqualTo(
                            "[\"b.txt of ann: dusk from %d\",\"a.txt of ann: dawn from %d\"]", jetty.port, tomcat.port);
        }
    }

    @Test
    void resumableUpload_onTheOtherInstance_isRelayed() throws Exception {
        HttpResponse<String> created =
                tomcat.send(tomcat.tus("/uploads").header("Upload-Length", "4").POST(BodyPublishers.noBody()));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        String path = URI.create("http://x/uploads")
                .resolve(created.headers().firstValue("Location").orElseThrow())
                .getPath();

        HttpResponse<String> ended = jetty.send(jetty.tus(path)
                .header("Upload-Offset", "0")
                .header("Content-Type", "application/offset+octet-stream")
                .method("PATCH", BodyPublishers.ofString("dawn")));
        assertThat(ended.statusCode()).as(ended.body()).isEqualTo(204);
        assertThat(ended.headers().firstValue("Upload-Receipt")).isPresent();
    }

    @Test
    void order_wrong_isAProblem() throws Exception {
        for (ShopServer asked : new ShopServer[] {tomcat, jetty}) {
            assertProblem(asked.order("nonsense"), 422);

            String receipt = asked.upload("a.txt", "dawn");
            assertThat(asked.order(receipt).statusCode()).isEqualTo(200);
            assertProblem(asked.order(receipt), 410); // the order has discarded it

            assertProblem(asked.send(asked.request("/late")), 410); // no filter is mapped there
        }
    }

    private static void assertProblem(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(response.body()).contains("\"status\":" + status);
    }

    @Test
    void upload_withoutTokenOrUser_isRefusedBySecurity() throws Exception {
        for (ShopServer asked : new ShopServer[] {tomcat, jetty}) {
            assertThat(asked.send(asked.request("/uploads").POST(BodyPublishers.ofString("x")))
                            .statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void pathsBetweenHosts_areOpen_othersAreNot() throws Exception {
        for (ShopServer asked : new ShopServer[] {tomcat, jetty}) {
            assertThat(status(asked.request("/internal/uploads/x/y"))).isEqualTo(404);
            assertThat(status(asked.request("/internal/other"))).isIn(302, 401);
            assertThat(status(asked.request("/token"))).isIn(302, 401);
            assertThat(status(asked.request("/uploads").method("OPTIONS", BodyPublishers.noBody())))
                    .isEqualTo(204);
            HttpResponse<String> relay = STRANGER.send(
                    asked.request("/internal/relay")
                            .POST(BodyPublishers.ofString("x"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(relay.headers().firstValue("Content-Type")).contains("application/problem+json");
            assertThat(relay.body()).contains("peer-token-refused");
        }
    }

    @Test
    void health_tellsStrangersNoReason() throws Exception {
        Path drain = Files.createFile(directory.resolve("one/drain"));
        HttpResponse<String> health =
                STRANGER.send(tomcat.request("/actuator/health").build(), BodyHandlers.ofString());
        Files.delete(drain);
        assertThat(health.statusCode()).isEqualTo(503);
        assertThat(health.body()).contains("\"status\":\"OUT_OF_SERVICE\"").doesNotContain("drain", "reason");
    }

    private static int status(HttpRequest.Builder request) throws Exception {
        return STRANGER.send(request.build(), BodyHandlers.discarding()).statusCode();
    }
}
