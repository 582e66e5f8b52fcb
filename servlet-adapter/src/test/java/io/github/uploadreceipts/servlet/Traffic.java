package io.github.uploadreceipts.servlet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Clients that upload all the time: small and large files, raw and in forms, some of which they claim. They record what
 * they sent and which receipts they got. {@link #check} compares a store with that.
 */
final class Traffic {

    private static final long LONGEST_PAUSE_NANOS = 10_000_000;

    private final KeyRing ring;
    private final boolean sealed;
    private final ReceiptVerifier verifier;
    private final PeerTokens tokens;
    private final Random seeds;
    private final Set<String> sent = ConcurrentHashMap.newKeySet();
    private final Queue<Promise> promises = new ConcurrentLinkedQueue<>();
    private final Map<String, String> triedClaims = new ConcurrentHashMap<>();
    private final Map<String, String> recordedClaims = new ConcurrentHashMap<>();
    private final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
    private final Set<Integer> expectedStatuses = ConcurrentHashMap.newKeySet();
    private final Queue<Integer> refusals = new ConcurrentLinkedQueue<>();
    private final List<Clients> started = new ArrayList<>();
    private volatile boolean promising = true;
    private int unpromised;

    /** A receipt, and the digest of the file that it was issued for. */
    private record Promise(String token, String digest) {}

    /** A file on the disk. */
    private record Found(long size, String digest) {}

    Traffic(KeyRing ring, long seed) {
        this(ring, seed, false);
    }

    /** @param sealed whether the servers keep uploads sealed; then only resumable uploads can be checked */
    Traffic(KeyRing ring, long seed, boolean sealed) {
        this.ring = ring;
        this.sealed = sealed;
        this.verifier = ReceiptVerifier.create(ring, Clock.systemUTC(), sealed);
        this.tokens = new PeerTokens(ring, Clock.systemUTC());
        this.seeds = new Random(seed);
    }

    /** Accepts responses with this status. Clients then continue. */
    Traffic expect(int status) {
        expectedStatuses.add(status);
        return this;
    }

    /**
     * Ends the recording of receipts, and lets requests fail. Without power, a receipt promises nothing, because no
     * host could send it. (The shutdown ioctl lets some forces of that moment return as if they had succeeded.)
     */
    void endPromises() {
        promising = false;
    }

    /** Resumes the recording of receipts after the power is back. */
    void promiseAgain() {
        promising = true;
    }

    boolean isPromising() {
        return promising;
    }

    /** Records an unexpected outcome for the next check. */
    void unexpected(String what) {
        unexpected.add(what);
    }

    /** Starts clients of one server. */
    Clients start(int port, int count) {
        Clients clients = new Clients(port);
        for (int i = 0; i < count; i++) {
            Random random = new Random(seeds.nextLong());
            clients.threads.add(new Thread(() -> clients.run(random), "client-" + i));
        }
        clients.threads.forEach(Thread::start);
        started.add(clients);
        return clients;
    }

    /** Ends all clients, even if the test has failed. */
    void end() throws InterruptedException {
        started.forEach(Clients::expectFailure);
        for (Clients clients : started) {
            clients.stop();
        }
    }

    /** The clients of one server. */
    final class Clients {

        private final int port;
        private final List<Thread> threads = new ArrayList<>();
        private volatile boolean stopped;
        private volatile boolean failureExpected;

        private Clients(int port) {
            this.port = port;
        }

        /** Lets requests fail from now on. A client stops after a failed request. */
        void expectFailure() {
            failureExpected = true;
        }

        /** Waits until every client has ended its request. */
        void stop() throws InterruptedException {
            stopped = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }

        private void run(Random random) {
            while (!stopped) {
                try (Wire wire = new Wire(port)) {
                    while (!stopped && upload(wire, random)) {
                        pause(random);
                    }
                } catch (IOException | RuntimeException e) {
                    if (failureExpected || !promising) {
                        return;
                    }
                    if (e instanceof SocketException && !expectedStatuses.isEmpty()) {
                        refusals.add(0); // the reset discarded the response to an early refusal
                        continue;
                    }
                    unexpected.add("a request failed: " + e);
                } catch (TokenRefusedException e) {
                    unexpected.add("a receipt is not valid: " + e);
                }
            }
        }
    }

    /** Leaves the processors to the servers: those that a test starts beside others took several times as long. */
    static void pause(Random random) {
        LockSupport.parkNanos(random.nextLong(LONGEST_PAUSE_NANOS));
    }

    int promiseCount() {
        return promises.size();
    }

    /** Returns the receipt that was recorded last. */
    UploadReceipt last() throws TokenRefusedException {
        Promise last = null;
        for (Promise promise : promises) {
            last = promise;
        }
        return verifier.verify(Objects.requireNonNull(last).token());
    }

    /** Returns whether two tokens are the same receipt. Encrypted ones are never the same text. */
    boolean isSame(String one, String other) throws IOException {
        try {
            return verifier.verify(one).equals(verifier.verify(other));
        } catch (TokenRefusedException e) {
            throw new IOException("a receipt is not valid", e);
        }
    }

    int claimCount() {
        return recordedClaims.size();
    }

    /** Returns the number of complete uploads without a receipt that the last check found. */
    int unpromisedCount() {
        return unpromised;
    }

    int refusalCount() {
        return refusals.size();
    }

    /** Returns whether the connection is still usable. */
    private boolean upload(Wire wire, Random random) throws IOException, TokenRefusedException {
        boolean raw = random.nextInt(3) == 0;
        List<byte[]> files = new ArrayList<>();
        for (int count = raw ? 1 : 1 + random.nextInt(4); files.size() < count; ) {
            files.add(content(random));
        }
        Wire.Response response = upload(wire, raw, files);
        if (response.status() != 201) {
            refused(response);
            return false;
        }
        return random.nextInt(3) > 0
                || claim(wire, AdapterFixture.tokens(response).get(0));
    }

    private void refused(Wire.Response response) throws IOException {
        if (expectedStatuses.contains(response.status())) {
            refusals.add(response.status());
        } else {
            throw new IOException("got " + response.status() + " " + response.body());
        }
    }

    private static byte[] content(Random random) {
        int kind = random.nextInt(10);
        int size = kind < 6
                ? random.nextInt(8 << 10)
                : kind < 9 ? random.nextInt(200 << 10) : (1 << 20) + random.nextInt(2 << 20);
        byte[] content = new byte[size];
        random.nextBytes(content);
        return content;
    }

    /** Uploads these files and records their receipts, if there are any. */
    Wire.Response upload(Wire wire, boolean raw, List<byte[]> files) throws IOException {
        List<String> digests = new ArrayList<>();
        for (byte[] file : files) {
            digests.add(digest(file));
        }
        sent.addAll(digests);
        byte[] body = raw ? files.get(0) : form(files);
        String type = raw ? "application/octet-stream" : "multipart/form-data; boundary=cut";
        wire.send(AdapterFixture.head("POST", "/uploads") + "Content-Type: " + type + "\r\nContent-Length: "
                + body.length + "\r\n\r\n");
        wire.send(body);
        Wire.Response response = wire.response();
        if (response.status() == 201) {
            promised(AdapterFixture.tokens(response), digests);
        }
        return response;
    }

    /** Records contents that a test sends itself. */
    void sent(List<String> digests) {
        sent.addAll(digests);
    }

    /** Records the receipts and the digests of their files. */
    void promised(List<String> receipts, List<String> digests) {
        if (receipts.size() != digests.size()) {
            unexpected.add(digests.size() + " files, " + receipts.size() + " receipts");
        }
        for (int i = 0; i < receipts.size() && promising; i++) {
            promises.add(new Promise(receipts.get(i), digests.get(i)));
        }
    }

    static byte[] form(List<byte[]> files) {
        String[] parts = files.stream()
                .map(file -> AdapterFixture.filePart("photo.jpg", "image/jpeg", new String(file, ISO_8859_1)))
                .toArray(String[]::new);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (String part : parts) {
            body.writeBytes(("--cut\r\n" + part + "\r\n").getBytes(ISO_8859_1));
        }
        body.writeBytes("--cut--\r\n".getBytes(ISO_8859_1));
        return body.toByteArray();
    }

    static String digest(byte[] content) {
        var hash = ContentDigest.newHash();
        hash.update(content);
        return ContentDigest.of(hash).hex();
    }

    /**
     * Claims an upload under an order of its own, as a fetching host does. Returns whether the connection is still
     * usable.
     */
    private boolean claim(Wire wire, String token) throws IOException, TokenRefusedException {
        UploadReceipt receipt = verifier.verify(token);
        String id = receipt.id().toString();
        String order = "order-" + id;
        triedClaims.put(id, order);
        Wire.Response response = claim(wire, receipt, order);
        if (response.status() == 204 && promising) {
            recordedClaims.put(id, order);
        }
        if (response.status() != 204 && (response.status() != 500 || !expectedStatuses.contains(507))) {
            refused(response); // a claim needs space, too
        }
        return response.status() == 204;
    }

    Wire.Response claim(Wire wire, UploadReceipt receipt, String order) throws IOException {
        return asPeer(wire, "POST", receipt, Optional.of(Claim.of(order)));
    }

    Wire.Response get(Wire wire, UploadReceipt receipt) throws IOException {
        return asPeer(wire, "GET", receipt, Optional.empty());
    }

    /** Discards an upload, as a fetching host does after use. */
    Wire.Response discard(Wire wire, UploadReceipt receipt) throws IOException {
        return asPeer(wire, "DELETE", receipt, Optional.empty());
    }

    private Wire.Response asPeer(Wire wire, String method, UploadReceipt receipt, Optional<Claim> claim)
            throws IOException {
        String token = tokens.mint(
                new PeerRequest(method, receipt.owner(), receipt.size(), receipt.digest(), receipt.type(), claim));
        wire.send(AdapterFixture.head(method, receipt.owner().path()) + "Authorization: Bearer " + token + "\r\n\r\n");
        return wire.response(true);
    }

    /**
     * Opens the store anew and returns what is wrong with it: receipts without their bytes, lost claims, visible files
     * that no client sent completely, and files left in {@code incoming}.
     *
     * @param living the number of JVMs that are receiving into the store
     */
    List<String> check(Path root, int living) throws Exception {
        List<Promise> promised = List.copyOf(promises); // copied first, because clients may get more receipts
        List<String> wrong = new ArrayList<>();
        for (String what = unexpected.poll(); what != null; what = unexpected.poll()) {
            wrong.add(what);
        }
        Map<String, byte[]> opened = sealed ? opened(root, promised, wrong) : Map.of();
        try (LocalUploadStore store = LocalUploadStore.at(root)) {
            Map<String, Found> visible = new HashMap<>();
            for (Path file : files(root.resolve("uploads"))) {
                String name = file.getFileName().toString();
                byte[] content = opened.containsKey(name) ? opened.get(name) : Files.readAllBytes(file);
                if (name.endsWith("-claim")) {
                    String order = triedClaims.get(name.substring(0, name.length() - "-claim".length()));
                    if (!new String(content, ISO_8859_1).equals(order)) {
                        wrong.add("claim record " + name + " has " + content.length + " bytes that nobody claimed");
                    }
                } else {
                    visible.put(name, new Found(content.length, digest(content)));
                    if (!sent.contains(digest(content)) && (!sealed || opened.containsKey(name))) {
                        wrong.add("visible " + name + " has " + content.length + " bytes that nobody sent so");
                    }
                }
            }
            for (Promise promise : promised) {
                UploadReceipt receipt = verifier.verify(promise.token());
                Found found = visible.get(receipt.id().toString());
                if (!receipt.digest().hex().equals(promise.digest())) {
                    wrong.add("receipt " + receipt.id() + " is for other bytes than were sent");
                } else if (store.find(receipt.id(), receipt.owner().hour()).isEmpty() || found == null) {
                    wrong.add("receipt " + receipt.id() + " has no file");
                } else if (!found.equals(new Found(receipt.size(), promise.digest()))) {
                    wrong.add("receipt " + receipt.id() + " has other bytes: " + found);
                } else {
                    checkClaim(store, receipt, wrong);
                }
            }
            unpromised = visible.size() - promised.size();
            checkIncoming(root.resolve("incoming"), living + 1, wrong);
        }
        return wrong;
    }

    /** Returns the plain bytes of the uploads that have receipts; nobody can open the others. */
    private Map<String, byte[]> opened(Path root, List<Promise> promised, List<String> wrong) throws Exception {
        Map<String, byte[]> opened = new HashMap<>();
        try (LocalUploadStore store = LocalUploadStore.at(root);
                UploadHost host = UploadHost.builder(ring, store)
                        .internalUrl("http://127.0.0.1:8080")
                        .developmentMode()
                        .build()) {
            for (Promise promise : promised) {
                UploadReceipt receipt = verifier.verify(promise.token());
                try (InputStream in = HostAccess.engine(host)
                        .uploads(false)
                        .open(receipt, receipt.owner())
                        .open()) {
                    opened.put(receipt.id().toString(), in.readAllBytes());
                } catch (IOException e) {
                    wrong.add("receipt " + receipt.id() + " cannot be opened: " + e);
                }
            }
        }
        return opened;
    }

    private void checkClaim(LocalUploadStore store, UploadReceipt receipt, List<String> wrong) throws IOException {
        String order = recordedClaims.get(receipt.id().toString());
        if (order != null) {
            var hour = receipt.owner().hour();
            if (store.claim(receipt.id(), hour, Claim.of("order-other"))) {
                wrong.add("claim on " + receipt.id() + " is forgotten");
            } else if (!store.claim(receipt.id(), hour, Claim.of(order))) {
                wrong.add("claim on " + receipt.id() + " became another's");
            }
        }
    }

    private static void checkIncoming(Path incoming, int living, List<String> wrong) throws IOException {
        try (Stream<Path> entries = Files.list(incoming)) {
            long directories = entries.filter(Files::isDirectory).count();
            if (directories != living) {
                wrong.add(directories + " directories in incoming, for " + living + " JVMs");
            }
        }
        if (living == 1) {
            leftFiles(incoming).forEach(file -> wrong.add("left in incoming: " + file.getFileName()));
        }
    }

    /** Returns the files below {@code root}, except locks and spares. */
    static List<Path> leftFiles(Path root) throws IOException {
        return files(root).stream()
                .filter(file -> !file.getFileName().toString().matches("lock|spare-[0-9]+"))
                .toList();
    }

    /**
     * Returns these files after all requests have ended. A refused upload may be removed only after its response, when
     * its force ends.
     */
    static List<Path> filesInTheEnd(Path root) throws IOException {
        for (int i = 0; i < 1000 && !leftFiles(root.resolve("incoming")).isEmpty(); i++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        return leftFiles(root);
    }

    /** Returns the regular files below {@code directory}, while other files may be removed. */
    static List<Path> files(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException && !file.equals(directory)) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }
        });
        return files;
    }
}
