package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SealKeyTest {

    private static final byte[] BYTES = Sealed.plain(SealKey.BYTES);

    @Test
    void of_bytes_andBack() {
        assertThat(SealKey.of(BYTES).bytes()).isEqualTo(BYTES);
        assertThat(SealKey.of(BYTES).sealId()).isEqualTo(Arrays.copyOfRange(BYTES, 32, 48));
    }

    @Test
    void of_otherLength_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> SealKey.of(new byte[47]));
        assertThatIllegalArgumentException().isThrownBy(() -> SealKey.of(new byte[49]));
    }

    @Test
    void bytes_changedOutside_areNotChangedInside() {
        byte[] given = BYTES.clone();
        SealKey key = SealKey.of(given);
        given[0]++;
        key.bytes()[1]++;
        assertThat(key.bytes()).isEqualTo(BYTES);
    }

    @Test
    void random_neverTheSame() {
        Set<SealKey> keys = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            keys.add(SealKey.random());
        }
        assertThat(keys).hasSize(1000);
    }

    @Test
    void equals_everyBitCounts() {
        SealKey key = SealKey.of(BYTES);
        assertThat(key)
                .isEqualTo(SealKey.of(BYTES))
                .hasSameHashCodeAs(SealKey.of(BYTES))
                .isNotEqualTo("");
        for (int bit = 0; bit < SealKey.BYTES * 8; bit++) {
            byte[] other = BYTES.clone();
            other[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(SealKey.of(other)).isNotEqualTo(key);
        }
    }

    @Test
    void cipherKey_dependsOnEveryBit() {
        Set<String> derived = new HashSet<>();
        for (int bit = -1; bit < SealKey.BYTES * 8; bit++) {
            byte[] other = BYTES.clone();
            if (bit >= 0) {
                other[bit / 8] ^= (byte) (1 << bit % 8);
            }
            derived.add(HexFormat.of().formatHex(SealKey.of(other).cipherKey().getEncoded()));
        }
        assertThat(derived)
                .hasSize(SealKey.BYTES * 8 + 1)
                .allSatisfy(key -> assertThat(key).hasSize(64));
    }

    /** It is stored, so it must be of no use to whoever wants to open the upload. */
    @Test
    void check_dependsOnEveryBit_andIsNotTheCiphersKey() {
        Set<String> checks = new HashSet<>();
        for (int bit = -1; bit < SealKey.BYTES * 8; bit++) {
            byte[] other = BYTES.clone();
            if (bit >= 0) {
                other[bit / 8] ^= (byte) (1 << bit % 8);
            }
            SealKey key = SealKey.of(other);
            checks.add(key.check());
            String cipherKey =
                    Base64.getUrlEncoder().encodeToString(key.cipherKey().getEncoded());
            assertThat(cipherKey).doesNotContain(key.check().substring(0, 4));
        }
        assertThat(checks)
                .hasSize(SealKey.BYTES * 8 + 1)
                .allSatisfy(check -> assertThat(check).hasSize(22));
    }

    @Test
    void ofConcatenation_sameForTheSameKeysOnly() {
        SealKey one = SealKey.random();
        SealKey other = SealKey.random();
        byte[] context = {1};
        SealKey key = SealKey.ofConcatenation(List.of(one, other), context);
        assertThat(key)
                .isEqualTo(SealKey.ofConcatenation(List.of(one, other), context))
                .isNotEqualTo(SealKey.ofConcatenation(List.of(other, one), context))
                .isNotEqualTo(SealKey.ofConcatenation(List.of(one), context))
                .isNotEqualTo(SealKey.ofConcatenation(List.of(one, other), new byte[] {2}));
    }

    @Test
    void toString_showsNothing() {
        assertThat(SealKey.of(BYTES))
                .asString()
                .isEqualTo("a seal key")
                .doesNotContain(Base64.getEncoder().encodeToString(BYTES).substring(0, 4));
    }
}
