package io.github.uploadreceipts.samples.benchmarks;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that responds to each line with a line. */
record Program(Process process, PrintWriter commands, BufferedReader answers) implements Closeable {

    static Program start(Class<?> main, String heap, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Program(
                process,
                new PrintWriter(process.outputWriter(StandardCharsets.US_ASCII), true),
                process.inputReader(StandardCharsets.US_ASCII));
    }

    List<String> command(String line) throws IOException {
        commands.println(line);
        return Benchmark.words(line());
    }

    String line() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("a process has ended");
        }
        return line;
    }

    @Override
    public void close() {
        commands.close();
        process.destroyForcibly().onExit().join();
    }
}
