package io.github.uploadreceipts.servlet.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class TusResponseTest {

    @Test
    void httpDate_asRfc9110WritesIt() {
        assertThat(TusResponse.httpDate(Instant.parse("1994-11-06T08:49:37Z")))
                .isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
        assertThat(TusResponse.httpDate(Instant.parse("2027-09-30T23:59:59.9Z")))
                .isEqualTo("Thu, 30 Sep 2027 23:59:59 GMT");
    }
}
