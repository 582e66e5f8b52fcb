package io.github.uploadreceipts.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComplaintTest {

    @Test
    void script_thatWaitsInVain_isNamedWithItsLine() {
        String said = """
                node:internal/modules/run_main:123
                    triggerUncaughtException(
                    ^

                page.waitForSelector: Timeout 1000ms exceeded.
                Call log:
                \u001B[2m  - waiting for locator('.files') to be visible\u001B[22m

                    at wait (/tests/node_modules/playwright-core/lib/client.mjs:1:2)
                    at again (/tests/ask.mjs:130:14)
                    at async scripted (/tests/ask.mjs:107:52) {
                  log: [ "  - waiting for locator('.files') to be visible" ],
                  name: 'TimeoutError'
                }
                """;
        assertThat(Complaint.of("ask.mjs", said))
                .startsWith("ask.mjs: page.waitForSelector: Timeout 1000ms exceeded., "
                        + "waiting for locator('.files') to be visible, at again (/tests/ask.mjs:130:14)\n")
                .contains("triggerUncaughtException(", "at async scripted")
                .doesNotContain("\u001B");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "npm error code ENOTEMPTY",
                "nginx: [emerg] bind() to 127.0.0.1:80 failed (98: Address already in use)",
                "AH00526: Syntax error on line 3 of httpd.conf:",
                "Exception in thread \"main\" java.net.BindException: Address already in use",
                "curl: (7) Failed to connect to 127.0.0.1 port 1",
                "TypeError: page is not a function",
                "browserType.launchPersistentContext: Target page, context or browser has been closed",
            })
    void error_isFirst(String error) {
        assertThat(Complaint.of("it", "begins\n" + error + "\nends\n")).startsWith("it: " + error + "\n");
    }

    @Test
    void said_withoutError_endsTheFirstLine() {
        assertThat(Complaint.of("it", "one\ntwo\n\n")).isEqualTo("it: two\none\ntwo\n\n");
        assertThat(Complaint.of("it", "")).isEqualTo("it: it has said nothing\n");
    }
}
