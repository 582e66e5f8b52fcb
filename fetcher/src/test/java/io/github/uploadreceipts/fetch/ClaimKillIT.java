package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two orders claim the same uploads. Each order is sent many times at once while one host is killed. */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class ClaimKillIT {

    private static final int ROUNDS = Integer.getInteger("upload-receipts-test.rounds", 3);
    private static final int RACERS = 200;
    private static final int HOSTS = 3;
    private static final int UPLOADS = 3;
    private static final long RETRY_NANOS = 50_000_000;

    @TempDir
    Path directory;

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("photos");
    private final ExecutorService pool = Executors.newFixedThreadPool(RACERS);
    private final List<PeerHost.Program> hosts = new ArrayList<>();
    private final List<PeerFetcher> fetchers = new ArrayList<>();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private UploadHost reader;

    @BeforeEach
    void start() throws IOException {
        Path file = directory.resolve("ring.json");
        ring.write(file);
        for (int i = 0; i < HOSTS; i++) {
            hosts.add(PeerHost.Program.start(file, directory.resolve("host-" + i)));
        }
        reader = UploadHost.builder(ring, LocalUploadStore.at(directory.resolve("reader")))
                .internalUrl("http://127.0.0.1:" + Ports.free())
                .developmentMode()
                .build();
        int[] ports = hosts.stream().mapToInt(host -> host.port).toArray();
        Path work = Files.createDirectory(directory.resolve("work"));
        for (int i = 0; i < 2; i++) {
            fetchers.add(PeerFetcher.builder(reader)
                    .policy(PeerPolicy.privateNetwork().ports(ports))
                    .deadline(Duration.ofMinutes(2))
                    .workDirectory(work)
                    .build());
        }
    }

    @AfterEach
    void stop() throws IOException {
        pool.shutdownNow();
        fetchers.forEach(PeerFetcher::close);
        if (reader != null) {
            reader.close();
        }
        for (PeerHost.Program host : hosts) {
            host.close();
        }
    }

    @Test
    void fetch_twoClaimsAndAKill_exactlyOneClaimWins() throws Exception {
        long usual = TimeUnit.MILLISECONDS.toNanos(500);
        int inTime = 0;
        int firstWon = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<UploadReceipt> receipts = uploads();
            long start = System.nanoTime();
            running.set(RACERS);
            List<Future<Boolean>> racers = IntStream.range(0, RACERS)
                    .mapToObj(i -> pool.submit(() -> wins(i, receipts)))
                    .toList();
            LockSupport.parkNanos(random.nextLong(usual));
            inTime += running.get() > 0 ? 1 : 0;
            hosts.get(random.nextInt(HOSTS)).killAndRestart();

            int winner = winner(racers);
            firstWon += winner == 0 ? 1 : 0;
            usual = (System.nanoTime() - start) / 2;
            assertIsUsedBy(winner, receipts);
        }
        System.out.printf(
                "%d rounds of %d racers: one claim won each, the first %d times; %d kills while they raced, %d retries%n",
                ROUNDS, RACERS, firstWon, inTime, retries.get());
    }

    private List<UploadReceipt> uploads() throws Exception {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (int i = 0; i < UPLOADS; i++) {
            byte[] content = new byte[random.nextInt(20_000)];
            random.nextBytes(content);
            receipts.add(PeerHost.upload(ring, hosts.get(i % HOSTS).port, content));
        }
        return receipts;
    }

    private static Claim claim(int racer) {
        return Claim.of("order-" + racer % 2);
    }

    /** Retries until one claim has won, as a client does after 503. */
    private boolean wins(int racer, List<UploadReceipt> receipts) {
        List<UploadReceipt> shuffled = new ArrayList<>(receipts);
        Collections.shuffle(shuffled);
        try {
            while (true) {
                try (FetchedUploads files = fetchers.get(racer % 2).fetch(shuffled, claim(racer))) {
                    assertThat(files.list()).extracting(FetchedUpload::receipt).isEqualTo(shuffled);
                    return true;
                } catch (FetchException e) {
                    if (e.has(Kind.CLAIMED)) {
                        return false;
                    }
                    assertThat(e.failures()).extracting(Failure::kind).isSubsetOf(Kind.UNREACHABLE, Kind.TIMEOUT);
                    retries.incrementAndGet();
                    LockSupport.parkNanos(RETRY_NANOS);
                }
            }
        } finally {
            running.decrementAndGet();
        }
    }

    /** Returns the index of the order whose claim won. All its requests got the uploads, and no other request did. */
    private static int winner(List<Future<Boolean>> racers) throws Exception {
        Set<Integer> winners = new HashSet<>();
        Set<Integer> losers = new HashSet<>();
        for (int i = 0; i < racers.size(); i++) {
            (racers.get(i).get() ? winners : losers).add(i % 2);
        }
        assertThat(winners).hasSize(1).doesNotContainAnyElementsOf(losers);
        return winners.iterator().next();
    }

    private void assertIsUsedBy(int winner, List<UploadReceipt> receipts) throws IOException {
        PeerFetcher fetcher = fetchers.get(0);
        try (FetchedUploads files = fetcher.fetch(receipts, claim(winner))) {
            assertThat(files.list()).hasSize(UPLOADS);
        }
        for (UploadReceipt receipt : receipts) {
            FetchException refused = catchThrowableOfType(
                    FetchException.class, () -> fetcher.fetch(List.of(receipt), claim(winner + 1)));
            assertThat(refused).isNotNull().matches(e -> e.has(Kind.CLAIMED));
        }
    }
}
