package io.github.uploadreceipts.fetch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Required;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** tus-js-client in Node, driven by the script of the servlet adapter's tests. */
final class StockClient {

    private static final Path SCRIPTS = Path.of("../servlet-adapter/src/test/tus");
    private static final Path HOME = Path.of("target/tus");
    private static final ObjectMapper JSON = new ObjectMapper();

    private StockClient() {}

    /** Installs tus-js-client, or skips the test. */
    static void prepare() throws Exception {
        Files.createDirectories(HOME);
        Required.requireProgram("npm", "npm", "npm");
        for (String file : List.of("package.json", "package-lock.json", "tus.mjs")) {
            Files.writeString(HOME.resolve(file), Files.readString(SCRIPTS.resolve(file)));
        }
        if (!Files.isDirectory(HOME.resolve("node_modules/tus-js-client"))) {
            run(List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"));
        }
    }

    /**
     * Runs the scenarios and returns the outcome of each upload.
     *
     * @param ports the ports of the hosts; each request goes to any of them
     */
    static List<JsonNode> upload(List<Integer> ports, List<String> scenarios) throws Exception {
        List<String> command = new ArrayList<>(List.of("node", "tus.mjs"));
        command.add(ports.stream()
                .map(port -> "http://127.0.0.1:" + port + "/uploads")
                .collect(Collectors.joining(",")));
        command.addAll(scenarios);
        List<JsonNode> seen = new ArrayList<>();
        for (String line : run(command)) {
            if (line.startsWith("{")) {
                seen.add(JSON.readTree(line));
            }
        }
        return seen;
    }

    private static List<String> run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> lines = out.lines().toList();
            if (process.waitFor() != 0) {
                throw new AssertionError(Complaint.of(command.get(0) + " " + command.get(1), String.join("\n", lines)));
            }
            return lines;
        } finally {
            process.destroyForcibly();
        }
    }
}
