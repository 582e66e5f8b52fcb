package io.github.uploadreceipts.samples.album;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A program that ends when this JVM ends, even if the JVM is killed. */
final class ChildProcess implements Closeable {

    private static final long GRACE_SECONDS = 5;

    private final Process process;
    private final Path log;
    private final Thread atExit;

    private ChildProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.atExit = new Thread(process::destroy, "end-" + process.pid());
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Starts a program.
     *
     * @param log receives what the program prints
     */
    static ChildProcess start(List<String> command, Path directory, Path log) throws IOException {
        List<String> whole = new ArrayList<>(Unprivileged.prefix());
        whole.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(whole)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        CompletableFuture<Process> started = new CompletableFuture<>();
        Thread parent = new Thread(() -> startAndStay(builder, started), "parent-of-" + command.get(0));
        parent.setDaemon(true);
        parent.start();
        try {
            return new ChildProcess(started.get(), log);
        } catch (ExecutionException e) {
            throw new IOException(command.get(0) + " cannot be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * The kernel sends the parent-death signal when the thread that started the child ends. So that thread stays alive.
     */
    private static void startAndStay(ProcessBuilder builder, CompletableFuture<Process> started) {
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            started.complete(process);
            process.waitFor();
        } catch (IOException e) {
            started.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @throws IOException if the program has ended; the message has what it printed last */
    void requireAlive() throws IOException {
        if (!process.isAlive()) {
            List<String> lines = Files.readAllLines(log);
            throw new IOException("ended with status " + process.exitValue() + ": "
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size())));
        }
    }

    /** Ends the program, and waits until it has ended. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // the JVM is ending
        }
    }
}
