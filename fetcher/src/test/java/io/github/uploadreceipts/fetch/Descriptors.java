package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.fetch.internal.connect.ConnectionPool;
import io.github.uploadreceipts.fetch.internal.connect.Timeouts;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;

/**
 * The open sockets of this process, and its open files below a directory. Empty where {@code /proc} does not list them.
 */
public final class Descriptors {

    private static final Path PROC = Path.of("/proc/self/fd");

    static {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            // the JVM and the HTTP client open some descriptors at their first use
            server.accept().close();
            client.shutdownOutput();
            ConnectionPool.open(
                            SystemDefaultDnsResolver.INSTANCE,
                            SSLContext.getDefault(),
                            1,
                            new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)))
                    .close();
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private Descriptors() {}

    public static long count(Path directory) throws IOException {
        if (!Files.isDirectory(PROC)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(PROC)) {
            return open.toList().stream()
                    .map(Descriptors::target)
                    .filter(target -> target.startsWith("socket:") || target.startsWith(directory.toString()))
                    .count();
        }
    }

    /** Returns the open files below a directory, even if deleted, except those named {@code except}. */
    public static List<String> below(Path directory, String except) throws IOException {
        try (Stream<Path> open = Files.isDirectory(PROC) ? Files.list(PROC) : Stream.empty()) {
            return open.toList().stream()
                    .map(Descriptors::target)
                    .filter(target -> target.startsWith(directory + "/") && !target.endsWith("/" + except))
                    .toList();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }

    /** Waits, because the other ends notice a closed connection late. */
    public static void assertBackTo(long before, Path directory) throws Exception {
        Await.isTrueWithin(Await.PATIENCE, () -> count(directory) <= before);
        List<String> now;
        try (Stream<Path> open = Files.isDirectory(PROC) ? Files.list(PROC) : Stream.empty()) {
            now = open.map(Descriptors::target).toList();
        }
        assertThat(count(directory)).as("descriptors: %s", now).isLessThanOrEqualTo(before);
    }
}
