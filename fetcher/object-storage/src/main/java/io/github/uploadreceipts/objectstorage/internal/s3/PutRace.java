package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.internal.s3.S3Client.Outcome;
import io.github.uploadreceipts.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Finds out whether exactly one of several writers with {@code If-None-Match: *} wins, and remembers it. */
final class PutRace {

    private static final int WRITERS = 16;
    private static final int ROUNDS = 10;

    private final S3Client client;
    private volatile @Nullable Boolean known;

    PutRace(S3Client client) {
        this.client = client;
    }

    /** Races, unless it is known. A race in which the store was not reached shows nothing. */
    boolean showsOneWinner() throws StoreException {
        Boolean result = known;
        if (result == null) {
            var unused = client.head("probe"); // while the store is down, nobody waits for the races of others
            result = raceOnce();
        }
        return result;
    }

    private synchronized boolean raceOnce() throws StoreException {
        Boolean result = known;
        if (result == null) {
            result = race();
            known = result;
        }
        return result;
    }

    private boolean race() throws StoreException {
        String prefix = "probe-" + UUID.randomUUID() + "-";
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS, task -> {
            Thread thread = new Thread(task, "upload-receipts-put-race");
            thread.setDaemon(true);
            return thread;
        });
        try {
            for (int round = 0; round < ROUNDS; round++) {
                if (!hasOneWinner(threads, prefix + round)) {
                    return false;
                }
            }
            return true;
        } finally {
            threads.shutdownNow();
        }
    }

    private boolean hasOneWinner(ExecutorService threads, String name) throws StoreException {
        CyclicBarrier start = new CyclicBarrier(WRITERS);
        List<Future<Outcome>> writers = new ArrayList<>();
        try {
            for (int number = 0; number < WRITERS; number++) {
                ByteBuffer bytes = bytes(number);
                writers.add(threads.submit(() -> {
                    start.await();
                    return client.putFirst(name, bytes);
                }));
            }
            return isWonByOne(name, writers);
        } finally {
            var unused = client.delete(name);
        }
    }

    private static ByteBuffer bytes(int number) {
        return ByteBuffer.wrap(("writer " + number).getBytes(StandardCharsets.US_ASCII));
    }

    private boolean isWonByOne(String name, List<Future<Outcome>> writers) throws StoreException {
        List<Integer> winners = new ArrayList<>();
        Optional<StoreException> failure = Optional.empty();
        for (int number = 0; number < writers.size(); number++) {
            try {
                Outcome outcome = result(writers.get(number));
                if (outcome == Outcome.REFUSED) {
                    return false;
                }
                if (outcome == Outcome.WRITTEN) {
                    winners.add(number);
                }
            } catch (StoreException e) {
                failure = Optional.of(e);
            }
        }
        if (winners.size() > 1) {
            return false;
        }
        if (failure.isPresent()) {
            throw failure.get();
        }
        return winners.size() == 1
                && client.get(name, 100)
                        .map(ByteBuffer::wrap)
                        .filter(bytes(winners.get(0))::equals)
                        .isPresent();
    }

    private static Outcome result(Future<Outcome> writer) throws StoreException {
        try {
            return writer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Failed("interrupted", e);
        }
    }
}
