package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PasswordVerifierTest {

    /** From Python: {@code hashlib.pbkdf2_hmac('sha256', 'Zürich'.encode(), bytes(16), 600000)}. */
    private static final String KNOWN = "44a8a8342f5db8e64fab84ae1973e22ed7364221e83b3ea42f5718ff478df738";

    @Test
    void matches_knownAnswer_inEitherNormalForm() {
        PasswordVerifier verifier = PasswordVerifier.of(HexFormat.of().parseHex("00".repeat(16) + KNOWN));
        assertThat(verifier.matches("Z\u00fcrich")).isTrue();
        assertThat(verifier.matches("Zu\u0308rich")).isTrue();
        assertThat(verifier.matches("zürich")).isFalse();
        assertThat(verifier).hasToString("a password verifier");
    }

    @Test
    void of_salted() {
        PasswordVerifier one = PasswordVerifier.of("secret");
        assertThat(one).isNotEqualTo(PasswordVerifier.of("secret")).isEqualTo(PasswordVerifier.of(one.bytes()));
        assertThat(one.matches("secret")).isTrue();
    }

    @Test
    void of_emptyOrCutOff() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PasswordVerifier.of(""))
                .withMessage("a password must not be empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PasswordVerifier.of(new byte[47]))
                .withMessage("salt and hash have 48 bytes, not 47");
    }
}
