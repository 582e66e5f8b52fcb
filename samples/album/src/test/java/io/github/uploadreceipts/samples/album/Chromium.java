package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.testing.BrowserScript;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Chromium, driven by a script of several scenarios. */
final class Chromium {

    private static final Path SCREENSHOTS = Path.of("target/screenshots").toAbsolutePath();
    private static final String UPPY = ", \"uppy\": \"6.0.1\"";

    private Chromium() {}

    /** Installs what the scripts need, or skips the test. */
    static void prepare() throws Exception {
        Files.createDirectories(SCREENSHOTS);
        BrowserScript.install("album.mjs", UPPY);
    }

    /** Plays a scenario of album.mjs and returns what the page showed. */
    static JsonNode play(String scenario, String url, List<Path> files) throws Exception {
        return play(
                "album.mjs", scenario, url, files.stream().map(Path::toString).toList());
    }

    /** Plays a scenario of a script and returns what the page showed. */
    static JsonNode play(String script, String scenario, String url, List<String> files) throws Exception {
        Path profile = Files.createTempDirectory("album-browser-");
        try {
            ObjectNode settings = JsonNodeFactory.instance
                    .objectNode()
                    .put("scenario", scenario)
                    .put("url", url)
                    .put("chromium", BrowserScript.chromium().toString())
                    .put("profile", profile.toString())
                    .put("screenshots", SCREENSHOTS.toString());
            files.forEach(file -> settings.withArray("files").add(file));
            return Client.JSON.readTree(BrowserScript.install(script, UPPY).play(settings.toString()));
        } finally {
            Trees.delete(profile);
        }
    }
}
