package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Ports;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Hosts that relay requests to each other, and a client that sends each request to one of them. */
final class RelayFleet implements Closeable {

    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");
    private static final long FLOOR = 1 << 20;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final KeyRing ring = KeyRing.generate("photos");
    final List<Member> members = new ArrayList<>();

    /** One host. */
    final class Member implements Closeable {

        final Path root;
        final int port;
        final UploadHost host;
        final PeerFetcher fetcher;
        volatile UploadLimits limits = UploadLimits.builder()
                .freeSpaceFloor(FLOOR)
                .maxFileSize(1L << 32)
                .build();
        private final Container kind;
        private Closeable container;
        private boolean stopped;
        private volatile long freeSpace = Long.MAX_VALUE;

        private Member(
                Container kind, Path root, int port, List<Integer> ports, String internalUrl, String... formerUrls)
                throws IOException {
            this.kind = kind;
            this.root = root;
            this.port = port;
            LocalUploadStore.Builder store = LocalUploadStore.builder(root).durability(Durability.BUFFERED);
            boolean sealed = ports.indexOf(port) < sealedMembers;
            this.host = UploadHost.builder(ring, measured((sealed ? store.sealed() : store).open()))
                    .encryptReceipts(sealedMembers > 0)
                    .internalUrl(internalUrl)
                    .formerInternalUrls(formerUrls)
                    .peers(ports.stream().map(RelayFleet::base).toArray(String[]::new))
                    .clock(clock)
                    .developmentMode()
                    .build();
            this.fetcher = PeerFetcher.builder(host)
                    .policy(PeerPolicy.privateNetwork()
                            .ports(ports.stream().mapToInt(Integer::intValue).toArray()))
                    .connectTimeout(Duration.ofSeconds(2))
                    .workDirectory(Files.createDirectories(root.resolve("work")))
                    .build();
            start();
        }

        /** Returns a store that reports the free space that this member pretends to have. */
        private UploadStore measured(LocalUploadStore store) {
            return (UploadStore) Proxy.newProxyInstance(
                    UploadStore.class.getClassLoader(),
                    new Class<?>[] {UploadStore.class, PartialStores.Provider.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals("freeSpace")) {
                            return freeSpace;
                        }
                        if (method.getName().equals("partials")) {
                            return PartialStores.of(store).orElseThrow();
                        }
                        try {
                            return method.invoke(store, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        void start() throws IOException {
            container = PeerServer.start(
                    kind,
                    port,
                    UploadFilter.create(host, request -> UploadPermit.anyone(limits)),
                    DeliveryFilter.create(host),
                    status -> {});
            stopped = false;
        }

        void stop() throws IOException {
            if (!stopped) {
                stopped = true;
                container.close();
            }
        }

        void drain() throws IOException {
            Files.createFile(root.resolve("drain"));
        }

        /** Leaves space for uploads that have begun, and for no others. */
        void fill() {
            freeSpace = FLOOR - 1;
        }

        URI uri(String path) {
            return URI.create(base(port) + path);
        }

        @Override
        public void close() throws IOException {
            stop();
            fetcher.close();
            host.close();
        }
    }

    private final List<Integer> ports = new ArrayList<>();

    /** The clock of each member that is started from now on. */
    Clock clock = Clock.systemUTC();

    private final int sealedMembers;

    RelayFleet(Container kind, Path directory, int size) throws IOException {
        this(kind, directory, size, 0);
    }

    /** @param sealed how many members, from the first on, keep uploads sealed */
    RelayFleet(Container kind, Path directory, int size, int sealed) throws IOException {
        sealedMembers = sealed;
        for (int i = 0; i < size; i++) {
            ports.add(Ports.free());
        }
        for (int i = 0; i < size; i++) {
            members.add(new Member(kind, directory.resolve("host" + i), ports.get(i), ports, base(ports.get(i))));
        }
    }

    /** Starts a member again, on its port and with its store, under another internal URL. */
    Member restart(int index, String internalUrl, String... formerUrls) throws IOException {
        Member before = members.get(index);
        before.close();
        Member after = new Member(before.kind, before.root, before.port, ports, internalUrl, formerUrls);
        members.set(index, after);
        return after;
    }

    private static String base(int port) {
        return "http://127.0.0.1:" + port;
    }

    Member any(Random random) {
        return members.get(random.nextInt(members.size()));
    }

    static HttpResponse<String> send(Member member, String method, String path, BodyPublisher body, String... fields)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(member.uri(path)).method(method, body);
        for (int i = 0; i < fields.length; i += 2) {
            request.header(fields[i], fields[i + 1]);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    static HttpResponse<String> tus(Member member, String method, String path, byte[] body, String... fields)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(fields));
        all.addAll(List.of("Tus-Resumable", "1.0.0"));
        return send(
                member,
                method,
                path,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body),
                all.toArray(String[]::new));
    }

    static HttpResponse<String> patch(Member member, String path, long offset, byte[] body)
            throws IOException, InterruptedException {
        return tus(
                member,
                "PATCH",
                path,
                body,
                "Content-Type",
                "application/offset+octet-stream",
                "Upload-Offset",
                Long.toString(offset));
    }

    /** Creates an upload on {@code member} and returns its path. */
    static String create(Member member, long length, String... fields) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(fields));
        all.addAll(List.of("Upload-Length", Long.toString(length)));
        return path(member, tus(member, "POST", "/uploads", new byte[0], all.toArray(String[]::new)));
    }

    static String path(Member member, HttpResponse<String> created) throws IOException {
        if (created.statusCode() != 201) {
            throw new IOException("creating got " + created.statusCode() + " " + created.body());
        }
        return member.uri("/uploads")
                .resolve(created.headers().firstValue("Location").orElseThrow())
                .getPath();
    }

    static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    UploadReceipt receipt(HttpResponse<String> response) throws Exception {
        return members.get(0).host.receipts().verify(header(response, "Upload-Receipt"));
    }

    UploadReceipt receiptInBody(HttpResponse<String> response) throws Exception {
        return members.get(0).host.receipts().verify(tokenInBody(response));
    }

    static String tokenInBody(HttpResponse<String> response) throws IOException {
        Matcher receipt = RECEIPT.matcher(response.body());
        if (!receipt.find()) {
            throw new IOException("no receipt in " + response.statusCode() + " " + response.body());
        }
        return receipt.group(1);
    }

    /** Fetches on {@code member}, from whichever hosts have the uploads. */
    static List<byte[]> fetch(Member member, List<UploadReceipt> receipts) throws IOException {
        List<byte[]> contents = new ArrayList<>();
        try (FetchedUploads uploads = member.fetcher.fetch(receipts)) {
            for (FetchedUpload upload : uploads) {
                contents.add(Fleet.read(upload));
            }
        }
        return contents;
    }

    @Override
    public void close() throws IOException {
        for (Member member : members) {
            member.close();
        }
    }
}
