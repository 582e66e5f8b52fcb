package io.github.uploadreceipts.internal.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.store.Delivery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
        settings.put("location", "http://192.0.2.7:8080");
    }

    private void assertRefused(String message) {
        assertThatIllegalStateException()
                .isThrownBy(() -> UploadHost.of(settings::get).close())
                .withMessageContaining(message);
    }

    @Test
    void of_everySetting() throws IOException {
        settings.putAll(Map.of(
                "fleet", " photos ",
                "delivery", "x-accel-redirect:/stored/",
                "durability", "buffered",
                "file-mode", "rw-------",
                "time-to-live", "PT2H",
                "encrypt-receipts", "true",
                "development-mode", "false"));
        try (UploadHost host = UploadHost.of(settings::get)) {
            assertThat(host.keyRing().fleet()).isEqualTo("photos");
            assertThat(host.base()).hasToString("http://192.0.2.7:8080");
            assertThat(host.delivery()).isEqualTo(Delivery.xAccelRedirect("/stored/"));
            assertThat(host.timeToLive()).isEqualTo(Duration.ofHours(2));
            assertThat(host.store())
                    .hasToString("LocalUploadStore[" + directory.toRealPath().resolve("store") + ", BUFFERED]");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("store/uploads"))))
                    .isEqualTo("rwx------");
        }
        settings.put("delivery", "x-sendfile");
        try (UploadHost host = UploadHost.of(settings::get)) {
            assertThat(host.delivery()).isEqualTo(Delivery.xSendfile());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fleet|videos|the key ring is of the fleet photos, not videos",
                "location|app1|location 'app1': a location is http://host:port",
                "location|http://127.0.0.1|ask for development mode",
                "port|eighty|port is 'eighty', but must be a number",
                "delivery|nginx|delivery is 'nginx', but must be direct, x-accel-redirect:/prefix/ or x-sendfile",
                "delivery|x-accel-redirect:|but must be direct, x-accel-redirect:/prefix/ or x-sendfile",
                "durability|maybe|durability is 'maybe', but must be forced or buffered",
                "file-mode|640|file-mode is '640', but must be a mode such as rw-r-----",
                "time-to-live|24h|time-to-live is '24h', but must be a duration such as PT24H",
                "time-to-live|PT1S|timeToLive must be from 1 minute to 365 days",
                "encrypt-receipts|yes|encrypt-receipts is 'yes', but must be true or false",
                "development-mode|TRUE|development-mode is 'TRUE', but must be true or false",
                "store||no store is configured: set it to a directory",
                "key-ring||no key-ring is configured: set it to the fleet's key ring file",
                "key-ring|/nowhere/ring.json|create /nowhere/ring.json --fleet NAME",
                "store|/dev/null|store: "
            })
    void of_wrongSetting_saysWhatToChange_andLeavesNothingOpen(String name, String value, String message)
            throws IOException {
        settings.put(name, value);
        assertRefused(message);
        Path incoming = directory.resolve("store/incoming");
        if (Files.exists(incoming)) {
            try (var left = Files.list(incoming)) {
                assertThat(left.filter(Files::isDirectory)).isEmpty();
            }
        }
    }

    @Test
    void of_noKeyRing_throwAwayOneInDevelopmentModeOnly() throws IOException {
        settings.remove("key-ring");
        assertRefused("or set development-mode to true to try without");
        settings.put("development-mode", "true");
        settings.put("location", "http://localhost:8080");
        try (UploadHost host = UploadHost.of(settings::get);
                UploadHost other = UploadHost.of(settings::get)) {
            assertThat(host.keyRing().fleet()).isEqualTo("development");
            assertThat(host.keyRing().keys().get(0).secret())
                    .isNotEqualTo(other.keyRing().keys().get(0).secret());
        }
        try (var files = Files.walk(directory.resolve("store"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("no key on the disk")
                    .containsOnly("store", "uploads", "incoming", "partial", "lock");
        }
    }

    @Test
    void of_defaultLocation_portAndContextPath() throws IOException {
        settings.remove("location");
        settings.put("development-mode", "true");
        settings.put("port", "8181");
        settings.put("context-path", "/shop");
        try (UploadHost host = UploadHost.of(settings::get)) {
            assertThat(host.base().toString()).matches("http://[^/]+:8181/shop");
        }
    }

    @Test
    void flag_onlyTheTwoWords() {
        settings.putAll(Map.of("yes", " true ", "no", "false", "blank", " ", "loud", "TRUE"));
        HostSettings texts = new HostSettings(settings::get);
        assertThat(texts.flag("yes")).isTrue();
        assertThat(texts.flag("no")).isFalse();
        assertThat(texts.flag("blank")).isFalse();
        assertThat(texts.flag("absent")).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> texts.flag("loud"))
                .withMessageStartingWith("loud is 'TRUE', but must be true or false");
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
        assertThat(new HostSettings(settings::get).limits())
                .isEqualTo(UploadLimits.builder()
                        .maxFileSize(1)
                        .maxRequestSize(2)
                        .maxFiles(3)
                        .maxFieldBytes(4)
                        .freeSpaceFloor(5)
                        .idleTimeout(Duration.ofSeconds(6))
                        .minBytesPerSecond(7)
                        .deadline(Duration.ofSeconds(8))
                        .build());
        assertThat(new HostSettings(name -> null).limits()).isEqualTo(UploadLimits.defaults());
        for (String wrong : List.of("max-file-size", "max-files", "idle-timeout")) {
            Map<String, String> one = Map.of(wrong, "2 MB");
            assertThatIllegalStateException()
                    .isThrownBy(() -> new HostSettings(one::get).limits())
                    .withMessageStartingWith(wrong + " is '2 MB', but must be ");
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> new HostSettings(Map.of("max-files", "0")::get).limits())
                .withMessage("maxFiles must be greater");
    }
}
