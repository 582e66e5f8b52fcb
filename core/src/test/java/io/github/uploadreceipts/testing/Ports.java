package io.github.uploadreceipts.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Ports for servers that must know their port before they start. No other test gets such a port until this JVM ends,
 * not even one of another build: whoever takes port n locks byte n of a file.
 */
public final class Ports {

    // below the ports of outgoing connections, which begin at 32,768 on Linux and at 16,000 on gVisor
    private static final int FIRST = 10_000;
    private static final int END = 16_000;

    private static final Random RANDOM = new Random();
    private static final Set<FileLock> TAKEN = new HashSet<>();
    private static final FileChannel LOCKS = open();

    private Ports() {}

    private static FileChannel open() {
        String name = "upload-receipts-test-" + System.getProperty("user.name") + ".ports";
        Path shared = Path.of("/tmp"); // java.io.tmpdir may belong to one build
        Path directory = Files.isDirectory(shared) ? shared : Path.of(System.getProperty("java.io.tmpdir"));
        try {
            return FileChannel.open(directory.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a port on which nothing listens. */
    public static synchronized int free() {
        for (int i = 0; i < END - FIRST; i++) {
            int port = RANDOM.nextInt(FIRST, END);
            if (TAKEN.stream().noneMatch(lock -> lock.position() == port) && take(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no port from " + FIRST + " to " + END + " is free");
    }

    private static boolean take(int port) {
        try {
            FileLock lock = LOCKS.tryLock(port, 1, false);
            return lock != null && TAKEN.add(lock) && isFree(port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
