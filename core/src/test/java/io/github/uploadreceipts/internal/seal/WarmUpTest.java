package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WarmUpTest {

    @Test
    void run_slowMachine_endsAfterASecond() {
        AtomicLong now = new AtomicLong();
        long step = Duration.ofMillis(300).toNanos();
        assertThat(WarmUp.run(() -> now.getAndAdd(step))).isEqualTo(3);
    }

    @Test
    void run_fastMachine_endsSooner() {
        assertThat(WarmUp.run(() -> 0)).isEqualTo(80);
    }
}
