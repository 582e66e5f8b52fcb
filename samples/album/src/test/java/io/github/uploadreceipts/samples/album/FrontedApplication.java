package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.testing.Ports;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** An {@link Application} behind a front server, with one stored file. */
final class FrontedApplication implements Closeable {

    static final String STORED = "2030010100/AAAAAAAAAAAAAAAAAAAAAA";

    final Path directory;
    final Path file;
    final Application application;
    private final FrontServer front;
    private final FrontServer.Setup setup;

    FrontedApplication(Delivery.Method method) throws IOException {
        directory = Files.createTempDirectory("front-test-").toRealPath();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        Path store = directory.resolve("store");
        file = store.resolve("uploads").resolve(STORED);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "the stored bytes");
        Unprivileged.letRead(store);
        application = Application.start();
        setup = new FrontServer.Setup(
                directory.resolve("front"), Ports.free(), Ports.free(), application.port(), store);
        front = FrontServer.start(method, setup).orElseThrow();
    }

    String publicUrl() {
        return "http://127.0.0.1:" + setup.port();
    }

    String peerUrl() {
        return "http://127.0.0.1:" + setup.peerPort() + "/internal/uploads/" + STORED;
    }

    @Override
    public void close() {
        front.close();
        application.close();
        try {
            Trees.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
