package io.github.uploadreceipts.servlet.internal.response;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UploadPageTest {

    /** Script end tags and line separators must not end the script's text or one of its lines. */
    @Test
    void ofReceipts_scriptEndAndLineSeparators_stayText() {
        assertThat(UploadPage.ofReceipts(
                        List.of(),
                        List.of(),
                        0,
                        UploadPage.More.ANY,
                        Optional.empty(),
                        "{\"a\":\"\u2028\u2029</script>\"}",
                        new UploadPage.Targets("file", Optional.empty(), Set.of(), Optional.empty())))
                .extracting("script")
                .asString()
                .contains("\\u2028\\u2029\\u003c/script>");
    }
}
