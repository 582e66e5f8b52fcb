package io.github.uploadreceipts.objectstorage.testing;

import io.github.uploadreceipts.testing.Complaint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * s3proxy, an S3 store, on a free port, in a process of its own that ends with this JVM. It accepts requests only if they
 * are signed by Signature Version 4, and has one bucket. The build puts its program beside the tests: its classes would
 * be in the way of those of the tests.
 */
public final class S3Proxy implements AutoCloseable {

    private static final Pattern STARTED = Pattern.compile("\\{127\\.0\\.0\\.1:([0-9]+)}");
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path directory;
    private final Path log;
    private Process process;
    private int port;

    private S3Proxy(Path directory) throws IOException {
        this.directory = directory;
        this.log = directory.resolve("s3proxy.log");
        Files.createDirectories(bucketDirectory());
        this.process = launch();
        this.port = awaitPort();
    }

    /**
     * Starts s3proxy.
     *
     * @param directory where it keeps everything, on a file system with extended attributes
     */
    public static S3Proxy start(Path directory) throws IOException {
        return new S3Proxy(directory);
    }

    /** Returns the URL of the store, without a bucket. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public String accessKey() {
        return "access";
    }

    public String secretKey() {
        return "a/secret+of=s3proxy";
    }

    public String bucket() {
        return "uploads";
    }

    /** Returns the login of the hosts, and of those who sign what clients write, as an environment has it. */
    public Map<String, String> environment() {
        return Map.of(
                "AWS_ACCESS_KEY_ID", accessKey(),
                "AWS_SECRET_ACCESS_KEY", secretKey(),
                "AWS_INCOMING_ACCESS_KEY_ID", accessKey(),
                "AWS_INCOMING_SECRET_ACCESS_KEY", secretKey());
    }

    /** Stops the store. What it stores remains. */
    public void stop() {
        try {
            process.getOutputStream().close();
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Starts the store after it was stopped, at the same URL. */
    public void start() throws IOException {
        process = launch();
        port = awaitPort();
    }

    @Override
    public void close() {
        stop();
    }

    private Path bucketDirectory() {
        return directory.resolve("data").resolve(bucket());
    }

    private Process launch() throws IOException {
        Path settings = directory.resolve("s3proxy.conf");
        Files.write(
                settings,
                List.of(
                        "s3proxy.endpoint=" + endpoint(),
                        "s3proxy.authorization=aws-v4",
                        "s3proxy.identity=" + accessKey(),
                        "s3proxy.credential=" + secretKey(),
                        "s3proxy.cors-allow-origins=http://127\\\\.0\\\\.0\\\\.1:[0-9]+", // it takes no CORS rules of a
                        // bucket
                        "s3proxy.cors-allow-methods=POST",
                        "jclouds.provider=filesystem-nio2",
                        "jclouds.filesystem.basedir=" + bucketDirectory().getParent()));
        Path tests = tests();
        Path program = tests.resolveSibling("s3proxy").resolve("s3proxy.jar");
        if (!Files.exists(program)) {
            throw new IOException("no " + program + "; run mvn pre-integration-test");
        }
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1", // starts sooner
                        "-Xmx512m",
                        "-cp",
                        program + System.getProperty("path.separator") + tests,
                        S3ProxyProgram.class.getName(),
                        "--properties",
                        settings.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** Returns where the classes of tests are: a directory or a jar, which lies where the build puts everything. */
    private static Path tests() throws IOException {
        try {
            return Path.of(S3Proxy.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    private int awaitPort() throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            boolean running = process.isAlive() && System.nanoTime() < end;
            String text = Files.readString(log);
            Matcher started = STARTED.matcher(text);
            if (started.find()) {
                return Integer.parseInt(started.group(1));
            }
            if (!running) {
                stop();
                throw new IOException(Complaint.of("s3proxy does not start", text));
            }
            try {
                process.waitFor(50, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                stop();
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }
}
