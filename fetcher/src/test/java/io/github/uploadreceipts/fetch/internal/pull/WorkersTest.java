package io.github.uploadreceipts.fetch.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class WorkersTest {

    private final BlockingQueue<String> ran = new LinkedBlockingQueue<>();

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private String next() throws InterruptedException {
        return String.valueOf(ran.poll(120, TimeUnit.SECONDS));
    }

    @Test
    void execute_moreLanesThanThreads_takeTurns() throws Exception {
        List<CountDownLatch> stuck = new ArrayList<>();
        try (Workers workers = new Workers(1)) {
            for (int i = 0; i < Workers.MAX_LANES; i++) {
                CountDownLatch latch = new CountDownLatch(1);
                Workers.Lane lane = workers.newLane();
                lane.execute(() -> {
                    ran.add("begins");
                    await(latch);
                });
                lane.execute(() -> ran.add("second of a lane"));
                assertThat(next()).isEqualTo("begins");
                stuck.add(latch);
            }
            workers.newLane().execute(() -> ran.add("first of the last lane"));
            stuck.get(3).countDown();

            assertThat(next()).isEqualTo("first of the last lane");
            assertThat(next()).isEqualTo("second of a lane");
            assertThat(ran).isEmpty();
            stuck.forEach(CountDownLatch::countDown);
        }
    }

    @Test
    void close_tasksThatWait_runSoThatNobodyWaitsForThem() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        Workers workers = new Workers(1);
        Workers.Lane lane = workers.newLane();
        lane.execute(() -> await(stuck));
        lane.execute(() -> ran.add("second"));
        lane.execute(() -> ran.add("third"));
        workers.close();
        stuck.countDown();

        assertThat(next()).isEqualTo("second");
        assertThat(next()).isEqualTo("third");
        assertThatIllegalStateException().isThrownBy(() -> lane.execute(() -> {}));
    }
}
