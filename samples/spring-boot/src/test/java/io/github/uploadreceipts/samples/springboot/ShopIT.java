package io.github.uploadreceipts.samples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.BrowserScript;
import io.github.uploadreceipts.testing.Complaint;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.json.JsonParserFactory;

/** Starts the program as README does, and orders prints in Chromium. */
class ShopIT {

    @TempDir
    static Path directory;

    private static final List<String> FILES = new ArrayList<>();
    private static BrowserScript browser;
    private static Process program;
    private static List<String> urls = List.of();

    @BeforeAll
    static void start() throws Exception {
        browser = BrowserScript.install("shop.mjs");
        draw("dawn.png", Color.ORANGE);
        draw("noon.png", Color.CYAN);
        draw("dusk.png", Color.MAGENTA);
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        program = new ProcessBuilder(java.toString(), "-jar", "target/spring-boot.jar", "--ports", "0,0")
                .redirectErrorStream(true)
                .start();
        urls = awaitReady(program.inputReader());
    }

    @AfterAll
    static void stop() throws Exception {
        if (program != null) {
            program.destroy();
            assertThat(program.waitFor(120, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static List<String> awaitReady(BufferedReader lines) throws IOException {
        StringBuilder output = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("ready ")) {
                return List.of(line.substring("ready ".length()).split(" ", -1));
            }
            output.append(line).append('\n');
        }
        throw new IOException(Complaint.of("the program ended", output.toString()));
    }

    private static void draw(String name, Color color) throws IOException {
        BufferedImage image = new BufferedImage(480, 320, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, color, 0, 320, Color.DARK_GRAY));
        graphics.fillRect(0, 0, 480, 320);
        graphics.dispose();
        Path file = directory.resolve(name);
        ImageIO.write(image, "png", file.toFile());
        FILES.add(file.toString());
    }

    @Test
    void order_withScript_fromBothInstances() throws Exception {
        assertThat(urls).hasSize(2);
        var seen = order(urls.get(0), true);
        assertThat(seen.get("names")).as(seen.toString()).isEqualTo(List.of("dawn.png", "noon.png", "dusk.png"));
        assertThat(seen.get("owners"))
                .isIn(
                        List.of(authority(0), authority(1), authority(0)),
                        List.of(authority(1), authority(0), authority(1)));
        assertThat(seen.get("widths")).isEqualTo(List.of(480, 480, 480));
        assertThat(seen.get("complaints")).isEqualTo(List.of());
        assertThat(seen.get("refusal")).isEqualTo("Not now");
        assertThat(seen.get("text").toString()).contains("3 prints on matt paper");
    }

    @Test
    void order_withoutScript_sendsTheFiles() throws Exception {
        var seen = order(urls.get(1), false);
        assertThat(seen.get("names")).as(seen.toString()).isEqualTo(List.of("dawn.png", "noon.png", "dusk.png"));
        assertThat(seen.get("owners")).isEqualTo(List.of(authority(1), authority(1), authority(1)));
        assertThat(seen.get("text").toString()).contains("3 prints on matt paper");
    }

    private static String authority(int index) {
        return urls.get(index).substring("http://".length());
    }

    private static Map<String, Object> order(String url, boolean script) throws Exception {
        Path screenshots = Files.createDirectories(Path.of("target/screenshots").toAbsolutePath());
        String settings = """
                {"url":"%s/","script":%s,"chromium":"%s","profile":"%s","screenshots":"%s","files":["%s"]}""".formatted(
                        url,
                        script,
                        BrowserScript.chromium(),
                        Files.createTempDirectory(directory, "profile"),
                        screenshots,
                        String.join("\",\"", FILES));
        return JsonParserFactory.getJsonParser().parseMap(browser.play(settings));
    }
}
