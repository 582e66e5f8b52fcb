package io.github.uploadreceipts.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.testing.BrowserScript;
import io.github.uploadreceipts.testing.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.json.JsonParserFactory;

/** Uploads and an order in Chromium, where Spring Security asks each request for its token. */
@ParameterizedClass
@CsvSource({"session, tomcat", "session, jetty", "cookie, tomcat", "cookie, jetty"})
class CsrfIT {

    @Parameter(0)
    String repository;

    @Parameter(1)
    String container;

    @TempDir
    Path directory;

    private BrowserScript browser;
    private ShopServer server;

    @BeforeEach
    void start() throws Exception {
        browser = BrowserScript.install("csrf.mjs");
        Path keys = directory.resolve("keys.json");
        KeyRing.generate("prints").write(keys);
        int port = Ports.free();
        server = ShopServer.start(
                PrintApplication.class,
                port,
                Integer.toString(port),
                keys,
                directory.resolve("store"),
                container.equals("tomcat") ? ShopServer.NO_JETTY : ShopServer.NO_TOMCAT,
                "--spring.profiles.active=" + repository,
                "--upload-receipts.uploads.final-form=/orders");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void order_withScript() throws Exception {
        Map<String, Object> seen = order(true);
        assertThat(seen.get("statuses")).as("three files and the order").isEqualTo(List.of(201, 201, 201, 200));
    }

    /** The page that responds to a form is the next form, and has its token. */
    @Test
    void order_withoutScript() throws Exception {
        Map<String, Object> seen = order(false);
        assertThat(seen.get("statuses")).as("two forms and the order").isEqualTo(List.of(201, 201, 200));
        assertThat(seen.get("headings")).isEqualTo(List.of("Stored", "Stored"));
    }

    private Map<String, Object> order(boolean script) throws Exception {
        String settings = """
                {"url":"http://127.0.0.1:%d/","script":%s,"chromium":"%s","profile":"%s","files":["%s","%s","%s"]}""".formatted(
                        server.port,
                        script,
                        BrowserScript.chromium(),
                        Files.createDirectory(directory.resolve("profile")),
                        file("b.txt", "dusk"),
                        file("a.txt", "dawn"),
                        file("c.txt", "noon"));
        Map<String, Object> seen = JsonParserFactory.getJsonParser().parseMap(browser.play(settings));
        assertThat(seen.get("ordered")).isEqualTo(List.of("b.txt: dusk", "a.txt: dawn", "c.txt: noon"));
        return seen;
    }

    private Path file(String name, String content) throws Exception {
        return Files.writeString(directory.resolve(name), content);
    }
}
