package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

class FileNameFuzzTest {

    @FuzzTest(maxDuration = "10m")
    void disposition_anyField(FuzzedDataProvider data) {
        String field = data.consumeRemainingAsString();
        ContentDisposition.parse(field).flatMap(ContentDisposition::fileName).ifPresent(FileNameFuzzTest::requireSafe);
        requireSafe(field);
    }

    private static void requireSafe(String name) {
        String safe = FileName.safe(name);
        assertThat(safe)
                .isNotBlank()
                .doesNotContain("/", "\\", "\0", "\r", "\n")
                .isNotIn(".", "..");
        assertThat(safe.getBytes(StandardCharsets.UTF_8).length).isBetween(1, FileName.MAX_BYTES);
        assertThat(FileName.safe(safe)).isEqualTo(safe);
        assertThat(ContentDisposition.parse(ContentDisposition.attachment(safe)))
                .hasValueSatisfying(back -> assertThat(back.fileName()).contains(safe));
    }
}
