package io.github.uploadreceipts.samples.album;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What stays the same when a host of the fleet is stopped and started: its addresses and its directory.
 *
 * @param number from 1
 * @param port the port for browsers
 * @param peerPort the port for the other hosts; without a front server, the same as {@code port}
 * @param directory holds its store and the files of its front server
 */
record HostPlan(int number, int port, int peerPort, Path directory) {

    private static final String ADDRESS = "127.0.0.1";

    /** Returns the plan for a host. Its port for peers is kept in the directory, because receipts name it. */
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

    /** Returns the public URL of the host. */
    String url() {
        return "http://" + authority();
    }

    /** Returns the name of the host that people see. */
    String authority() {
        return ADDRESS + ":" + port;
    }

    /** Returns the internal URL of the host. */
    String internalUrl() {
        return "http://" + ADDRESS + ":" + peerPort;
    }

    /** Returns the root of its store. */
    Path store() {
        return directory.resolve("store");
    }
}
