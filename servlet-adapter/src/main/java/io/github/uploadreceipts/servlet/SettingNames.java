package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.internal.settings.Settings;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The names of all settings. The filters of an application read the same settings, so each must also know the names
 * that only the others use.
 */
final class SettingNames {

    private static final Set<String> UPLOADS = Set.of(
            "policy",
            "allow-origins",
            "allow-credentials",
            "allow-headers",
            "final-form",
            "carried-fields",
            "target-origin",
            "public-url",
            "checksum-trailers",
            "max-refused-bytes",
            "min-refused-bytes-per-second",
            "max-refused-bodies");

    private static final Set<String> RECEIPTS = Set.of(
            "receipt-field",
            "json-array",
            "json-receipt",
            "max-body-size",
            "body-deadline",
            "async-dispatch",
            "files-policy",
            "raw-files");

    private static final Set<String> LINKS = Set.of("share-delivery");

    private static final Set<String> ALL = Stream.of(HostSettings.HOST, HostSettings.LIMITS, UPLOADS, RECEIPTS, LINKS)
            .flatMap(Set::stream)
            .collect(Collectors.toUnmodifiableSet());

    private SettingNames() {}

    /**
     * Returns the settings with these values.
     *
     * @throws IllegalStateException if a name is unknown; the message names the nearest known one
     */
    static Settings check(Map<String, String> values) {
        return Settings.of(values, ALL);
    }
}
