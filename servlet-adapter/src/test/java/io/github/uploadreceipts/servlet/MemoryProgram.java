package io.github.uploadreceipts.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A container with an upload filter in its own JVM. Prints its port, and ends with its standard input. */
final class MemoryProgram {

    private static final UploadLimits ANY_FIELDS =
            UploadLimits.builder().maxFieldBytes(Integer.MAX_VALUE).build();

    private MemoryProgram() {}

    /**
     * Starts a JVM that runs the program.
     *
     * @param connections how many the container lets in
     * @param inputBuffer the size of the buffer of each of them
     * @param options of the JVM
     */
    static Process start(Container container, Path root, int connections, int inputBuffer, String... options)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(MemoryProgram.class.getName());
        command.add(container.name());
        command.add(root.toString());
        command.add(Integer.toString(connections));
        command.add(Integer.toString(inputBuffer));
        return new ProcessBuilder(command)
                .redirectError(root.resolve("stderr").toFile())
                .start();
    }

    /** Waits until the program listens, and returns its port. */
    static int port(Process process) throws IOException {
        String line = String.valueOf(process.inputReader(UTF_8).readLine());
        assertThat(line).startsWith("port ");
        return Integer.parseInt(line.substring("port ".length()));
    }

    /**
     * Runs the program. {@code args} are the container, the store's directory, how many connections it lets in, and the
     * size of their input buffers.
     */
    public static void main(String[] args) throws Exception {
        LocalUploadStore store = LocalUploadStore.builder(Path.of(args[1]))
                .durability(Durability.BUFFERED)
                .open();
        try (UploadHost host = UploadHost.builder(KeyRing.generate("test"), store)
                        .internalUrl("http://127.0.0.1:8080")
                        .developmentMode()
                        .build();
                Container.Running running = Container.valueOf(args[0])
                        .startAlone(Container.App.of(
                                        Map.of(
                                                "/uploads/*",
                                                UploadFilter.create(host, UploadPolicy.anyone(UploadLimits.defaults())),
                                                "/orders/*",
                                                ReceiptsFilter.builder(host)
                                                        .asyncDispatch()
                                                        .build(),
                                                "/fields/*",
                                                UploadFilter.create(host, UploadPolicy.anyone(ANY_FIELDS))),
                                        new HttpServlet() {},
                                        true)
                                .connections(Integer.parseInt(args[2]), Integer.parseInt(args[3])))) {
            System.out.println("port " + running.port());
            while (System.in.read() >= 0) {
                // until the parent process closes standard input
            }
        }
    }
}
