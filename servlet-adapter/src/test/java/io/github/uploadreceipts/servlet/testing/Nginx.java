package io.github.uploadreceipts.servlet.testing;

import static org.assertj.core.api.Assertions.fail;

import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Ports;
import io.github.uploadreceipts.testing.Required;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** nginx in front of one server, with the configuration that the README gives for uploads. */
public final class Nginx implements AutoCloseable {

    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(120);

    /** Ends nginx when this JVM ends, because the shell's standard input then ends, too. */
    private static final String COMMAND =
            "nginx -p \"$0/\" -c nginx.conf -e error.log -g 'daemon off;' & read -r end; kill $!; wait $!";

    private static final String CONFIGURATION = """
            user root; # or its workers cannot write into a directory of the tests; ignored unless it is started by root
            worker_processes 1;
            pid nginx.pid;
            events { worker_connections 512; }
            http {
                access_log off;
                client_body_temp_path temp-body;
                proxy_temp_path temp-proxy;
                fastcgi_temp_path temp-fastcgi;
                uwsgi_temp_path temp-uwsgi;
                scgi_temp_path temp-scgi;
                server {
                    listen 127.0.0.1:PORT;
                    LOCATIONS
                    location / {
                        LIMITS
                        proxy_pass http://127.0.0.1:UPSTREAM;
                        proxy_set_header Host $http_host;
                        proxy_set_header Connection "";
                        proxy_http_version 1.1;
                    }
                }
            }
            """;

    private final Path directory;
    private final int port;
    private final Process process;

    private static final String UNLIMITED = "client_max_body_size 0; proxy_request_buffering off;";

    private Nginx(Path directory, int port, int upstream, String limits, String locations) throws IOException {
        this.directory = directory;
        this.port = port;
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("nginx.conf"), configuration(port, upstream, limits, locations));
        process = new ProcessBuilder("/bin/sh", "-c", COMMAND, directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("out").toFile())
                .start();
    }

    private static String configuration(int port, int upstream, String limits, String locations) {
        return CONFIGURATION
                .replace("PORT", Integer.toString(port))
                .replace("UPSTREAM", Integer.toString(upstream))
                .replace("LIMITS", limits)
                .replace("LOCATIONS", locations);
    }

    /** Starts nginx, or skips the test. */
    public static Nginx start(Path directory, int upstream) throws IOException {
        return start(directory, upstream, UNLIMITED, "");
    }

    /** Starts nginx as it is by default: it takes requests of 1 MB, and passes them on when it has all of them. */
    public static Nginx withDefaultLimit(Path directory, int upstream) throws IOException {
        return start(directory, upstream, "", "");
    }

    /** Starts nginx with these locations beside the one that leads to the server, or skips the test. */
    public static Nginx withLocations(Path directory, int upstream, String locations) throws IOException {
        return start(directory, upstream, UNLIMITED, locations);
    }

    private static Nginx start(Path directory, int upstream, String limits, String locations) throws IOException {
        Required.requireProgram("nginx", "nginx", "nginx-light");
        Nginx nginx = new Nginx(directory, Ports.free(), upstream, limits, locations);
        long end = System.nanoTime() + START_NANOS;
        while (!nginx.isListening()) {
            if (System.nanoTime() > end || !nginx.process.isAlive()) {
                nginx.close();
                fail(Complaint.of("nginx does not start", Files.readString(directory.resolve("out"))));
            }
            LockSupport.parkNanos(5_000_000);
        }
        return nginx;
    }

    public int port() {
        return port;
    }

    private boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected() && Files.exists(directory.resolve("nginx.pid"));
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }
}
