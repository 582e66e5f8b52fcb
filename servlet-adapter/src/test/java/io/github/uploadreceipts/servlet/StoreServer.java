package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.Complaint;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A host that receives into a directory. It runs in this JVM, or as a process that can be killed, traced and limited.
 */
final class StoreServer implements AutoCloseable {

    private static final List<Logger> LOGS =
            List.of(Logger.getLogger("io.github.uploadreceipts"), Logger.getLogger("org.eclipse.jetty"));
    /** Long, because tests look at the store while an upload waits. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    static final UploadLimits LIMITS =
            UploadLimits.builder().freeSpaceFloor(0).idleTimeout(PATIENCE).build();

    /** Below such a root, servers keep uploads sealed. */
    static final String SEALED = "sealed";

    /** Below such a directory, servers hand uploads over, to a file in it. */
    static final String HANDING_OVER = "handing-over";

    /** That file: a line for each upload, which is its id. */
    static final String TOLD = "told";

    private final UploadHost host;
    private final Container.Running running;

    private StoreServer(UploadHost host, Container.Running running) {
        this.host = host;
        this.running = running;
    }

    /**
     * Starts a server. All servers have the same internal URL, whatever their port, so that receipts stay valid after a
     * restart.
     */
    static StoreServer start(KeyRing ring, Path root) throws Exception {
        return start(Container.JETTY_EE10, ring, root);
    }

    static StoreServer start(Container container, KeyRing ring, Path root) throws Exception {
        return start(container, ring, root, LIMITS);
    }

    static StoreServer start(Container container, KeyRing ring, Path root, UploadLimits limits) throws Exception {
        boolean sealed = root.endsWith(SEALED);
        LocalUploadStore.Builder store = LocalUploadStore.builder(root);
        UploadHost.Builder host = UploadHost.builder(ring, (sealed ? store.sealed() : store).open())
                .encryptReceipts(sealed)
                .internalUrl("http://127.0.0.1:8080")
                .developmentMode();
        if (root.getParent().endsWith(HANDING_OVER)) {
            host.handOver(TOLD, upload -> {
                Files.writeString(
                        root.resolveSibling(TOLD),
                        upload.receipt().id() + "\n",
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
                return Verdict.done();
            });
        }
        return start(container, host.build(), limits);
    }

    private static StoreServer start(Container container, UploadHost host, UploadLimits limits) throws Exception {
        return new StoreServer(
                host,
                container.startAlone(Container.App.of(
                                Map.of(
                                        "/uploads/*",
                                        UploadFilter.create(host, UploadPolicy.anyone(limits)),
                                        "/internal/uploads/*",
                                        DeliveryFilter.create(host)),
                                new HttpServlet() {},
                                true)
                        .idle(PATIENCE)));
    }

    int port() {
        return running.port();
    }

    @Override
    public void close() throws IOException {
        running.close();
        host.close();
    }

    /** {@code KEY-RING ROOT}: runs a server until standard input ends. */
    public static void main(String[] arguments) throws Exception {
        try (StoreServer server = start(KeyRing.load(Path.of(arguments[0])), Path.of(arguments[1]))) {
            System.out.println(server.port());
            while (System.in.read() >= 0) {}
        }
    }

    /** Suppresses the log of failures that tests cause on purpose, or shows it again. */
    static void silence(boolean silent) {
        LOGS.forEach(log -> log.setLevel(silent ? Level.OFF : null));
    }

    /** The server in its own process. */
    static final class Program implements AutoCloseable {

        private final Process process;
        private final int port;

        private Program(Process process, int port) {
            this.process = process;
            this.port = port;
        }

        /**
         * Starts a server, and returns when it accepts requests.
         *
         * @param ring the key ring's file; the program's log is written beside it
         * @param shell a shell command that runs first, such as setting limits
         */
        static Program start(Path ring, Path root, String shell) throws IOException {
            return start(StoreServer.class, ring, root, shell);
        }

        /** Starts another program, which has the same arguments, says its port, and runs until standard input ends. */
        static Program start(Class<?> program, Path ring, Path root, String shell) throws IOException {
            Path log = Files.createTempFile(ring.getParent(), "server", ".log");
            Process process = command(program, ring, root, shell)
                    .redirectError(log.toFile())
                    .start();
            String port = process.inputReader(StandardCharsets.UTF_8).readLine();
            if (port == null) {
                throw new IOException(Complaint.of("the program does not start", Files.readString(log)));
            }
            return new Program(process, Integer.parseInt(port));
        }

        private static ProcessBuilder command(Class<?> program, Path ring, Path root, String shell) {
            List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", shell + " exec \"$@\"", "sh"));
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
            command.add("-XX:-UseContainerSupport"); // which opens files of its own, and would meet injected faults
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
            command.addAll(List.of(ring.toString(), root.toString()));
            return new ProcessBuilder(command);
        }

        static Program start(Path ring, Path root) throws IOException {
            return start(ring, root, "");
        }

        /** Starts a server and kills it after this time, even if it is still starting. */
        static void startAndKill(Path ring, Path root, long millis) throws IOException {
            Process process = command(StoreServer.class, ring, root, "")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
            process.destroyForcibly().onExit().join();
        }

        int port() {
            return port;
        }

        long pid() {
            return process.pid();
        }

        /** Kills the server with {@code kill -9}. */
        void kill() {
            process.destroyForcibly().onExit().join();
        }

        /** Ends the server as an orderly deployment does. */
        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
            try {
                process.onExit().get(2, TimeUnit.MINUTES);
            } catch (ExecutionException | InterruptedException | TimeoutException e) {
                kill();
                throw new IOException("the program does not end", e);
            }
        }
    }
}
