package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.key.KeyRing;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The program: starts two hosts in one JVM, which receive files and give them to whoever has a link. With {@code ask} it
 * prints a link by which people send files.
 */
public final class Share {

    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty"); // held, to keep its level
    private static final String FLEET = "share";

    private Share() {}

    /** Runs until it is terminated. With {@code --once}, it exits after one round: with 0, or with 1 and the reason. */
    public static void main(String[] arguments) throws InterruptedException {
        JETTY.setLevel(Level.WARNING);
        try {
            run(Options.parse(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + Options.USAGE);
            System.exit(2);
        } catch (IOException | RuntimeException e) {
            System.err.println("share: " + (e instanceof IOException ? e.getMessage() : e));
            System.exit(1);
        }
        System.exit(0);
    }

    private static void run(Options options) throws IOException, InterruptedException {
        boolean temporary = options.directory().isEmpty();
        Path root = temporary
                ? Files.createTempDirectory("share-")
                : Files.createDirectories(options.directory().get()).toRealPath();
        KeyRing keys = keys(root);
        Optional<String> asked = options.ask()
                .map(ask -> ask.link(keys, ShareHost.url(options.ports().get(0)) + ShareHost.LINKS, Clock.systemUTC()));
        if (asked.isPresent() && !temporary) {
            System.out.println(asked.get()); // for the program that runs with this directory
            return;
        }
        Deque<Closeable> hosts = new ArrayDeque<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(hosts, temporary, root), "end-of-share"));
        start(options.ports(), root, hosts);
        List<String> urls = options.ports().stream().map(ShareHost::url).toList();
        if (options.once()) {
            System.out.println(Round.run(urls));
        } else {
            System.out.println(urls.stream().map(url -> url + "/").collect(Collectors.joining(" ", "ready ", "")));
            asked.ifPresent(System.out::println);
            System.out.flush();
            new CountDownLatch(1).await(); // until the program is terminated
        }
    }

    private static KeyRing keys(Path root) throws IOException {
        Path keyRing = root.resolve(ShareHost.KEYS);
        if (!Files.exists(keyRing)) {
            KeyRing.generate(FLEET).write(keyRing);
        }
        return KeyRing.watch(keyRing);
    }

    private static void start(List<Integer> ports, Path root, Deque<Closeable> hosts) throws IOException {
        for (int port : ports) {
            ShareHost host = new ShareHost(root, ports, port);
            synchronized (hosts) {
                hosts.push(host);
            }
        }
    }

    private static void end(Deque<Closeable> hosts, boolean temporary, Path root) {
        try {
            synchronized (hosts) {
                while (!hosts.isEmpty()) {
                    hosts.pop().close();
                }
            }
            if (temporary) {
                delete(root);
            }
        } catch (IOException e) {
            System.err.println("share: " + e.getMessage());
        }
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
