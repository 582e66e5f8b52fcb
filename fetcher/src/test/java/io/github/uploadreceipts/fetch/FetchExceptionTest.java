package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.store.UploadId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FetchExceptionTest {

    private final UploadId id = UploadId.random();

    private Failure failure(int index, Kind kind) {
        return new Failure(index, id, kind, "cause " + index);
    }

    @Test
    void failures_areInTheOrderOfTheReceipts() {
        Failure first = failure(1, Kind.GONE);
        Failure second = failure(4, Kind.TIMEOUT);

        FetchException e = new FetchException(List.of(second, first));

        assertThat(e.failures()).containsExactly(first, second);
        assertThat(e).hasMessage("receipt 1 (" + id + ") GONE: cause 1; receipt 4 (" + id + ") TIMEOUT: cause 4");
        assertThat(e.has(Kind.TIMEOUT)).isTrue();
        assertThat(e.has(Kind.CLAIMED)).isFalse();
    }

    @Test
    void message_manyFailures_showsTheFirstTen() {
        List<Failure> failures = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            failures.add(failure(i, Kind.GONE));
        }
        FetchException e = new FetchException(failures);

        assertThat(e.failures()).hasSize(12);
        assertThat(e).hasMessageContaining("cause 9; and 2 more").hasMessageNotContaining("cause 10");
    }

    @Test
    void noFailure_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new FetchException(List.of()));
    }
}
