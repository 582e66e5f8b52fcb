package io.github.uploadreceipts.permit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class UploadLimitsTest {

    @Test
    void limits_everyOneLetsSomethingThrough() {
        UploadLimits defaults = UploadLimits.defaults();
        assertThat(defaults.maxFileSize()).isEqualTo(2L << 30);
        assertThat(defaults.idleTimeout()).isEqualTo(Duration.ofSeconds(20));
        for (UploadLimits.Builder wrong : new UploadLimits.Builder[] {
            UploadLimits.builder().maxFileSize(0),
            UploadLimits.builder().maxRequestSize(-1),
            UploadLimits.builder().maxFiles(0),
            UploadLimits.builder().maxFieldBytes(0),
            UploadLimits.builder().perSubject(0, 1),
            UploadLimits.builder().perSubject(1, 0),
            UploadLimits.builder().perAddress(0, 1),
            UploadLimits.builder().perAddress(1, 0),
            UploadLimits.builder().unfinished(0, 1, 1),
            UploadLimits.builder().unfinished(1, 0, 1),
            UploadLimits.builder().unfinished(1, 1, 0),
            UploadLimits.builder().freeSpaceFloor(-1),
            UploadLimits.builder().idleTimeout(Duration.ZERO),
            UploadLimits.builder().minBytesPerSecond(-1),
            UploadLimits.builder().deadline(Duration.ZERO)
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(wrong::build)
                    .satisfies(e -> assertThat(e.getMessage())
                            .matches("\\w+( in milliseconds)? is (0|-1), but must be at least [01]"));
        }
        assertThatCode(() -> UploadLimits.builder()
                        .freeSpaceFloor(0)
                        .minBytesPerSecond(0)
                        .build())
                .doesNotThrowAnyException();
    }

    @Test
    void limits_wrongOne_namedWithItsValueAndItsBound() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UploadLimits.builder().maxRequestSize(-7).build())
                .withMessage("maxRequestSize is -7, but must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UploadLimits.builder().freeSpaceFloor(-1).build())
                .withMessage("freeSpaceFloor is -1, but must be at least 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        UploadLimits.builder().idleTimeout(Duration.ofNanos(1)).build())
                .withMessage("idleTimeout in milliseconds is 0, but must be at least 1");
    }

    @Test
    void toBuilder_everyLimitStays() {
        UploadLimits limits = new UploadLimits(
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, Duration.ofMillis(13), 14, Duration.ofMillis(15));
        assertThat(limits.toBuilder().build()).isEqualTo(limits);
    }
}
