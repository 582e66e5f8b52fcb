package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.testing.Ports;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program, started as its README says. */
final class Program implements Closeable {

    private final Process process;
    private final List<Integer> ports;

    private Program(Process process, List<Integer> ports) {
        this.process = process;
        this.ports = ports;
    }

    /** Starts the program on two free ports, and waits until it is ready. */
    static Program start(Path directory) throws IOException {
        return start(directory, List.of(Ports.free(), Ports.free()));
    }

    /** Starts the program on these ports, and waits until it is ready. */
    static Program start(Path directory, List<Integer> ports) throws IOException {
        Program program = new Program(launch(directory, ports), ports);
        try {
            program.awaitReady();
            return program;
        } catch (IOException e) {
            program.close();
            throw e;
        }
    }

    static Process launch(Path directory, List<Integer> ports, String... more) throws IOException {
        return launch("", directory, ports, more);
    }

    /** Prints a link by which people send files. */
    static Process ask(Path directory, List<Integer> ports, String... more) throws IOException {
        return launch("ask", directory, ports, more);
    }

    private static Process launch(String word, Path directory, List<Integer> ports, String... more) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-jar", Path.of("target/share.jar").toString()));
        if (!word.isEmpty()) {
            command.add(word);
        }
        command.addAll(List.of("--ports", ports.get(0) + "," + ports.get(1)));
        command.addAll(List.of("--dir", directory.toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private void awaitReady() throws IOException {
        BufferedReader lines = process.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("ready " + url(0) + " " + url(1))) {
                return;
            }
        }
        throw new IOException("the program ended");
    }

    List<Integer> ports() {
        return ports;
    }

    /** Returns the address of a host. */
    String url(int host) {
        return "http://127.0.0.1:" + ports.get(host) + "/";
    }

    /** Returns a link of the first host's, at the second one. */
    String elsewhere(String link) {
        return link.replace(url(0), url(1));
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
