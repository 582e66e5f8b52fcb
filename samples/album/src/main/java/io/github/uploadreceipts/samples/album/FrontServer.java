package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.store.Delivery;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A front server for one host, which runs as a child process without privileges. Its configuration is the snippet for
 * operators, with this host's addresses and paths in place of the examples. A small main file of ours includes the
 * snippet.
 */
abstract sealed class FrontServer implements Closeable permits Nginx, Apache {

    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final ChildProcess process;

    /**
     * Starts a front server and waits until it accepts connections.
     *
     * @param files the resources that are its configuration, the main file first
     */
    FrontServer(Path program, Setup setup, List<String> files, Map<String, String> examples) throws IOException {
        Path directory = setup.directory();
        Files.createDirectories(directory);
        for (String file : files) {
            Files.writeString(directory.resolve(file), replaced(resource(file), examples));
        }
        Unprivileged.give(directory);
        Path log = directory.resolveSibling(directory.getFileName() + ".log");
        process = ChildProcess.start(command(program, directory, files.get(0)), directory, log);
        try {
            awaitListening(setup.port());
            awaitListening(setup.peerPort());
        } catch (IOException e) {
            process.close();
            throw e;
        }
    }

    /**
     * The addresses and directories of a front server.
     *
     * @param directory its own directory
     * @param port the port for browsers
     * @param peerPort the port for other hosts
     * @param upstreamPort the port of the application
     * @param store the root of the store
     */
    record Setup(Path directory, int port, int peerPort, int upstreamPort, Path store) {}

    /** Returns whether {@code method} needs a front server. */
    static boolean isNeeded(Delivery.Method method) {
        return method != Delivery.Method.DIRECT;
    }

    /** Starts the front server that {@code method} needs, if it needs one. */
    static Optional<FrontServer> start(Delivery.Method method, Setup setup) throws IOException {
        return switch (method) {
            case DIRECT -> Optional.empty();
            case X_ACCEL_REDIRECT -> Optional.of(new Nginx(setup));
            case X_SENDFILE -> Optional.of(new Apache(setup));
        };
    }

    /** Returns the delivery that the snippets are written for. */
    static Delivery delivery(Delivery.Method method) {
        return switch (method) {
            case DIRECT -> Delivery.direct();
            case X_ACCEL_REDIRECT -> Delivery.xAccelRedirect("/stored/");
            case X_SENDFILE -> Delivery.xSendfile();
        };
    }

    abstract List<String> command(Path program, Path directory, String mainFile);

    static Path require(String program, String debianPackages) throws IOException {
        return Unprivileged.find(program)
                .orElseThrow(() -> new IOException(program + " is not installed; apt-get install " + debianPackages));
    }

    static String resource(String name) throws IOException {
        try (InputStream in = FrontServer.class.getResourceAsStream("/front/" + name)) {
            if (in == null) {
                throw new IOException(name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Replaces the examples in one pass, because the replacement of one may look like another. */
    private static String replaced(String text, Map<String, String> examples) {
        String any = examples.keySet().stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(Pattern::quote)
                .collect(Collectors.joining("|"));
        return Pattern.compile(any)
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(examples.getOrDefault(found.group(), "")));
    }

    /** Returns the path of the stored files in the form that both servers can read. */
    static String uploads(Setup setup) throws IOException {
        String path = setup.store().toRealPath().resolve("uploads").toString();
        if (!path.matches("[^\"\\\\$%{}\\p{Cntrl}]+")) {
            throw new IOException(
                    "a front server's configuration cannot hold the path " + path + "; choose another --dir");
        }
        return path;
    }

    private void awaitListening(int port) throws IOException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < START_NANOS) {
            process.requireAlive();
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return;
            } catch (IOException e) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        throw new IOException("the front server does not listen on port " + port);
    }

    @Override
    public void close() {
        process.close();
    }
}
