package io.github.uploadreceipts.receipt;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.token.Forge;
import java.time.Clock;
import java.time.ZoneOffset;

class ReceiptFuzzTest {

    private static final KeyRing RING = TestRings.photos();
    private static final Clock CLOCK = Clock.fixed(Receipts.ISSUED, ZoneOffset.UTC);

    /** Three ways in: as it is, as the claims of a well-signed token, and as the inside of a well-encrypted one. */
    @FuzzTest(maxDuration = "1m")
    void verify_anyText(FuzzedDataProvider data) {
        int way = data.consumeInt(0, 2);
        String text = data.consumeRemainingAsString();
        String token = switch (way) {
            case 0 -> text;
            case 1 -> Forge.jws(Forge.RECEIPT_HEADER, text);
            default -> Forge.jwe(text);
        };
        try {
            UploadReceipt receipt =
                    ReceiptVerifier.create(RING, CLOCK, way == 2).subject("ann").verify(token);
            assertThat(ReceiptVerifier.create(RING, CLOCK, false)
                            .subject("ann")
                            .verify(ReceiptIssuer.create(RING, false).issue(receipt)))
                    .isEqualTo(receipt);
        } catch (TokenRefusedException e) {
            assertThat(e).hasMessage("token refused: " + e.reason());
        }
    }
}
