package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.RecordedLog;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

class BackgroundTest {

    private static final UploadId ID = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");

    /** Whoever operates the host learns the cause, and the client does not. */
    @Test
    void run_unexpectedFailure_loggedAndRefused() {
        for (Throwable failure : List.of(new IllegalStateException("x"), new StackOverflowError())) {
            try (RecordedLog log = RecordedLog.of(Loggers.HOST)) {
                CompletableFuture<String> result = new Background(Runnable::run).run(ID, () -> {
                    if (failure instanceof Error error) {
                        throw error;
                    }
                    throw (RuntimeException) failure;
                });
                Throwable cause = catchThrowableOfType(ExecutionException.class, result::get)
                        .getCause();
                assertThat(cause).isInstanceOf(UploadRefusedException.class);
                assertThat(((UploadRefusedException) cause).problem().type()).isEqualTo(ProblemType.STORAGE_FAILED);
                assertThat(log.records()).singleElement().satisfies(entry -> {
                    assertThat(entry.getLevel()).isEqualTo(Level.SEVERE);
                    assertThat(entry.getMessage()).contains(ID.toString());
                    assertThat(entry.getThrown()).isSameAs(failure);
                });
            }
        }
    }
}
