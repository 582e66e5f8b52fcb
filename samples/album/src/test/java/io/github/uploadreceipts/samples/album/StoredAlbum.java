package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The program in a process of its own, with three hosts that keep uploads in OpenStack Swift. */
final class StoredAlbum implements AutoCloseable {

    private static final String CONTAINER = "album";
    private static final String KEY = "the key of temporary URLs";
    private static final long SECONDS = 30;

    private final SwiftServer swift;
    private final Path errors;
    private final Process process;
    private final List<String> hosts;

    private StoredAlbum(SwiftServer swift, Process process, Path errors) throws IOException {
        this.swift = swift;
        this.errors = errors;
        this.process = process;
        this.hosts = awaitReady();
    }

    /** Starts the program with more options. */
    static StoredAlbum start(SwiftServer swift, Path directory, String... more) throws IOException {
        Path errors = directory.resolve("errors");
        List<String> words = new ArrayList<>(List.of(
                "-jar",
                "target/album.jar",
                "--ports",
                "0,0,0",
                "--dir",
                directory.resolve("data").toString(),
                "--storage",
                place(swift)));
        words.addAll(List.of(more));
        Process process = java(swift, words).redirectError(errors.toFile()).start();
        try {
            return new StoredAlbum(swift, process, errors);
        } catch (IOException | RuntimeException e) {
            process.destroy();
            throw e;
        }
    }

    private static String place(SwiftServer swift) {
        return "swift:" + swift.accountUrl() + "/" + CONTAINER;
    }

    private static ProcessBuilder java(SwiftServer swift, List<String> words) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(words);
        ProcessBuilder program = new ProcessBuilder(command);
        program.environment()
                .putAll(Map.of(
                        "ST_AUTH",
                        swift.loginUrl(),
                        "ST_USER",
                        SwiftServer.USER,
                        "ST_KEY",
                        SwiftServer.PASSWORD,
                        "SWIFT_TEMP_URL_KEY",
                        KEY));
        return program;
    }

    /** Runs the operators' command on the container. */
    static String operate(SwiftServer swift, String command, String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                "-cp",
                "target" + File.separator + "album.jar",
                "io.github.uploadreceipts.objectstorage.ObjectStorageCommand",
                command,
                place(swift)));
        words.addAll(List.of(more));
        Process process = java(swift, words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new AssertionError(command + ": " + said);
        }
        return said;
    }

    private List<String> awaitReady() throws IOException {
        BufferedReader lines = process.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("ready ")) {
                return Stream.of(line.substring("ready ".length()).split(" ", -1))
                        .map(url -> url.substring(0, url.length() - 1))
                        .toList();
            }
        }
        throw new IOException("the program ended: " + Files.readString(errors));
    }

    /** Returns the URL of a host, without a slash at its end. */
    String url(int number) {
        return hosts.get(number - 1);
    }

    List<String> urls() {
        return hosts;
    }

    /** Returns the names of the stored uploads. */
    String uploads() throws IOException {
        return swift.request("GET", "/" + CONTAINER + "?prefix=data/").body();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
