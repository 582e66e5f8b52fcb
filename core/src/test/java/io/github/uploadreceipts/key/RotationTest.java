package io.github.uploadreceipts.key;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.key.RingKey;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rotates the keys of three hosts again and again under load. Every host mints tokens, and every host verifies the
 * tokens of all. The copies of the new file reach the hosts in every order, and some hosts read a half-written copy.
 * The hosts' clocks are up to 40 s apart.
 */
class RotationTest {

    private static final Instant START = Instant.parse("2026-11-21T09:00:00Z");
    private static final Duration LEAD = Duration.ofMinutes(5);
    private static final Duration RETIREMENT = Duration.ofMinutes(20);
    private static final Duration SHORT_LIFE = Duration.ofMinutes(10); // and the clock skew: less than RETIREMENT
    private static final Duration LONG_LIFE = Duration.ofHours(3); // longer than any key is accepted
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final int[][] ORDERS = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    private static final int ROUNDS = 4;
    private static final Location LOCATION =
            Location.parse("http://app1.lan:8080/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw");
    private static final Pattern KID = Pattern.compile("\"kid\":\"([^\"]+)\"");
    private static final Logger LOG =
            Logger.getLogger(KeyRing.class.getName()); // unreferenced, it would lose its level

    @TempDir
    Path directory;

    private final AtomicLong seconds = new AtomicLong(START.getEpochSecond());
    private final Map<String, Instant> ends = new ConcurrentHashMap<>();
    private final Queue<Token> tokens = new ConcurrentLinkedQueue<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong peers = new AtomicLong();
    private volatile boolean over;

    private record Token(String text, boolean encrypted, List<String> kids, Instant expires) {}

    private final class Host {

        final Path file;
        final Clock clock;
        final KeyRing ring;
        final PeerTokens peerTokens;

        Host(int number, int skew, byte[] content) throws IOException {
            this.file = TestRings.privateFile(directory.resolve("host" + number + ".json"), "");
            Files.write(file, content);
            InstantSource time = () -> Instant.ofEpochSecond(seconds.get() + skew);
            this.clock = time.withZone(ZoneOffset.UTC);
            this.ring = KeyRing.watch(file, () -> seconds.get() * 1_000_000_000L);
            this.peerTokens = new PeerTokens(ring, clock);
        }

        Instant now() {
            return clock.instant();
        }

        void mint(Random random) {
            boolean encrypted = random.nextBoolean();
            Instant now = now();
            Instant expires = now.plus(random.nextBoolean() ? SHORT_LIFE : LONG_LIFE);
            String text = new ReceiptTokens(ring, encrypted).issue(receipt(now, expires));
            List<String> kids = new ArrayList<>(List.of(kid(text)));
            if (encrypted) {
                kids.add(kids.get(0).replaceFirst("e", "s")); // the signing key of the same rotation
            }
            tokens.add(new Token(text, encrypted, kids, expires));
        }

        void verify(Token token) {
            Instant before = now();
            Optional<String> refusal = refusal(token);
            Instant after = now();
            Instant end = token.kids.stream()
                    .map(kid -> ends.getOrDefault(kid, Instant.MAX))
                    .min(Instant::compareTo)
                    .orElseThrow();
            if (refusal.isEmpty() && !before.isBefore(end)) {
                faults.add("accepted after its key's end: " + token.kids + ", " + before + " is after " + end);
            }
            boolean inTime = after.isBefore(end) && after.isBefore(token.expires);
            if (refusal.isPresent() && inTime) {
                faults.add(token.kids + " at " + before + " to " + after + ", end " + end + ": " + refusal.get());
            }
            (refusal.isPresent() ? refused : accepted).incrementAndGet();
        }

        private Optional<String> refusal(Token token) {
            try {
                ReceiptVerifier.create(ring, clock, token.encrypted).verify(token.text);
                return Optional.empty();
            } catch (TokenRefusedException e) {
                return Optional.of(String.valueOf(e.getMessage()));
            }
        }

        void askPeer(Host other) {
            PeerRequest request =
                    new PeerRequest("GET", LOCATION, 5, ContentDigest.of(new byte[32]), "a/b", Optional.empty());
            Instant minted = now();
            String token = peerTokens.mint(request);
            try {
                other.peerTokens.verify(token, "GET", OwnUrls.of(LOCATION.base()), LOCATION);
            } catch (TokenRefusedException e) {
                if (Duration.between(minted, other.now()).toSeconds() < 60) {
                    faults.add("peer token at " + minted + ": " + e.getMessage());
                }
            }
            peers.incrementAndGet();
        }
    }

    private static UploadReceipt receipt(Instant now, Instant expires) {
        return new UploadReceipt(
                LOCATION.id(),
                "a.jpg",
                "a/b",
                5,
                ContentDigest.of(new byte[32]),
                List.of(LOCATION),
                Optional.empty(),
                now,
                expires,
                Optional.empty(),
                Optional.empty());
    }

    private static String kid(String token) {
        byte[] header = Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.')));
        Matcher kid = KID.matcher(new String(header, StandardCharsets.US_ASCII));
        assertThat(kid.find()).isTrue();
        return kid.group(1);
    }

    private Path master() {
        return directory.resolve("master.json");
    }

    private void operator(String... arguments) throws IOException {
        Clock clock = Clock.fixed(Instant.ofEpochSecond(seconds.get()), ZoneOffset.UTC);
        new KeyRingCommand(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), clock)
                .run(List.of(arguments));
        for (RingKey key : KeyRing.load(master()).keys()) {
            key.expires().ifPresent(end -> ends.merge(key.kid(), end, (a, b) -> a.isBefore(b) ? a : b));
        }
    }

    private void pass(Duration time) throws InterruptedException {
        for (long left = time.dividedBy(STEP); left > 0; left--) {
            seconds.addAndGet(STEP.toSeconds());
            Thread.sleep(2);
        }
    }

    /** Renames a complete copy over the host's file, or writes over the file in two steps. */
    private void copyTo(Host host, boolean careful) throws IOException, InterruptedException {
        byte[] content = Files.readAllBytes(master());
        if (careful) {
            Path draft = TestRings.privateFile(directory.resolve("draft"), "");
            Files.write(draft, content);
            Files.move(draft, host.file, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        try (OutputStream out = Files.newOutputStream(host.file)) {
            out.write(content, 0, content.length / 2);
            pass(STEP.multipliedBy(2));
            out.write(content, content.length / 2, content.length - content.length / 2);
        }
    }

    /** Keeps the tokens that are valid, and some whose key has ended, which must be refused. */
    private boolean isWorthKeeping(Token token, Random random) {
        Instant now = Instant.ofEpochSecond(seconds.get());
        boolean counts = token.kids.stream()
                        .allMatch(kid -> ends.getOrDefault(kid, Instant.MAX).isAfter(now))
                && token.expires.isAfter(now);
        return tokens.size() < 500 && (counts || (token.expires.isAfter(now) && random.nextInt(4) == 0));
    }

    private Thread load(List<Host> hosts, int number) {
        return new Thread(() -> {
            Random random = new Random(number);
            Host own = hosts.get(number);
            try {
                while (!over) {
                    own.mint(random);
                    own.askPeer(hosts.get(random.nextInt(3)));
                    for (int i = 0; i < 3; i++) {
                        Token token = tokens.poll();
                        if (token != null) {
                            hosts.forEach(host -> host.verify(token));
                            if (isWorthKeeping(token, random)) {
                                tokens.add(token);
                            }
                        }
                    }
                }
            } catch (RuntimeException e) {
                faults.add(e.toString());
            }
        });
    }

    @Test
    @Tag("slow")
    void rotate_underLoad_inEveryOrder() throws Exception {
        LOG.setLevel(Level.OFF);
        operator("create", master().toString(), "--fleet", "photos");
        byte[] content = Files.readAllBytes(master());
        List<Host> hosts = List.of(new Host(0, 0, content), new Host(1, 20, content), new Host(2, -20, content));
        List<Thread> threads = List.of(load(hosts, 0), load(hosts, 1), load(hosts, 2));
        threads.forEach(Thread::start);
        Random random = new Random(1);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                for (int[] order : ORDERS) {
                    operator("rotate", master().toString(), "--in", "5m", "--retire", "20m");
                    for (int host : order) {
                        pass(STEP.multipliedBy(random.nextInt(1, 7)));
                        copyTo(hosts.get(host), random.nextBoolean());
                    }
                    pass(LEAD.plus(STEP.multipliedBy(random.nextInt(20, 200))));
                }
            }
        } finally {
            over = true;
            for (Thread thread : threads) {
                thread.join();
            }
            LOG.setLevel(null);
        }
        System.out.printf(
                "rotations %d, receipts accepted %d, refused %d, peer tokens %d%n",
                ROUNDS * ORDERS.length, accepted.get(), refused.get(), peers.get());
        assertThat(faults).isEmpty();
        assertThat(accepted).hasValueGreaterThan(1_000);
        assertThat(refused).as("receipts that outlive their keys").hasValueGreaterThan(100);
        pass(RETIREMENT.plus(LEAD));
        int old = 0;
        for (Token token : tokens) {
            Instant end = ends.getOrDefault(token.kids.get(0), Instant.MAX);
            for (Host host : hosts) {
                if (!host.now().isBefore(end)) {
                    old++;
                    assertThat(host.refusal(token))
                            .as("%s ended %s", token.kids, end)
                            .isPresent();
                }
            }
        }
        assertThat(old).isPositive();
    }
}
