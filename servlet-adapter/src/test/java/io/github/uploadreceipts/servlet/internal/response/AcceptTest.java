package io.github.uploadreceipts.servlet.internal.response;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", // Firefox
                "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", // Java's HttpURLConnection
                "text/html",
                "TEXT/HTML ; Q = 0.5",
                "text/*, application/json;q=0.9",
                "application/json;q=0.1, text/html;level=1;q=0.2",
                "application/*;q=0.4, application/json;q=0.1, text/html;q=0.2",
                "text/html;q=1, application/json;q=0.999",
                "text/html;q=high, */*;q=0.9"
            })
    void prefersPage_whoAsksForHtmlFirst(String accept) {
        assertThat(Accept.prefersPage(accept)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*/*",
                "application/json, text/plain, */*", // axios
                "application/json, text/html",
                "text/html, application/json",
                "application/json, text/html;q=0.9",
                "application/json, text/html ; q=0.1",
                "text/html;q=0, */*",
                "text/html;q=0.000",
                "text/html;q=0.5, */*",
                "*/*, text/html;q=0.8",
                "text/htmlx, application/xhtml+xml",
                "x/text/html",
                ",;q=1,"
            })
    void prefersPage_everybodyElse(String accept) {
        assertThat(Accept.prefersPage(accept)).isFalse();
    }
}
