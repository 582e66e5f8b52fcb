package io.github.uploadreceipts.samples.album;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Finds free ports of the loopback interface. This JVM gets no port twice. */
final class Ports {

    // Below the ephemeral ports, which outgoing connections get and which begin at 16,000 or above. So the port of a
    // stopped host stays free.
    private static final int FIRST = 10_000;
    private static final int LAST = 16_000;
    private static final int TRIES = 1_000;

    private static final Random RANDOM = new Random();
    private static final Set<Integer> GIVEN = new HashSet<>();

    private Ports() {}

    static synchronized int free() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            int port = FIRST + RANDOM.nextInt(LAST - FIRST);
            if (!GIVEN.contains(port) && isFree(port)) {
                GIVEN.add(port);
                return port;
            }
        }
        throw new IOException("no port is free");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
