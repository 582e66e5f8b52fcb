package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Required;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ConnectException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts the program as README does. */
class AlbumJarIT {

    @TempDir
    private Path directory;

    private final Client client = new Client();
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void end() {
        processes.forEach(Process::destroyForcibly);
    }

    private Process start(List<String> jvm, String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of("-jar", Path.of("target/album.jar").toString(), "--ports", "0,0,0"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("errors").toFile())
                .start();
        processes.add(process);
        return process;
    }

    private String outputOf(Process process) throws Exception {
        String output = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    private String errors() throws IOException {
        return Files.readString(directory.resolve("errors"));
    }

    private List<String> awaitReady(Process process) throws IOException {
        BufferedReader lines = process.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("ready ")) {
                return List.of(line.substring("ready ".length()).split(" ", -1));
            }
        }
        throw new IOException(Complaint.of("the program ended", errors()));
    }

    @Test
    void once_drawnPictures() throws Exception {
        Process process = start(List.of(), "--once");
        List<String> lines = outputOf(process).lines().toList();
        assertThat(process.exitValue()).as(errors()).isZero();
        assertThat(lines).hasSize(7);
        assertThat(lines.get(0)).startsWith("order  name");
        assertThat(lines.get(1)).contains("1  dawn.png");
        assertThat(lines.get(6)).contains("6  night.png");
        assertThat(String.join("", lines)).contains("local").contains("fetched");
    }

    @Test
    void once_fileBiggerThanHeap() throws Exception {
        Path big = directory.resolve("big.bin");
        try (RandomAccessFile file = new RandomAccessFile(big.toFile(), "rw")) {
            file.setLength(120L << 20);
        }
        Process process = start(
                List.of("-Xmx40m"),
                "--once",
                "--durability",
                "buffered",
                "--dir",
                directory.resolve("data").toString(),
                big.toString(),
                big.toString());
        assertThat(outputOf(process)).contains("125829120");
        assertThat(process.exitValue()).as(errors()).isZero();
    }

    @Test
    void once_fileTooLarge() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[11]);
        Process process = start(List.of(), "--once", "--max-file-size", "10", file.toString());
        outputOf(process);
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(errors()).contains("413").contains("file-too-large");
    }

    @Test
    void usage_wrongOption() throws Exception {
        Process process = start(List.of(), "--frobnicate");
        outputOf(process);
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(errors()).contains("--frobnicate").contains("usage:");
    }

    @Test
    void serve_untilEnded() throws Exception {
        Process process = start(List.of());
        List<String> urls = awaitReady(process);
        assertThat(urls).hasSize(3);
        for (String url : urls) {
            assertThat(client.get(url).status()).isEqualTo(200);
        }
        process.destroy();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void frontServers_dieWithProgram() throws Exception {
        Required.requireProgram("nginx", "nginx", "nginx-light");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        Process process = start(
                List.of(),
                "--delivery",
                "x-accel-redirect",
                "--dir",
                directory.resolve("data").toString());
        List<String> urls = awaitReady(process);
        assertThat(client.get(urls.get(0)).status()).isEqualTo(200);
        process.destroyForcibly().waitFor();
        for (String url : urls) {
            assertThat(isRefusedSoon(url)).isTrue();
        }
    }

    private boolean isRefusedSoon(String url) throws Exception {
        for (int i = 0; i < 100; i++) {
            try {
                client.get(url);
            } catch (ConnectException e) {
                return true;
            } catch (IOException e) {
                // the host is shutting down
            }
            Thread.sleep(50);
        }
        return false;
    }
}
