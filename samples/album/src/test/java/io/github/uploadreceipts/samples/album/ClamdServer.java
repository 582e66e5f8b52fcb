package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Ports;
import io.github.uploadreceipts.testing.Required;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** ClamAV's daemon, with one signature of our own in place of its database. */
final class ClamdServer implements Closeable {

    /** What the signature finds. */
    static final String MARKER = "this is what our own signature finds";

    static final int MAX_LENGTH = 1 << 20;

    private final Path directory;
    private final int port;
    private Process process;

    private ClamdServer(Path directory, int port) throws Exception {
        this.directory = directory;
        this.port = port;
        this.process = launch();
    }

    /** Starts it in a directory, and waits until it listens. */
    static ClamdServer start(Path directory) throws Exception {
        Required.requireProgram("clamd", "clamd", "clamav-daemon");
        int port = Ports.free();
        Path database = Files.createDirectories(directory.resolve("signatures"));
        String hex = HexFormat.of().formatHex(MARKER.getBytes(StandardCharsets.US_ASCII));
        Files.writeString(database.resolve("own.ndb"), "Own.Marker:0:*:" + hex + "\n");
        Files.writeString(directory.resolve("clamd.conf"), """
                DatabaseDirectory %s
                TCPSocket %d
                TCPAddr 127.0.0.1
                StreamMaxLength %d
                Foreground yes
                """.formatted(database, port, MAX_LENGTH));
        return new ClamdServer(directory, port);
    }

    private Process launch() throws Exception {
        Process started = new ProcessBuilder("/usr/sbin/clamd", "--config-file=" + directory.resolve("clamd.conf"))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("clamd.log").toFile())
                .start();
        Await.until("clamd listens", () -> isListening(started));
        return started;
    }

    private boolean isListening(Process started) throws IOException {
        if (!started.isAlive()) {
            throw new IOException(Complaint.of("clamd ended", Files.readString(directory.resolve("clamd.log"))));
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    void stop() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void startAgain() throws Exception {
        process = launch();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
