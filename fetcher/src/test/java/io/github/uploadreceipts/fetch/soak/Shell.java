package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Commands of the system. */
final class Shell {

    private Shell() {}

    /** Runs a command. A command that fails is an exception with its output. */
    static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(List.of(command) + " failed: " + printed);
        }
    }
}
