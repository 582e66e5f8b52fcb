package io.github.uploadreceipts.samples.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The program: one host, which takes uploads for applications in any language. */
public final class Node {

    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty"); // held, to keep its level
    private static final String USAGE = "usage: java -jar node.jar --config FILE";

    private Node() {}

    /** Runs until it is terminated; exits with 2 if it cannot start as it is configured. */
    public static void main(String[] arguments) throws InterruptedException {
        JETTY.setLevel(Level.WARNING);
        if (arguments.length != 2 || !List.of(arguments).get(0).equals("--config")) {
            System.err.println(USAGE);
            System.exit(2);
        }
        try {
            Config config = Config.read(Path.of(arguments[1]));
            NodeServer server = new NodeServer(config);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server), "end-of-node"));
            System.out.println("ready http://" + config.listen().getHostString() + ":" + server.port() + "/");
            System.out.flush();
            new CountDownLatch(1).await(); // until the program is terminated
        } catch (IOException | RuntimeException e) {
            System.err.println("node: " + e.getMessage());
            System.exit(2);
        }
    }

    private static void end(NodeServer server) {
        try {
            server.close();
        } catch (IOException e) {
            System.err.println("node: " + e.getMessage());
        }
    }
}
