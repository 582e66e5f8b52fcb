package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids, hours, locations and claims have one canonical text each. */
class StoreValuesTest {

    private static final String ID = "AAECAwQFBgcICQoLDA0ODw";

    @Test
    void uploadId_randomAndBack() {
        UploadId id = UploadId.random(new java.util.Random(1));
        assertThat(id.toString()).hasSize(22).matches("[0-9A-Za-z_-]+");
        assertThat(UploadId.parse(id.toString())).isEqualTo(id).hasSameHashCodeAs(id);
        assertThat(UploadId.random()).isNotEqualTo(UploadId.random());
        assertThat(id).isNotEqualTo(id.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "AAECAwQFBgcICQoLDA0OD",
                "AAECAwQFBgcICQoLDA0ODwA",
                "AAECAwQFBgcICQoLDA0ODx",
                "AAECAwQFBgcICQoLDA0O==",
                "AAECAwQFBgcICQoLDA0O/w",
                "AAECAwQFBgcICQoLDA0O.w",
                "AAECAwQFBgcICQoLDA0O\nw"
            })
    void uploadId_anyOtherText(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> UploadId.parse(text));
    }

    @Test
    void expiryHour_roundsDown() {
        ExpiryHour hour = ExpiryHour.of(Instant.parse("2026-11-21T09:59:59.999Z"));
        assertThat(hour).hasToString("2026-11-21T09").isEqualTo(ExpiryHour.parse("2026-11-21T09"));
        assertThat(hour.isOver(Instant.parse("2026-11-21T10:59:59Z"))).isFalse();
        assertThat(hour.isOver(Instant.parse("2026-11-21T11:00:00Z"))).isTrue();
        assertThat(hour).isLessThan(ExpiryHour.parse("2026-11-21T10"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "..",
                "2026-11-21",
                "2026-11-21T24",
                "2026-02-30T00",
                "2026-11-21T9",
                "2026-11-21t09",
                "2026-11-21T09:00",
                "2026-11-21T09Z",
                "２026-11-21T09",
                "2026-11-21T09/"
            })
    void expiryHour_anyOtherText(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> ExpiryHour.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "http://app1.lan:8080, /internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw, 8080",
        "https://app1.lan/shop/v-1.2, /shop/v-1.2/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw, 443",
        "http://10.0.0.7, /internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw, 80",
        "http://[fd00::1]:81, /internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw, 81"
    })
    void location_parts(String base, String path, int port) {
        Location location = new Location(URI.create(base), ExpiryHour.parse("2026-11-22T09"), UploadId.parse(ID));
        assertThat(location.path()).isEqualTo(path);
        assertThat(Location.port(location.base())).isEqualTo(port);
        assertThat(Location.parse(location.toString())).isEqualTo(location).hasToString(location.toString());
    }

    @Test
    void requireBase_canonical() {
        assertThat(Location.requireBase(URI.create("HTTP://App1.LAN:80/Shop"))).hasToString("http://app1.lan/Shop");
        assertThat(Location.requireBase(URI.create("https://a:443"))).hasToString("https://a");
        assertThat(Location.requireBase(URI.create("https://a:80"))).hasToString("https://a:80");
        assertThat(Location.requireBase(URI.create("http://a:65535"))).hasToString("http://a:65535");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "app1",
                "app1:8080",
                "//app1",
                "ftp://app1",
                "http:app1",
                "http://",
                "http://u@app1",
                "http://app1/",
                "http://app1/a/",
                "http://app1//a",
                "http://app1/..",
                "http://app1/a/../b",
                "http://app1/%61",
                "http://app1?x",
                "http://app1/#x",
                "http://app1:0",
                "http://app1:65536",
                "http://peer_1",
                "http://app1/a;b"
            })
    void requireBase_anythingElse(String base) {
        assertThatIllegalArgumentException().isThrownBy(() -> Location.requireBase(URI.create(base)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://a/internal/uploads/2026-11-22T09/" + ID + "/",
                "http://a/internal/uploads/2026-11-22T09/" + ID + "?x",
                "http://a/internal/uploads//2026-11-22T09/" + ID,
                "http://a/internal/uploads/2026-11-22T09%2F" + ID,
                "http://a/internal/uploads/" + ID,
                "http://a:80/internal/uploads/2026-11-22T09/" + ID,
                "http://A/internal/uploads/2026-11-22T09/" + ID,
                "HTTP://a/internal/uploads/2026-11-22T09/" + ID,
                "http://a /internal/uploads/2026-11-22T09/" + ID,
                "http://a/uploads/2026-11-22T09/" + ID,
                ""
            })
    void location_anyOtherText(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Location.parse(text));
    }

    @Test
    void location_tooLong() {
        String rest = "/internal/uploads/2026-11-22T09/" + ID;
        String longest = "http://a/" + "c".repeat(512 - 9 - rest.length());
        assertThat(Location.parse(longest + rest)).hasToString(longest + rest);
        assertThatIllegalArgumentException().isThrownBy(() -> Location.parse(longest + "c" + rest));
    }

    @Test
    void claim_visibleAscii() {
        assertThat(Claim.of("order-7!~").id()).isEqualTo("order-7!~");
        assertThat(Claim.of("x".repeat(128))).isNotNull();
        for (String bad : new String[] {"", " ", "a b", "é", "a\n", "x".repeat(129)}) {
            assertThatIllegalArgumentException().isThrownBy(() -> Claim.of(bad));
        }
    }
}
