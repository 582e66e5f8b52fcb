package io.github.uploadreceipts.servlet.internal.response;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.handover.Verdict;
import org.junit.jupiter.api.Test;

/** What clients are told of hand-overs. */
class HandOverStatusTest {

    private static final int LONG = 1000;

    /** The right sides are what Chromium's {@code encodeURIComponent} gives. */
    @Test
    void encode_asEncodeUriComponent() {
        assertThat(HandOverStatus.encode("Ä☣😀 a-_.!~*'()", LONG))
                .isEqualTo("%C3%84%E2%98%A3%F0%9F%98%80%20a-_.!~*'()");
        assertThat(HandOverStatus.encode("100 % \"sure\";\r\nSet-Cookie: a=b+c/d", LONG))
                .isEqualTo("100%20%25%20%22sure%22%3B%0D%0ASet-Cookie%3A%20a%3Db%2Bc%2Fd");
    }

    @Test
    void encode_tooLong_isCutBetweenCharacters() {
        assertThat(HandOverStatus.encode("aÄ☣", 16)).isEqualTo("a%C3%84%E2%98%A3");
        assertThat(HandOverStatus.encode("aÄ☣", 15)).isEqualTo("a%C3%84");
        assertThat(HandOverStatus.encode("aÄ☣", 6)).isEqualTo("a");
        assertThat(HandOverStatus.encode("aÄ☣", -5)).isEmpty();
    }

    @Test
    void json_ofEachVerdict() {
        assertThat(json(Verdict.waiting())).isEqualTo("{\"status\":\"processing\"}");
        assertThat(json(Verdict.done())).isEqualTo("{\"status\":\"done\"}");
        assertThat(json(Verdict.done("[1]"))).isEqualTo("{\"status\":\"done\",\"data\":[1]}");
        assertThat(json(Verdict.done("not JSON"))).isEqualTo("{\"status\":\"done\"}");
        assertThat(json(Verdict.refused("a \"virus\"")))
                .isEqualTo("{\"status\":\"refused\",\"message\":\"a \\\"virus\\\"\"}");
    }

    private static String json(Verdict verdict) {
        return new HandOverStatus(verdict).toJson();
    }
}
