package io.github.uploadreceipts.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Traces the system calls of a program. */
public final class Strace {

    private Strace() {}

    /** Skips the test where strace cannot trace a program, unless {@code upload-receipts-test.require} lists it. */
    public static void require() throws InterruptedException {
        boolean there;
        try {
            there = new ProcessBuilder("strace", "-qq", "-o", "/dev/null", "true")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            there = false;
        }
        Required.require("strace", there, "strace cannot be used here; apt-get install strace");
    }

    /**
     * Returns the command line of strace, to which that of a program is appended. Only calls that are traced stop the
     * program. Each thread has a file of its own, and descriptors have their paths.
     *
     * @param directory where the traces are written
     * @param options what is traced and injected, such as {@code "-e", "trace=fsync"}
     */
    public static List<String> command(Path directory, String... options) {
        List<String> command = new ArrayList<>(List.of("strace", "--seccomp-bpf", "-ff", "-y", "-qq", "-o"));
        command.add(directory.resolve("trace").toString());
        command.addAll(List.of(options));
        return command;
    }

    /** Returns the lines that {@link #command} wrote to this directory, each thread's in their order. */
    public static List<String> lines(Path directory) throws IOException {
        List<String> lines = new ArrayList<>();
        try (var traces = Files.newDirectoryStream(directory, "trace*")) {
            for (Path trace : traces) {
                lines.addAll(Files.readAllLines(trace));
            }
        }
        return lines;
    }
}
