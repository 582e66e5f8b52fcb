package io.github.uploadreceipts.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The stored inputs are the states of complete and of incomplete uploads. */
class ResumableStateFuzzTest {

    @FuzzTest(maxDuration = "10m")
    void parse_anyText(byte[] data) throws IOException {
        ResumableState state;
        try {
            state = ResumableState.parse(new String(data, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return;
        }
        assertThat(ResumableState.parse(state.toJson())).isEqualTo(state);
    }
}
