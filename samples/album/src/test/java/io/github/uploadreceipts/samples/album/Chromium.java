package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.testing.Required;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Chromium, driven by a small script with playwright-core, which npm installs when the tests run. */
final class Chromium {

    private static final Path HOME = Path.of("target/browser").toAbsolutePath();
    private static final Path SCREENSHOTS = Path.of("target/screenshots").toAbsolutePath();

    private Chromium() {}

    /** Installs playwright-core, or skips the test. */
    static void prepare() throws Exception {
        Required.requireProgram("chromium", "chromium", "chromium");
        Required.requireProgram("chromium", "npm", "nodejs npm");
        Files.createDirectories(HOME);
        Files.createDirectories(SCREENSHOTS);
        for (String file : List.of("package.json", "album.mjs", "share.mjs")) {
            try (InputStream in = Chromium.class.getResourceAsStream("/browser/" + file)) {
                Files.write(HOME.resolve(file), in.readAllBytes());
            }
        }
        Path log = HOME.resolve("npm.log");
        int status = run(
                log,
                "npm",
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--no-package-lock",
                "--prefer-offline");
        boolean there = status == 0 && Files.isDirectory(HOME.resolve("node_modules/playwright-core"));
        Required.require("chromium", there, "npm could not install playwright-core: " + Files.readString(log));
    }

    /** Plays a scenario of album.mjs and returns what the page showed. */
    static JsonNode play(String scenario, String url, List<Path> files) throws Exception {
        return play(
                "album.mjs", scenario, url, files.stream().map(Path::toString).toList());
    }

    /** Plays a scenario of a script and returns what the page showed. */
    static JsonNode play(String script, String scenario, String url, List<String> files) throws Exception {
        Path profile = Files.createTempDirectory("album-browser-");
        Path log = HOME.resolve(scenario + ".log");
        try {
            ObjectNode settings = JsonNodeFactory.instance
                    .objectNode()
                    .put("url", url)
                    .put("chromium", Unprivileged.find("chromium").orElseThrow().toString())
                    .put("profile", profile.toString())
                    .put("screenshots", SCREENSHOTS.toString());
            files.forEach(file -> settings.withArray("files").add(file));
            int status = run(log, "node", script, scenario, settings.toString());
            String printed = Files.readString(log);
            if (status != 0) {
                throw new AssertionError(scenario + " ended with " + status + ":\n" + printed);
            }
            return Client.JSON.readTree(printed.substring(printed.lastIndexOf("\n{") + 1));
        } finally {
            Trees.delete(profile);
        }
    }

    private static int run(Path log, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        Process process = builder.start();
        try {
            if (!process.waitFor(150, TimeUnit.SECONDS)) {
                process.destroy(); // on SIGTERM the script closes its browser
                process.waitFor(10, TimeUnit.SECONDS);
                throw new IOException(command[0] + " did not end:\n" + Files.readString(log));
            }
            return process.exitValue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
