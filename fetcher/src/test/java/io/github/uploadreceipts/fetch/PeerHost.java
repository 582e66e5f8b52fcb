package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Ports;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A host with our filters in a container, in this JVM or as a process that can be killed. */
final class PeerHost implements Closeable {

    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final int port;
    final UploadHost host;
    final Path root;

    /** The statuses of all responses, as the container logged them. */
    final Set<Integer> statuses = ConcurrentHashMap.newKeySet();

    final List<UploadId> discarded = new CopyOnWriteArrayList<>();

    /** How many requests asked what they may upload, which they do before they wait for anything. */
    final AtomicInteger asked = new AtomicInteger();

    private final Closeable container;

    private PeerHost(Container kind, KeyRing ring, Path root, int port, Durability durability, List<Integer> peers)
            throws IOException {
        this.port = port;
        this.root = root;
        this.host = UploadHost.builder(
                        ring,
                        LocalUploadStore.builder(root).durability(durability).open())
                .internalUrl("http://127.0.0.1:" + port)
                .peers(peers.stream().map(peer -> "http://127.0.0.1:" + peer).toArray(String[]::new))
                .developmentMode()
                .listener(event -> {
                    if (event instanceof UploadEvent.Discarded told) {
                        discarded.add(told.id());
                    }
                })
                .build();
        UploadPolicy policy =
                UploadPolicy.anyone(UploadLimits.builder().freeSpaceFloor(0).build());
        this.container = PeerServer.start(
                kind,
                port,
                UploadFilter.create(host, request -> {
                    asked.incrementAndGet();
                    return policy.permit(request);
                }),
                DeliveryFilter.create(host),
                statuses::add);
    }

    static PeerHost start(Container kind, KeyRing ring, Path root) throws IOException {
        return start(kind, ring, root, List.of());
    }

    static PeerHost start(Container kind, KeyRing ring, Path root, List<Integer> peers) throws IOException {
        return new PeerHost(kind, ring, root, Ports.free(), Durability.BUFFERED, peers);
    }

    UploadReceipt upload(byte[] content) throws Exception {
        return upload(host.keyRing(), port, content);
    }

    static UploadReceipt upload(KeyRing ring, int port, byte[] content) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/uploads"))
                .header("Content-Type", "image/jpeg")
                .POST(BodyPublishers.ofByteArray(content))
                .build();
        HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
        Matcher receipt = RECEIPT.matcher(response.body());
        if (response.statusCode() != 201 || !receipt.find()) {
            throw new IOException("uploading got " + response.statusCode() + " " + response.body());
        }
        return ReceiptVerifier.create(ring, Clock.systemUTC(), false).verify(receipt.group(1));
    }

    @Override
    public void close() throws IOException {
        container.close();
        host.close();
    }

    /** Returns a policy that allows requests to these ports. */
    static PeerPolicy policy(List<Integer> ports) {
        return PeerPolicy.privateNetwork()
                .ports(ports.stream().mapToInt(Integer::intValue).toArray());
    }

    /**
     * {@code CONTAINER KEY-RING ROOT PORT PEER-PORT...}: runs a host that relays to its peers, until standard input
     * ends.
     */
    public static void main(String[] arguments) throws Exception {
        List<Integer> ports =
                Arrays.stream(arguments).skip(4).map(Integer::valueOf).toList();
        try (PeerHost host = new PeerHost(
                        Container.valueOf(arguments[0]),
                        KeyRing.load(Path.of(arguments[1])),
                        Path.of(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        Durability.FORCED,
                        ports);
                PeerFetcher fetcher =
                        PeerFetcher.builder(host.host).policy(policy(ports)).build()) {
            Objects.requireNonNull(fetcher); // building the fetcher attached it to the host
            System.out.println(host.port);
            while (System.in.read() >= 0) {}
        }
    }

    /** A host in its own process. */
    static final class Program implements Closeable {

        final int port;
        private final Container container;
        private final Path ring;
        private final Path root;
        private final List<Integer> peers;
        private Process process;

        private Program(Container container, Path ring, Path root, int port, List<Integer> peers) throws IOException {
            this.container = container;
            this.ring = ring;
            this.root = root;
            this.port = port;
            this.peers = peers;
            this.process = launch();
        }

        /**
         * Starts a host, and returns when it accepts requests.
         *
         * @param ring the key ring's file; the program's log is written beside it
         */
        static Program start(Path ring, Path root) throws IOException {
            return start(Container.JETTY_EE10, ring, root, Ports.free(), List.of());
        }

        /** Starts a host that relays to its peers, and returns when it accepts requests. */
        static Program start(Container container, Path ring, Path root, int port, List<Integer> peers)
                throws IOException {
            return new Program(container, ring, root, port, peers);
        }

        private Process launch() throws IOException {
            Path log = Files.createTempFile(ring.getParent(), "host", ".log");
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Xmx128m"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), PeerHost.class.getName()));
            command.addAll(List.of(container.name(), ring.toString(), root.toString(), Integer.toString(port)));
            peers.forEach(peer -> command.add(peer.toString()));
            Process launched =
                    new ProcessBuilder(command).redirectError(log.toFile()).start();
            if (launched.inputReader(StandardCharsets.UTF_8).readLine() == null) {
                throw new IOException(Complaint.of("the program does not start", Files.readString(log)));
            }
            return launched;
        }

        /** Kills the host with {@code kill -9}, and starts it again on the same store and port. */
        void killAndRestart() throws IOException {
            process.destroyForcibly().onExit().join();
            process = launch();
        }

        /** Stops the host with {@code SIGSTOP}: its kernel still accepts connections, and nobody responds. */
        void hang() throws Exception {
            signal("STOP");
        }

        /** Lets the host go on. */
        void goOn() throws Exception {
            signal("CONT");
        }

        private void signal(String name) throws Exception {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
            if (kill.waitFor() != 0) {
                throw new IOException("kill -" + name + " failed");
            }
        }

        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
            try {
                process.onExit().get(120, TimeUnit.SECONDS);
            } catch (ExecutionException | InterruptedException | TimeoutException e) {
                process.destroyForcibly().onExit().join();
                throw new IOException("the program does not end", e);
            }
        }
    }
}
