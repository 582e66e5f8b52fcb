package io.github.uploadreceipts.samples.ticket;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Required;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The sample, installed from its lock file. */
final class NodeProgram {

    private final Path directory;

    private NodeProgram(Path directory) {
        this.directory = directory;
    }

    static NodeProgram install(Path directory) throws Exception {
        Required.requireProgram("npm", "npm", "npm");
        for (String file : List.of("mint.mjs", "server.mjs", "package.json", "package-lock.json")) {
            Files.copy(Path.of(file), directory.resolve(file));
        }
        NodeProgram program = new NodeProgram(directory);
        program.run("npm", "ci", "--no-audit", "--no-fund", "--prefer-offline");
        return program;
    }

    String run(String... command) throws Exception {
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

    /** A running server, and the lines that it prints. */
    static final class Server implements AutoCloseable {

        private final Process process;
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

        private Server(Process process) {
            this.process = process;
            Thread reading = new Thread(this::read, "node");
            reading.setDaemon(true);
            reading.start();
        }

        private void read() {
            try (BufferedReader in =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    lines.add(line);
                }
            } catch (IOException e) {
                // the server has ended
            }
        }

        /** Waits for the next line. */
        String line() throws InterruptedException {
            String line = lines.poll(120, TimeUnit.SECONDS);
            assertThat(line).as("a line of the server").isNotNull();
            return line;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    Server serve(Map<String, String> environment) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("node", "server.mjs")
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        Server server = new Server(builder.start());
        assertThat(server.line()).startsWith("listening ");
        return server;
    }
}
