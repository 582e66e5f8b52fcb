package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.testing.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LinkPassesTest {

    private static final String TOKEN = "AYtTY58AAAAA";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-21T09:00:00Z"));

    private LinkPasses passes(KeyRing ring) {
        return new LinkPasses(new LinkKeys(ring, clock, "share-pass/1"), clock);
    }

    @Test
    void isValid_atEveryHost_forThisLink_forTenMinutes() {
        String pass = passes(TestRings.photos()).mint(TOKEN, Duration.ofMinutes(10));
        LinkPasses another = passes(TestRings.photos());
        assertThat(another.isValid(pass, TOKEN)).isTrue();
        assertThat(another.isValid(pass, "AYtTY58AAAAB")).isFalse();
        assertThat(passes(KeyRing.generate("photos")).isValid(pass, TOKEN)).isFalse();
        clock.now = clock.now.plusSeconds(599);
        assertThat(another.isValid(pass, TOKEN)).isTrue();
        clock.now = clock.now.plusSeconds(1);
        assertThat(another.isValid(pass, TOKEN)).isFalse();
    }

    @Test
    void isValid_ofAnotherFleetWithTheSameKeys() {
        KeyRing videos =
                TestRings.of(TestRings.ring("videos", TestRings.SIGNING, TestRings.ENCRYPTION, TestRings.DERIVATION));
        assertThat(passes(videos).isValid(passes(TestRings.photos()).mint(TOKEN, Duration.ofMinutes(10)), TOKEN))
                .isFalse();
    }

    @Test
    void isValid_afterARotation() {
        AtomicReference<KeyRing> keys = new AtomicReference<>(TestRings.photos());
        LinkPasses passes = passes(RingKeys.following(keys::get));
        String pass = passes.mint(TOKEN, Duration.ofMinutes(10));
        keys.updateAndGet(old -> old.rotate(clock.now, clock.now, Duration.ofMinutes(5)));
        assertThat(passes.isValid(pass, TOKEN)).isTrue();
        assertThat(passes.isValid(passes.mint(TOKEN, Duration.ofMinutes(10)), TOKEN))
                .isTrue();
        clock.now = clock.now.plusSeconds(300);
        assertThat(passes.isValid(pass, TOKEN))
                .as("under a key that has expired")
                .isFalse();
    }

    @Test
    void isValid_anyCharacterChanged() {
        LinkPasses passes = passes(TestRings.photos());
        String pass = passes.mint(TOKEN, Duration.ofMinutes(10));
        assertThat(pass).hasSize(27);
        for (int i = 0; i < pass.length() - 1; i++) { // the last one has two bits that say nothing
            char other = pass.charAt(i) == 'A' ? 'B' : 'A';
            assertThat(passes.isValid(pass.substring(0, i) + other + pass.substring(i + 1), TOKEN))
                    .as("%s", i)
                    .isFalse();
        }
        for (String no : new String[] {"", "A", pass + "A", pass.substring(1), "=".repeat(27), "é".repeat(27)}) {
            assertThat(passes.isValid(no, TOKEN)).as(no).isFalse();
        }
    }
}
