package io.github.uploadreceipts.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class UploadLocksTest {

    private static final URI BASE = URI.create("http://app1.lan:8080");
    private static final int UPLOADS = 1_000;

    private final ExecutorService pool = Executors.newFixedThreadPool(4);
    private final UploadLocks locks = new UploadLocks();

    @AfterEach
    void close() {
        pool.shutdownNow();
    }

    private static UploadResource any() {
        return new UploadResource(BASE, UploadId.random(), Instant.now().plusSeconds(3600));
    }

    @Test
    void locked_oneTakesLong_noOtherWaits() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Future<Boolean> slow = pool.submit(() -> locks.locked(any(), () -> {
            begun.countDown();
            return await(end);
        }));
        assertThat(await(begun)).isTrue();

        for (int i = 0; i < UPLOADS; i++) {
            assertThat(locks.<Boolean>locked(any(), () -> true)).isTrue();
        }
        end.countDown();
        assertThat(slow.get()).isTrue();
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(120, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    @Test
    void locked_manyOfTheSame_oneAtATime() throws Exception {
        UploadResource resource = any();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Callable<Integer> entering = () -> {
            for (int i = 0; i < UPLOADS; i++) {
                locks.locked(resource, () -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    return inside.decrementAndGet();
                });
            }
            return 0;
        };
        for (Future<Integer> one : pool.invokeAll(List.of(entering, entering, entering, entering))) {
            assertThat(one.get()).isZero();
        }
        assertThat(most).hasValue(1);
    }
}
