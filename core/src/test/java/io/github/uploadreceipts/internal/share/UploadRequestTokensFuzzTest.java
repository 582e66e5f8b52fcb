package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.Refusals;
import io.github.uploadreceipts.problem.TokenRefusedException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;

/** The stored inputs are an upload-request link's token under the known keys, and fields of one. */
class UploadRequestTokensFuzzTest {

    private static final UploadRequestTokens TOKENS = new UploadRequestTokens(
            TestRings.photos(), Clock.fixed(Instant.parse("2026-11-21T09:00:00Z"), ZoneOffset.UTC));

    /** The first byte chooses how the rest is used: as a token, or as the fields of a correctly sealed token. */
    @FuzzTest(maxDuration = "10m")
    void verify_anyText(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(data, 1, data.length);
        String token = data[0] % 2 == 0
                ? new String(rest, StandardCharsets.UTF_8)
                : Forge.packed("upload-request", "photos", rest);
        try {
            UploadRequestTerms terms = TOKENS.verify(token);
            assertThat(TOKENS.verify(TOKENS.mint(terms))).isEqualTo(terms);
        } catch (TokenRefusedException e) {
            Refusals.assertMessage(e);
        }
    }
}
