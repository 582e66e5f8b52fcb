package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WarmUpTest {

    @Test
    void run_takesAboutASecondAtMost() {
        long before = System.nanoTime();
        WarmUp.run();
        assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(2));
    }
}
