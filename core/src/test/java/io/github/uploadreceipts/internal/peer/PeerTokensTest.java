package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerTokensTest {

    private static final KeyRing RING = TestRings.photos();
    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final Location LOCATION =
            Location.parse("http://app1.lan:8080/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw");
    private static final OwnUrls HERE = OwnUrls.of(LOCATION.base());
    private static final ContentDigest DIGEST = ContentDigest.of(new byte[32]);

    private static PeerTokens at(Instant now) {
        return new PeerTokens(RING, Clock.fixed(now, ZoneOffset.UTC));
    }

    private static PeerRequest request(String method, Location location) {
        return new PeerRequest(method, location, 5, DIGEST, "image/jpeg", Optional.of(Claim.of("order-7")));
    }

    private static void assertRefused(Reason reason, Instant now, String token, String method, String location) {
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> at(now).verify(
                                token,
                                method,
                                OwnUrls.of(Location.parse(location).base()),
                                Location.parse(location)))
                .satisfies(e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.problem().type()).isEqualTo(ProblemType.PEER_TOKEN_REFUSED);
                });
    }

    @Test
    void verify_exactlyThatRequest() throws TokenRefusedException {
        for (String method : List.of("GET", "HEAD", "DELETE")) {
            PeerRequest request = request(method, LOCATION);
            assertThat(at(NOW).verify(at(NOW).mint(request), method, HERE, LOCATION))
                    .isEqualTo(request);
        }
        PeerRequest unclaimed = new PeerRequest("GET", LOCATION, 0, DIGEST, "a/b", Optional.empty());
        assertThat(at(NOW).verify(at(NOW).mint(unclaimed), "GET", HERE, LOCATION))
                .isEqualTo(unclaimed);
        PeerRequest keep = new PeerRequest(
                "PUT",
                LOCATION,
                5,
                Optional.empty(),
                "a/b",
                Optional.empty(),
                Optional.of(Instant.parse("2026-11-29T10:00:00Z")),
                true);
        assertThat(at(NOW).verify(at(NOW).mint(keep), "PUT", HERE, LOCATION)).isEqualTo(keep);
    }

    @ParameterizedTest
    @CsvSource({
        "REQUEST, HEAD, http://app1.lan:8080/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw",
        "REQUEST, DELETE, http://app1.lan:8080/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw",
        "REQUEST, get, http://app1.lan:8080/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw",
        "REQUEST, GET, http://app1.lan:8080/shop/internal/uploads/2026-11-22T10/AAECAwQFBgcICQoLDA0ODw",
        "REQUEST, GET, http://app1.lan:8080/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODg",
        "AUDIENCE, GET, http://app2.lan:8080/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw",
        "AUDIENCE, GET, http://app1.lan:8081/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw",
        "AUDIENCE, GET, https://app1.lan:8080/shop/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw",
        "AUDIENCE, GET, http://app1.lan:8080/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw",
    })
    void verify_anyOtherRequest(Reason reason, String method, String location) {
        assertRefused(reason, NOW, at(NOW).mint(request("GET", LOCATION)), method, location);
    }

    @Test
    void verify_formerUrl() throws TokenRefusedException {
        PeerRequest request = request("GET", LOCATION);
        String token = at(NOW).mint(request);
        URI now = URI.create("http://new.lan:8080");
        Location asked =
                Location.parse(LOCATION.toString().replace(LOCATION.base().toString(), now.toString()));
        OwnUrls renamed = new OwnUrls(now, List.of(LOCATION.base()));
        assertThat(at(NOW).verify(token, "GET", renamed, asked)).isEqualTo(request);
        Location other = new Location(now, asked.hour(), UploadId.random());
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> at(NOW).verify(token, "GET", renamed, other))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.REQUEST));
    }

    @Test
    void verify_life() throws TokenRefusedException {
        String token = at(NOW).mint(request("GET", LOCATION));
        String claims = new String(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), StandardCharsets.UTF_8);
        assertThat(claims).contains("\"iat\":1795251600,\"exp\":1795251660,");
        assertThat(at(NOW.plusSeconds(119)).verify(token, "GET", HERE, LOCATION).size())
                .isEqualTo(5);
        assertRefused(Reason.EXPIRED, NOW.plusSeconds(120), token, "GET", LOCATION.toString());
        assertRefused(Reason.ISSUED_LATER, NOW.minusSeconds(61), token, "GET", LOCATION.toString());
        assertThat(at(NOW).mint(request("GET", LOCATION))).as("each its own").isNotEqualTo(token);
        String longer = Forge.jws(Forge.PEER_HEADER, claims.replace("1795251660", "1795251661"));
        assertRefused(Reason.CLAIMS, NOW, longer, "GET", LOCATION.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"size\":5|\"size\":-1",
                "\"size\":5|\"size\":\"5\"",
                "\"size\":5,|",
                "\"method\":\"GET\"|\"method\":\"GET\",\"method\":\"GET\"",
                "\"digest\":\"sha-256|\"digest\":\"md5",
                "order-7|order 7",
                "\"order-7\"|null",
                "\"order-7\"|7",
                "\"method\":\"GET\"|\"method\":[\"GET\"]",
                "\"method\":\"GET\",|",
                "\"image/jpeg\"|\"image\"",
                "\"image/jpeg\"|null",
                ",\"type\":\"image/jpeg\"|",
                "sha-256=|md5=:AA==:,sha-256=",
                "\"digest\":\"sha|\"digest\":7,\"x\":\"sha",
                "\"jti\":\"|\"jti\":\"A",
                "\"jti\"|\"x\"",
                "internal|external",
                "\"type\":|\"until\":\"soon\",\"type\":",
                "\"type\":|\"until\":9223372036854775807,\"type\":"
            })
    void verify_claimsThatWeDoNotWrite(String from, String to) {
        String token = at(NOW).mint(request("GET", LOCATION));
        String claims = new String(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), StandardCharsets.UTF_8);
        assertThat(claims).contains(from);
        String changed = Forge.jws(Forge.PEER_HEADER, claims.replace(from, to == null ? "" : to));
        assertRefused(Reason.CLAIMS, NOW, changed, "GET", LOCATION.toString());
    }
}
