package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.servlet.testing.Container;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A host of the fleet: its process, which can be killed, stopped and looked at, and its disk. */
final class Host implements Closeable {

    private static final long PATIENCE_SECONDS = 60;

    private final String name;
    private final Container container;
    private final int port;
    private final Disk disk;
    private final List<String> arguments;
    private final Path log;
    private Process process;

    /**
     * Describes a host.
     *
     * @param arguments those of {@link SoakHost}
     * @param log the file to which the process appends its log
     */
    Host(String name, Container container, int port, Disk disk, List<String> arguments, Path log) {
        this.name = name;
        this.container = container;
        this.port = port;
        this.disk = disk;
        this.arguments = arguments;
        this.log = log;
    }

    Container container() {
        return container;
    }

    int port() {
        return port;
    }

    Disk disk() {
        return disk;
    }

    /** Starts the process, and returns when it accepts requests. */
    void start() throws IOException {
        launch();
        String line = await(CompletableFuture.supplyAsync(this::firstLine), "start");
        if (line == null) {
            throw new IOException(name + " does not start; see " + log);
        }
    }

    private String firstLine() {
        try {
            return process.inputReader(StandardCharsets.UTF_8).readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the process, and does not wait for it. */
    void launch() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(java("java"));
        command.addAll(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SoakHost.class.getName()));
        command.addAll(arguments);
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private static String java(String tool) {
        return Path.of(System.getProperty("java.home"), "bin", tool).toString();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Ends the process with {@code kill -9}. */
    void kill() throws IOException {
        var unused = await(process.destroyForcibly().onExit(), "die");
    }

    /** Stops the process, so that it does nothing and its connections stay open. */
    void stop() throws IOException {
        Disk.run("kill", "-STOP", Long.toString(process.pid()));
    }

    /** Lets a stopped process go on. */
    void resume() throws IOException {
        Disk.run("kill", "-CONT", Long.toString(process.pid()));
    }

    /** Ends the process as an orderly deployment does. */
    void end() throws IOException {
        process.getOutputStream().close();
        var unused = await(process.onExit(), "end");
    }

    private <T> T await(Future<T> future, String what) throws IOException {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            dumpThreads();
            throw new IOException(name + " does not " + what + " within " + PATIENCE_SECONDS + " s; see " + log, e);
        }
    }

    /** Writes the stacks of all threads beside the log. */
    void dumpThreads() throws IOException {
        dumpThreads(process.pid(), Path.of(log + "-threads"));
    }

    static void dumpThreads(long pid, Path file) throws IOException {
        new ProcessBuilder(java("jstack"), Long.toString(pid))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(file.toFile()))
                .start()
                .onExit()
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    /** Returns the files of the store that the process has open, even if deleted, except locks. */
    List<String> openFiles() throws IOException {
        Path store = disk.store().toRealPath();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return descriptors
                    .map(Host::target)
                    .filter(target -> target.startsWith(store + "/")
                            && !target.replace(" (deleted)", "").endsWith("/lock"))
                    .toList();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }

    @Override
    public void close() throws IOException {
        try (disk) {
            if (process != null) {
                kill();
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
