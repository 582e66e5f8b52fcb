package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.Refusals;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.store.Location;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;

/** The stored inputs are a peer token signed with the known key, and claims of other tokens. */
class PeerTokensFuzzTest {

    private static final Location LOCATION =
            Location.parse("http://app1.lan:8080/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw");
    private static final PeerTokens TOKENS =
            new PeerTokens(TestRings.photos(), Clock.fixed(Instant.parse("2026-11-21T09:00:00Z"), ZoneOffset.UTC));

    /** The first byte chooses how the rest is used: as a token, or as the claims of a correctly signed token. */
    @FuzzTest(maxDuration = "10m")
    void verify_anyText(byte[] data) {
        if (data.length == 0) {
            return;
        }
        String text = new String(Arrays.copyOfRange(data, 1, data.length), StandardCharsets.UTF_8);
        String token = data[0] % 2 == 0 ? text : Forge.jws(Forge.PEER_HEADER, text);
        try {
            PeerRequest request = TOKENS.verify(token, "GET", OwnUrls.of(LOCATION.base()), LOCATION);
            assertThat(request.location()).isEqualTo(LOCATION);
            assertThat(TOKENS.verify(TOKENS.mint(request), "GET", OwnUrls.of(LOCATION.base()), LOCATION))
                    .isEqualTo(request);
        } catch (TokenRefusedException e) {
            Refusals.assertMessage(e);
        }
    }
}
