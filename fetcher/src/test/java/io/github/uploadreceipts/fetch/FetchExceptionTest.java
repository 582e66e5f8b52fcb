package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.store.UploadId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    void problem_namesEveryReceipt_andNoIdNorHost() {
        FetchException e = new FetchException(List.of(
                failure(7, Kind.TIMEOUT),
                failure(1, Kind.UNREACHABLE),
                failure(4, Kind.GONE),
                failure(5, Kind.REFUSED)));

        assertThat(e.problem().toJson())
                .isEqualTo("{\"type\":\"https://uploadreceipts.github.io/problems#upload-gone\","
                        + "\"title\":\"The upload is gone\",\"status\":410,"
                        + "\"detail\":\"Some files are not there any more. Upload them again.\",\"errors\":["
                        + entry(1, ProblemType.UNAVAILABLE) + "," + entry(4, ProblemType.UPLOAD_GONE) + ","
                        + entry(5, ProblemType.UNAVAILABLE) + "," + entry(7, ProblemType.UNAVAILABLE)
                        + "]}");
    }

    private static String entry(int index, ProblemType type) {
        return "{\"index\":" + index + ",\"type\":\"" + type.uri() + "\",\"title\":\"" + type.title() + "\",\"status\":"
                + type.status() + "}";
    }

    /**
     * The client should not retry before the most permanent failure is resolved, so that failure decides the status.
     */
    @ParameterizedTest
    @CsvSource({
        "CLAIMED, 409",
        "GONE, 410",
        "NOT_ALLOWED, 503",
        "REFUSED, 503",
        "WRONG_BYTES, 503",
        "UNREACHABLE, 503",
        "TIMEOUT, 503",
        "STORAGE, 503"
    })
    void problem_statusIsThatOfTheMostPermanentKind(Kind kind, int status) {
        List<Failure> failures = new ArrayList<>();
        for (Kind laterInTheList : EnumSet.range(kind, Kind.STORAGE)) {
            failures.add(0, failure(failures.size(), laterInTheList));
            assertThat(new FetchException(failures).problem().status()).isEqualTo(status);
        }
    }

    @Test
    void noFailure_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new FetchException(List.of()));
    }
}
