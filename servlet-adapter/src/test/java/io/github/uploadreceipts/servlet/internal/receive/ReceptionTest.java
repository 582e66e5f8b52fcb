package io.github.uploadreceipts.servlet.internal.receive;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.servlet.AdapterFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceptionTest {

    @TempDir
    Path root;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10); // nanoTime may return such a value
    private AdapterFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private Reception begin(UploadLimits limits) throws Exception {
        Admission admission = Admission.of(UploadPermit.anyone(limits));
        return new Reception(
                fixture.engine, Way.RAW, admission, new InFlight().enter(admission, "127.0.0.1"), now::get);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void lateness_belowTheLeastRate_onlyAfterTheGrace() throws Exception {
        Reception reception = begin(UploadLimits.builder()
                .idleTimeout(Duration.ofMinutes(5))
                .minBytesPerSecond(100)
                .build());
        pass(Duration.ofSeconds(30));
        assertThat(reception.lateness()).isEmpty();
        pass(Duration.ofSeconds(1));
        Problem problem = reception.lateness().orElseThrow();
        assertThat(problem.type()).isEqualTo(ProblemType.TOO_SLOW);
        assertThat(problem.limit()).hasValue(100);
        assertThat(problem.actual()).hasValue(0);
        reception.count(3_100);
        assertThat(reception.lateness()).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(reception.lateness().orElseThrow().actual()).hasValue(96);
    }

    @Test
    void lateness_idle_onlyAfterTheTimeout() throws Exception {
        Reception reception =
                begin(UploadLimits.builder().idleTimeout(Duration.ofSeconds(5)).build());
        pass(Duration.ofSeconds(5));
        assertThat(reception.lateness()).isEmpty();
        pass(Duration.ofNanos(1));
        assertThat(reception.lateness()).isPresent();
        reception.count(1);
        assertThat(reception.lateness()).isEmpty();
    }

    @Test
    void lateness_limitsWithoutEnd_neverComes() throws Exception {
        Reception reception = begin(UploadLimits.builder()
                .idleTimeout(Duration.ofDays(400_000))
                .deadline(Duration.ofDays(400_000))
                .minBytesPerSecond(0)
                .build());
        pass(Duration.ofDays(100_000));
        assertThat(reception.lateness()).isEmpty();
    }
}
