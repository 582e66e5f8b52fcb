package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.Refusals;
import io.github.uploadreceipts.problem.TokenRefusedException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Arrays;

/** The stored inputs are fields of tokens, and a text that has the form of a token. */
class FinishTokensFuzzTest {

    private static final FinishTokens TOKENS =
            new FinishTokens(TestRings.photos(), Clock.fixed(WebhookFixture.NOW, ZoneOffset.UTC));

    /** The first byte chooses how the rest is used: as a token, or as the fields of a correctly sealed token. */
    @FuzzTest(maxDuration = "10m")
    void verify_anyText(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(data, 1, data.length);
        String token = data[0] % 2 == 0
                ? new String(rest, StandardCharsets.UTF_8)
                : Forge.packed("upload-finish", "photos", rest);
        try {
            FinishTokens.Named named = TOKENS.verify(token);
            String again = TOKENS.mint(named, WebhookFixture.NOW.plusSeconds(1));
            assertThat(TOKENS.verify(again)).isEqualTo(named);
        } catch (TokenRefusedException e) {
            Refusals.assertMessage(e);
        }
    }
}
