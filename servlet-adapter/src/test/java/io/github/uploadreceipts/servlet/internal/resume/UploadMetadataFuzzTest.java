package io.github.uploadreceipts.servlet.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Accepted metadata has one meaning. It stays the same when it is written in its simplest form, and fits into a
 * response.
 */
class UploadMetadataFuzzTest {

    @DictionaryEntries({"filename ", "filetype ", "YQ==", ",", "=", " "})
    @FuzzTest(maxDuration = "10m")
    void parse_anyField(byte[] data) throws UploadRefusedException {
        String text = new String(data, StandardCharsets.ISO_8859_1);
        UploadMetadata metadata;
        try {
            metadata = UploadMetadata.parse(text);
        } catch (UploadRefusedException e) {
            assertThat(e.problem().type()).isIn(ProblemType.MALFORMED_REQUEST, ProblemType.FIELDS_TOO_LARGE);
            return;
        }
        assertThat(metadata.text()).isEqualTo(text).matches("[\\t -~]{0,2048}");
        assertThat(metadata.values()).hasSizeLessThanOrEqualTo(32);
        String plain = new TreeMap<>(metadata.values())
                .entrySet().stream()
                        .map(pair -> pair.getKey() + " "
                                + Base64.getEncoder()
                                        .encodeToString(pair.getValue().getBytes(StandardCharsets.UTF_8)))
                        .collect(Collectors.joining(","));
        if (plain.length() <= 2048) {
            assertThat(UploadMetadata.parse(plain).values()).isEqualTo(metadata.values());
        }
    }
}
