package io.github.uploadreceipts.samples.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Complaint;
import java.io.BufferedReader;
import java.io.Closeable;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The sample "ticket-in-node", which runs as its README says. */
final class BackEnd implements Closeable {

    private final Process process;
    private final BufferedReader lines;
    private final int port;

    private BackEnd(Process process, int port) {
        this.process = process;
        this.lines = process.inputReader();
        this.port = port;
    }

    /**
     * Starts it, and waits until it listens.
     *
     * @param receiver the URL of its webhook
     */
    static BackEnd start(Path directory, Nodes nodes, int port, String receiver) throws Exception {
        Path home = Files.createDirectories(directory.resolve("back-end"));
        for (String file : List.of("mint.mjs", "server.mjs", "package.json", "package-lock.json")) {
            Files.copy(Path.of("../ticket-in-node", file), home.resolve(file));
        }
        run(home, "npm", "ci", "--no-audit", "--no-fund", "--prefer-offline");
        String secret = run(
                home,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                Path.of("target/node.jar").toAbsolutePath().toString(),
                "io.github.uploadreceipts.key.KeyRingCommand",
                "hand-over-secret",
                nodes.keyRing().toString(),
                receiver);
        ProcessBuilder builder = new ProcessBuilder("node", "server.mjs")
                .directory(home.toFile())
                .redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "PORT", Integer.toString(port),
                        "KEY_RING", nodes.keyRing().toString(),
                        "RECEIVER", receiver,
                        "HAND_OVER_SECRET", secret.lines().findFirst().orElseThrow(),
                        "NODE", nodes.url(1),
                        "API_KEY", Nodes.KEY));
        BackEnd backEnd = new BackEnd(builder.start(), port);
        backEnd.awaitLine("listening .*");
        return backEnd;
    }

    private static String run(Path directory, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(Complaint.of(command[0] + " " + command[1], said))
                .isZero();
        return said.strip();
    }

    /** Returns a ticket for one file. */
    String ticket() throws Exception {
        HttpRequest request = Nodes.request("http://127.0.0.1:" + port + "/ticket")
                .POST(HttpRequest.BodyPublishers.ofString("{\"files\":[{\"name\":\"a.txt\"}]}"))
                .build();
        String body = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
        return body.replaceAll(".*\"ticket\":\"([^\"]+)\".*", "$1");
    }

    /** Waits until the program prints a line. */
    void awaitLine(String pattern) throws Exception {
        StringBuilder said = new StringBuilder();
        Await.until(Await.PATIENCE, () -> Complaint.of("the back end has not said " + pattern, said.toString()), () -> {
            while (lines.ready()) {
                String line = lines.readLine();
                if (line == null || line.matches(pattern)) {
                    return line != null;
                }
                said.append(line).append('\n');
            }
            return false;
        });
    }

    @Override
    public void close() {
        process.destroy();
    }
}
