package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** The process of a host, which can be killed, stopped and looked at. */
final class HostProcess {

    private static final long END_SECONDS = 60;

    private final List<String> arguments;
    private final Path log;
    private Process process;

    /**
     * Describes a process.
     *
     * @param arguments those of {@link SoakHost}
     * @param log the file to which the process appends its log
     */
    HostProcess(List<String> arguments, Path log) {
        this.arguments = arguments;
        this.log = log;
    }

    /** Starts the process, and returns when it accepts requests. */
    void start() throws IOException {
        launch();
        if (process.inputReader(StandardCharsets.UTF_8).readLine() == null) {
            throw new IOException("the host does not start; see " + log);
        }
    }

    /** Starts the process, and does not wait for it. */
    void launch() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SoakHost.class.getName()));
        command.addAll(arguments);
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Ends the process with {@code kill -9}. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Sends a signal, such as {@code STOP} or {@code CONT}. */
    void signal(String name) throws IOException {
        Shell.run("kill", "-" + name, Long.toString(pid()));
    }

    /** Ends the process as an orderly deployment does. */
    void end() throws IOException {
        process.getOutputStream().close();
        try {
            process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            dumpThreads();
            kill();
            throw new IOException("the host does not end within " + END_SECONDS + " s; see " + log, e);
        }
    }

    /** Writes the stacks of all threads beside the log. */
    void dumpThreads() throws IOException {
        Path jstack = Path.of(System.getProperty("java.home"), "bin", "jstack");
        Path dump = Path.of(log + "-threads");
        new ProcessBuilder(jstack.toString(), Long.toString(pid()))
                .redirectErrorStream(true)
                .redirectOutput(dump.toFile())
                .start()
                .onExit()
                .join();
    }

    /** Returns the files below a directory that the process has open, even if deleted, except locks. */
    List<String> openFiles(Path directory) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
            return descriptors
                    .map(HostProcess::target)
                    .filter(target -> target.startsWith(directory + "/")
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
}
