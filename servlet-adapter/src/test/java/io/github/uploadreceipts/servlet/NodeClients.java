package io.github.uploadreceipts.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.testing.BrowserScript;
import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Required;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Third-party clients that npm installs when the tests run, and the scripts that drive them. */
final class NodeClients {

    private static final Path SCRIPTS = Path.of("src/test/tus").toAbsolutePath();
    private static final Path HOME = Path.of("target/tus").toAbsolutePath();
    private static final Path INSTALLED = HOME.resolve("installed");
    /** The scripts import packages, so they must be copied beside them. */
    private static final List<String> NEEDED = List.of(
            "package.json",
            "package-lock.json",
            "element.mjs",
            "element-basics.mjs",
            "element-fault.mjs",
            "element-frameworks.mjs",
            "element-page.mjs",
            "forms.mjs",
            "tus.mjs",
            "uppy.mjs");

    private static final ObjectMapper JSON = new ObjectMapper();

    private NodeClients() {}

    /** Installs the clients, or skips the test. */
    static void prepare() throws Exception {
        Required.requireProgram("npm", "npm", "npm");
        Files.createDirectories(HOME);
        try (FileChannel lock = FileChannel.open(HOME.resolve("lock"), CREATE, WRITE)) {
            lock.lock(); // another JVM may run tests that install, too
            install();
        }
    }

    private static void install() throws Exception {
        BrowserScript.copyChromium(HOME);
        if (isInstalled()) {
            return;
        }
        for (String file : NEEDED) {
            Files.writeString(HOME.resolve(file), Files.readString(script(file)));
        }
        run(List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"));
        Files.createFile(INSTALLED);
    }

    private static boolean isInstalled() throws IOException {
        for (String file : NEEDED) {
            Path copy = HOME.resolve(file);
            if (!Files.exists(copy) || Files.mismatch(copy, script(file)) >= 0) {
                Files.deleteIfExists(INSTALLED);
            }
        }
        return Files.exists(INSTALLED);
    }

    static Path script(String name) {
        return SCRIPTS.resolve(name);
    }

    /** Returns the directory of an installed package. */
    static Path installed(String name) {
        return HOME.resolve("node_modules").resolve(name);
    }

    /** Runs a script to its end and returns the lines of JSON that it printed. */
    static List<JsonNode> play(String script, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("node", script));
        command.addAll(arguments);
        List<JsonNode> lines = new ArrayList<>();
        for (String line : run(command)) {
            if (line.startsWith("{")) {
                lines.add(JSON.readTree(line));
            }
        }
        return lines;
    }

    /** Fails if a scenario has. */
    static void requirePlayed(JsonNode seen) {
        if (seen.has("error")) {
            throw new AssertionError(Complaint.of(
                    seen.path("scenario").asText(), seen.path("error").asText()));
        }
    }

    /** Runs a command to its end. The scripts have their own time-outs. */
    private static List<String> run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = process.inputReader(UTF_8)) {
            List<String> lines = out.lines().toList();
            if (process.waitFor() != 0) {
                throw new AssertionError(Complaint.of(command.get(0) + " " + command.get(1), String.join("\n", lines)));
            }
            return lines;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
