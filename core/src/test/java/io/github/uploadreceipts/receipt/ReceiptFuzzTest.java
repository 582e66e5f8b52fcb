package io.github.uploadreceipts.receipt;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.Refusals;
import io.github.uploadreceipts.problem.TokenRefusedException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Arrays;

/** The stored inputs are tokens and claims of every form. They are valid at {@link #CLOCK} under the known keys. */
class ReceiptFuzzTest {

    private static final KeyRing RING = TestRings.photos();
    private static final Clock CLOCK = Clock.fixed(Receipts.ISSUED, ZoneOffset.UTC);

    /**
     * The first byte chooses how the rest is used: as a token where signed or encrypted receipts are expected; as the
     * claims of a correctly signed token; as the content of a correctly encrypted token; or as the claims of a token
     * that is both.
     */
    @FuzzTest(maxDuration = "10m")
    void verify_anyText(byte[] data) {
        if (data.length == 0) {
            return;
        }
        int way = Math.floorMod(data[0] - '0', 5);
        String text = new String(Arrays.copyOfRange(data, 1, data.length), StandardCharsets.UTF_8);
        String token = switch (way) {
            case 0, 1 -> text;
            case 2 -> Forge.jws(Forge.RECEIPT_HEADER, text);
            case 3 -> Forge.jwe(text);
            default -> Forge.jwe(Forge.jws(Forge.RECEIPT_HEADER, text));
        };
        boolean encrypted = way == 1 || way > 2;
        try {
            UploadReceipt receipt = verifier(encrypted).verify(token);
            String again = new ReceiptTokens(RING, false).issue(receipt);
            assertThat(verifier(false).verify(again)).isEqualTo(receipt);
        } catch (TokenRefusedException e) {
            Refusals.assertMessage(e);
        }
    }

    private static ReceiptVerifier verifier(boolean encrypted) {
        return ReceiptVerifier.create(RING, CLOCK, encrypted).subject("ann");
    }
}
