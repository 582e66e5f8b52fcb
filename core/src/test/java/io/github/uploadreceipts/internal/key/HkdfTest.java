package io.github.uploadreceipts.internal.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The test vectors of RFC 5869, appendix A, that are of SHA-256, and the bounds. */
class HkdfTest {

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static String derive(String ikm, String salt, String info, int length) {
        return HexFormat.of().formatHex(Hkdf.sha256(hex(ikm), hex(salt), hex(info), length));
    }

    @Test
    void sha256_testCase1() {
        assertThat(derive("0b".repeat(22), "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", 42))
                .isEqualTo("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    }

    @Test
    void sha256_testCase2_longerInputsAndOutput() {
        assertThat(derive(upwards(0x00, 80), upwards(0x60, 80), upwards(0xb0, 80), 82))
                .isEqualTo("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                        + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                        + "cc30c58179ec3e87c14c01d5c1f3434f1d87");
    }

    private static String upwards(int first, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (first + i);
        }
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void sha256_testCase3_noSaltNoInfo() {
        assertThat(derive("0b".repeat(22), "", "", 42))
                .isEqualTo("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    }

    @Test
    void sha256_shorterOutput_beginsTheLongerOne() {
        String whole = derive("0b".repeat(22), "", "", 255 * 32);
        for (int length : new int[] {1, 31, 32, 33, 64, 255 * 32 - 1}) {
            assertThat(whole).startsWith(derive("0b".repeat(22), "", "", length));
        }
    }

    @Test
    void sha256_noSecretOrImpossibleLength_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> derive("", "", "", 32));
        assertThatIllegalArgumentException().isThrownBy(() -> derive("0b", "", "", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> derive("0b", "", "", 255 * 32 + 1));
    }
}
