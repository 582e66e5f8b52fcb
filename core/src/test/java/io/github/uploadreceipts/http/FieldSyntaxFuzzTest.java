package io.github.uploadreceipts.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

class FieldSyntaxFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void mediaTypeAndRange_anyField(FuzzedDataProvider data) {
        long size = data.consumeLong(0, Long.MAX_VALUE);
        String field = data.consumeRemainingAsString();
        MediaType.parse(field).ifPresent(type -> {
            assertThat(MediaType.parse(type.text())).contains(type);
            assertThat(type.parameter("boundary")).isNotNull();
        });
        assertThat(MediaType.ofFile(MediaType.ofFile(field))).isEqualTo(MediaType.ofFile(field));
        ByteRange range = ByteRange.requested(field, size);
        if (!range.isUnsatisfiable()) {
            assertThat(range.first()).isBetween(0L, size);
            assertThat(range.length()).isBetween(0L, size - range.first());
        }
        if (!range.isWhole() && !range.isUnsatisfiable()) {
            assertThat(ByteRange.contentRange(range.toContentRange()))
                    .isEqualTo(
                            size < 1_000_000_000_000_000_000L
                                    ? java.util.Optional.of(range)
                                    : java.util.Optional.empty());
        }
    }
}
