package io.github.uploadreceipts.samples.album;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a host of the fleet keeps when it is stopped and started: its addresses and its directory.
 *
 * @param number from 1
 * @param port for browsers
 * @param peerPort for the other hosts; the same as {@code port} where no front server stands before the host
 * @param directory for its store, and its front server's files
 */
record HostPlan(int number, int port, int peerPort, Path directory) {

    private static final String ADDRESS = "127.0.0.1";

    /** Returns the plan for a host; the port for its peers is kept in the directory, because receipts name it. */
    static HostPlan of(int number, int port, Path directory, boolean front) throws IOException {
        Durable.createDirectories(directory);
        int publicPort = port == 0 ? Ports.free() : port;
        return new HostPlan(number, publicPort, front ? peerPort(directory) : publicPort, directory);
    }

    private static int peerPort(Path directory) throws IOException {
        Path file = directory.resolve("peer-port");
        if (!Files.exists(file)) {
            Durable.write(file, Integer.toString(Ports.free()).getBytes(StandardCharsets.US_ASCII));
        }
        return Integer.parseInt(Files.readString(file));
    }

    /** Returns where browsers reach the host. */
    String url() {
        return "http://" + authority();
    }

    /** Returns the host's name for people. */
    String authority() {
        return ADDRESS + ":" + port;
    }

    /** Returns where the other hosts reach it. */
    String internalUrl() {
        return "http://" + ADDRESS + ":" + peerPort;
    }

    /** Returns the root of its store. */
    Path store() {
        return directory.resolve("store");
    }
}
