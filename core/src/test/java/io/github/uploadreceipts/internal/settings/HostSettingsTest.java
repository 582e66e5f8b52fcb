package io.github.uploadreceipts.internal.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Delivery;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostSettingsTest {

    @TempDir
    Path directory;

    private final Map<String, String> settings = new HashMap<>();

    @BeforeEach
    void minimal() throws IOException {
        Path ring = directory.resolve("ring.json");
        KeyRing.generate("photos").write(ring);
        settings.put("key-ring", ring.toString());
        settings.put("store", directory.resolve("store").toString());
        settings.put("internal-url", "http://192.0.2.7:8080");
    }

    /** Reads the settings as an adapter does that knows the settings of hosts and of limits. */
    private Settings read() {
        Set<String> known = new HashSet<>(HostSettings.HOST);
        known.addAll(HostSettings.LIMITS);
        return Settings.of(settings, known);
    }

    private UploadHost open() {
        return HostSettings.open(read());
    }

    private void assertRefused(String message) {
        assertThatIllegalStateException().isThrownBy(() -> open().close()).withMessageContaining(message);
    }

    @Test
    void open_everySetting() throws IOException {
        settings.putAll(Map.of(
                "fleet", " photos ",
                "delivery", "x-accel-redirect:/stored/",
                "durability", "buffered",
                "file-mode", "rw-------",
                "time-to-live", "PT2H",
                "max-bytes-in-memory", "1000000",
                "encrypt-receipts", "true",
                "at-rest", "sealed",
                "development-mode", "false"));
        settings.putAll(Map.of(
                "port", "1", "context-path", "/not-of-this-url", "peers", "http://app1.lan, http://192.0.2.7:8080"));
        settings.put("peer-addresses", "10.1.0.0/16, fd00::/8");
        settings.put("peer-ports", "8079 8443");
        settings.put("former-internal-urls", "http://old.lan:8080, http://old.lan:80/shop");
        settings.put("hand-over-urls", "https://shop.example/, http://app1.lan:9000/hooks/");
        assertThat(settings.keySet()).isEqualTo(HostSettings.HOST);
        try (UploadHost host = open()) {
            Engine engine = HostAccess.engine(host);
            assertThat(host.keyRing().fleet()).isEqualTo("photos");
            assertThat(host.internalUrl()).hasToString("http://192.0.2.7:8080");
            AddressRanges addresses = engine.peers().rules().addresses().orElseThrow();
            assertThat(addresses.contains(InetAddress.getByName("10.1.2.3"))).isTrue();
            assertThat(addresses.contains(InetAddress.getByName("10.2.2.3"))).isFalse();
            assertThat(addresses.contains(InetAddress.getByName("fd00::1"))).isTrue();
            assertThat(engine.peers().rules().ports()).containsExactlyInAnyOrder(8079, 8443);
            assertThat(HostAccess.handOvers(host).webhookUrls().allow(URI.create("http://app1.lan:9000/hooks/a")))
                    .isTrue();
            assertThat(HostAccess.handOvers(host).webhookUrls().allow(URI.create("http://app1.lan:9000/")))
                    .isFalse();
            assertThat(engine.own().former()).hasToString("[http://old.lan:8080, http://old.lan/shop]");
            assertThat(engine.delivery())
                    .isEqualTo(Delivery.xAccelRedirect("/stored/"))
                    .hasToString("x-accel-redirect:/stored/");
            assertThat(engine.timeToLive()).isEqualTo(Duration.ofHours(2));
            MemoryBudget.Share share = engine.memory().share();
            assertThatThrownBy(() -> share.hold(1_000_001)).isInstanceOf(UploadRefusedException.class);
            assertThat(engine.isDevelopmentMode()).isFalse();
            assertThat(engine.peers().others()).hasToString("[http://app1.lan]");
            assertThat(engine.store()).hasToString(directory.toRealPath().resolve("store") + " (buffered, sealed)");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("store/uploads"))))
                    .isEqualTo("rwx------");
        }
        settings.put("delivery", "x-sendfile");
        try (UploadHost host = open()) {
            assertThat(HostAccess.engine(host).delivery()).isEqualTo(Delivery.xSendfile());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fleet|videos|the key ring is of the fleet photos, not videos",
                "internal-url|app1|internal URL 'app1': a location is http://host:port",
                "internal-url|http://127.0.0.1|ask for development mode",
                "former-internal-urls|app1|internal URL 'app1': a location is http://host:port",
                "peer-addresses|lan|peer-addresses is 'lan', but must be CIDR blocks such as 10.0.0.0/8",
                "peer-ports|http|peer-ports is 'http', but must be ports such as 8079, 8443",
                "peer-ports|80800|the port of a peer is 80800, but must be from 1 to 65535",
                "hand-over-urls|shop.example|hand-over-urls is 'shop.example', but must be URLs such as https://shop.example/",
                "port|eighty|port is 'eighty', but must be a number",
                "peers|http://app1.lan app2|internal URL 'app2': a location is http://host:port",
                "delivery|nginx|delivery is 'nginx', but must be direct, x-accel-redirect:/prefix/ or x-sendfile",
                "delivery|x-accel-redirect:|but must be direct, x-accel-redirect:/prefix/ or x-sendfile",
                "durability|maybe|durability is 'maybe', but must be forced or buffered",
                "file-mode|640|file-mode is '640', but must be a mode such as rw-r-----",
                "at-rest|encrypted|at-rest is 'encrypted', but must be plain or sealed",
                "at-rest|sealed|a sealed store needs encryptReceipts(true)",
                "time-to-live|24h|time-to-live is '24h', but must be a duration in the form of ISO 8601, such as PT24H",
                "max-bytes-in-memory|0|maxBytesInMemory is 0, but must be positive",
                "time-to-live|PT1S|timeToLive is PT1S, but must be from 1 minute to 365 days",
                "encrypt-receipts|yes|encrypt-receipts is 'yes', but must be true or false",
                "development-mode|TRUE|development-mode is 'TRUE', but must be true or false",
                "store||no store is configured: set it to a directory",
                "key-ring||no key-ring is configured: set it to the fleet's key ring file",
                "key-ring|/nowhere/ring.json|create /nowhere/ring.json --fleet NAME",
                "store|/dev/null|store is '/dev/null', but no store can be opened there"
            })
    void open_wrongSetting_saysWhatToChange_andLeavesNothingOpen(String name, String value, String message)
            throws IOException {
        if (value == null) {
            settings.remove(name);
        } else {
            settings.put(name, value);
        }
        assertRefused(message);
        Path incoming = directory.resolve("store/incoming");
        if (Files.exists(incoming)) {
            try (var left = Files.list(incoming)) {
                assertThat(left.filter(Files::isDirectory)).isEmpty();
            }
        }
    }

    @Test
    void open_noKeyRing_throwAwayOneInDevelopmentModeOnly() throws IOException {
        settings.remove("key-ring");
        assertRefused("or set development-mode to true to try without");
        settings.put("development-mode", "true");
        settings.put("internal-url", "http://localhost:8080");
        try (UploadHost host = open();
                UploadHost other = open()) {
            assertThat(host.keyRing().fleet()).isEqualTo("development");
            assertThat(RingKeys.of(host.keyRing()).get(0).secret())
                    .isNotEqualTo(RingKeys.of(other.keyRing()).get(0).secret());
        }
        try (var files = Files.walk(directory.resolve("store"))) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> !name.matches("(spare|store)-.+")))
                    .as("no key on the disk")
                    .containsOnly("store", "uploads", "incoming", "partial", "lock");
        }
    }

    /** A misspelt limit would have no effect, and nobody would notice. */
    @ParameterizedTest
    @CsvSource({
        "keyring, key-ring",
        "internal_url, internal-url",
        "internalUrl, internal-url",
        "max-filesize, max-file-size",
        "max-file, max-files",
        "time-to-life, time-to-live",
        "developmentmode, development-mode"
    })
    void open_unknownSetting_namesTheNearestKnownOne(String name, String nearest) {
        settings.put(name, "true");
        assertThatIllegalStateException()
                .isThrownBy(this::read)
                .withMessage("there is no setting '" + name + "'; did you mean '" + nearest + "'?");
    }

    @Test
    void open_defaultInternalUrl_portAndContextPath() throws IOException {
        settings.remove("internal-url");
        settings.put("development-mode", "true");
        settings.put("port", "8181");
        settings.put("context-path", "/shop");
        try (UploadHost host = open()) {
            assertThat(host.internalUrl().toString()).matches("http://[^/]+:8181/shop");
        }
    }

    @Test
    void limits_fromSettings() {
        settings.putAll(Map.of(
                "max-file-size", "1",
                "max-request-size", "2",
                "max-files", "3",
                "max-field-bytes", "4",
                "free-space-floor", "5",
                "idle-timeout", "PT6S",
                "min-bytes-per-second", "7",
                "deadline", "PT8S"));
        settings.putAll(Map.of(
                "max-uploads-per-subject", "9",
                "max-bytes-per-subject", "10",
                "max-uploads-per-address", "11",
                "max-bytes-per-address", "12",
                "max-unfinished-per-subject", "13",
                "max-unfinished-per-address", "14",
                "max-unfinished", "15"));
        assertThat(settings.keySet()).containsAll(HostSettings.LIMITS);
        assertThat(HostSettings.limits(read()))
                .isEqualTo(UploadLimits.builder()
                        .maxFileSize(1)
                        .maxRequestSize(2)
                        .maxFiles(3)
                        .maxFieldBytes(4)
                        .freeSpaceFloor(5)
                        .idleTimeout(Duration.ofSeconds(6))
                        .minBytesPerSecond(7)
                        .deadline(Duration.ofSeconds(8))
                        .perSubject(9, 10)
                        .perAddress(11, 12)
                        .unfinished(13, 14, 15)
                        .build());
        assertThat(HostSettings.limits(Settings.of(Map.of(), Set.of()))).isEqualTo(UploadLimits.defaults());
        for (String wrong : List.of("max-file-size", "max-files", "idle-timeout")) {
            Map<String, String> one = Map.of(wrong, "2 MB");
            assertThatIllegalStateException()
                    .isThrownBy(() -> HostSettings.limits(Settings.of(one, HostSettings.LIMITS)))
                    .withMessageStartingWith(wrong + " is '2 MB', but must be ");
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> HostSettings.limits(Settings.of(Map.of("max-files", "0"), HostSettings.LIMITS)))
                .withMessage("maxFiles is 0, but must be at least 1");
    }
}
