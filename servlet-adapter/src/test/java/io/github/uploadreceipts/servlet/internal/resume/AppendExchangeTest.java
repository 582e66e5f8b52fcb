package io.github.uploadreceipts.servlet.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.AdapterFixture;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Appends whose completion fails. */
class AppendExchangeTest {

    @TempDir
    Path root;

    private final List<String> steps = new CopyOnWriteArrayList<>();

    private final class Full implements AppendExchange.Appending, Reply {

        @Override
        public Status complete() throws UploadRefusedException {
            steps.add("complete");
            throw new UploadRefusedException(Problem.of(ProblemType.NO_SPACE));
        }

        @Override
        public void close() {
            steps.add("close");
        }

        @Override
        public byte[] prepare(Status status) {
            throw new AssertionError("there is no status");
        }

        @Override
        public void given() {
            throw new AssertionError("there is no response");
        }

        @Override
        public void lost() {
            steps.add("lost");
        }
    }

    private void finish(AdapterFixture fixture) throws Exception {
        Admission admission = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        Reception reception =
                new Reception(fixture.engine, Way.RAW, admission, new InFlight().enter(admission, "127.0.0.1"));
        Full full = new Full();
        AppendExchange exchange = new AppendExchange(fixture.engine.executor(), null, full, reception, full);
        assertThat(exchange.finish().handle((status, failure) -> status).join()).isNull();
        exchange.abandon();
    }

    @Test
    void finish_fails_clientWithoutResponseIsLost() throws Exception {
        try (AdapterFixture fixture = new AdapterFixture(root)) {
            finish(fixture);
            assertThat(steps).containsExactly("complete", "lost", "close");
        }
    }

    @Test
    void finish_executorTakesNoMore_nothingStaysOpen() throws Exception {
        try (AdapterFixture fixture = new AdapterFixture(root)) {
            fixture.host.close();
            finish(fixture);
            assertThat(steps).containsExactly("lost", "close");
        }
    }
}
