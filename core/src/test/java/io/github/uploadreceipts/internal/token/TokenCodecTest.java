package io.github.uploadreceipts.internal.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A codec computes the headers that it accepts once, and again only when the keys change. */
class TokenCodecTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final String OTHER = TestRings.key("s2", "sig", "HS256", TestRings.secret(90, 32), "");

    private static String mint(TokenCodec codec, boolean encrypted) {
        return codec.mint(StrictJson.object(), "anybody", NOW, NOW.plusSeconds(60), encrypted);
    }

    private static void verify(TokenCodec codec, String token, boolean encrypted) throws TokenRefusedException {
        codec.verify(token, List.of("anybody"), encrypted, NOW, TokenCodec.LEEWAY);
    }

    @Test
    void headers_keysStay_madeOnce() throws TokenRefusedException {
        KeyRing ring = TestRings.photos();
        TokenCodec codec = new TokenCodec(ring, TokenKind.RECEIPT);
        verify(codec, mint(codec, false), false);
        TokenCodec.Headers made = codec.headers();
        for (int i = 0; i < 3; i++) {
            verify(codec, mint(codec, false), false);
            verify(codec, mint(codec, true), true);
            assertThatExceptionOfType(TokenRefusedException.class).isThrownBy(() -> verify(codec, "a.b.c", false));
            assertThat(codec.headers()).isSameAs(made);
        }
        assertThat(made.keys()).isSameAs(RingKeys.of(ring));
        assertThat(made.signed()).hasSize(1);
        assertThat(made.encrypted()).hasSize(1);
    }

    @Test
    void headers_keysChange_madeAnew(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("ring.json");
        TestRings.privateFile(file, TestRings.ring("photos", TestRings.SIGNING, TestRings.ENCRYPTION));
        AtomicLong nanos = new AtomicLong();
        TokenCodec codec = new TokenCodec(TestRings.watched(file, nanos::get), TokenKind.RECEIPT);
        String before = mint(codec, false);
        verify(codec, before, false);
        TokenCodec.Headers made = codec.headers();

        TestRings.privateFile(file, TestRings.ring("photos", OTHER, TestRings.ENCRYPTION));
        nanos.addAndGet(1_000_000_001L);
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> verify(codec, before, false))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.HEADER));
        verify(codec, mint(codec, false), false);
        assertThat(codec.headers()).isNotSameAs(made);
        assertThat(codec.headers()).isSameAs(codec.headers());
    }
}
