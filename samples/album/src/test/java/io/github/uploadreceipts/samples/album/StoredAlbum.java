package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.testing.Complaint;
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

/** The program in a process of its own, with three hosts that keep uploads in an object store. */
final class StoredAlbum implements AutoCloseable {

    private static final String KEY = "the key of temporary URLs";
    private static final long SECONDS = 120;

    private final Path errors;
    private final Process process;
    private final List<String> hosts;

    /**
     * A container or bucket.
     *
     * @param text names it on the command line
     * @param environment has the login
     */
    record Place(String text, Map<String, String> environment) {

        static Place of(SwiftServer swift) {
            return new Place(
                    "swift:" + swift.accountUrl() + "/album",
                    Map.of(
                            "ST_AUTH",
                            swift.loginUrl(),
                            "ST_USER",
                            SwiftServer.USER,
                            "ST_KEY",
                            SwiftServer.PASSWORD,
                            "SWIFT_TEMP_URL_KEY",
                            KEY));
        }

        static Place of(S3Proxy store) {
            return new Place("s3:" + store.endpoint() + "/album", store.environment());
        }
    }

    private StoredAlbum(Process process, Path errors) throws IOException {
        this.errors = errors;
        this.process = process;
        this.hosts = awaitReady();
    }

    /** Starts the program with more options. */
    static StoredAlbum start(Place place, Path directory, String... more) throws IOException {
        return start("--storage", place, directory, more);
    }

    /** Starts the program with hosts that keep uploads on their disks, and archive them. */
    static StoredAlbum startArchiving(Place place, Path directory) throws IOException {
        return start("--archive", place, directory);
    }

    private static StoredAlbum start(String option, Place place, Path directory, String... more) throws IOException {
        Path errors = directory.resolve("errors");
        List<String> words = new ArrayList<>(List.of(
                "-jar",
                "target/album.jar",
                "--ports",
                "0,0,0",
                "--dir",
                directory.resolve("data").toString(),
                option,
                place.text()));
        words.addAll(List.of(more));
        Process process = java(place, words).redirectError(errors.toFile()).start();
        try {
            return new StoredAlbum(process, errors);
        } catch (IOException | RuntimeException e) {
            process.destroy();
            throw e;
        }
    }

    private static ProcessBuilder java(Place place, List<String> words) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(words);
        ProcessBuilder program = new ProcessBuilder(command);
        program.environment().putAll(place.environment());
        return program;
    }

    /** Runs the operators' command on the container. */
    static String operate(Place place, String command, String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                "-cp",
                "target" + File.separator + "album.jar",
                "io.github.uploadreceipts.objectstorage.ObjectStorageCommand",
                command,
                place.text()));
        words.addAll(List.of(more));
        Process process = java(place, words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new AssertionError(Complaint.of(command, said));
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
        throw new IOException(Complaint.of("the program ended", Files.readString(errors)));
    }

    /** Returns the URL of a host, without a slash at its end. */
    String url(int number) {
        return hosts.get(number - 1);
    }

    List<String> urls() {
        return hosts;
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
