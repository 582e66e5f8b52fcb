package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.settings.Settings;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.relay.PeerGate;
import io.github.uploadreceipts.servlet.internal.response.Cors;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of an {@link UploadFilter}, apart from its host.
 *
 * @param policy who may upload what
 * @param cors which pages of other origins may upload
 * @param finalForm where a browser without script sends the final request
 * @param carriedFields the form fields that the next page without script sends again
 * @param targetOrigin the origin of the page that gets the receipts of its hidden frame, if not the upload's own
 * @param publicUrl where clients reach the uploads of this one host, if it has a public name of its own
 * @param checksumTrailers whether clients are told that they may send checksums in trailer fields
 * @param gate which addresses are those of peers, if not those of the host
 * @param refusedBodies how much of refused bodies is read
 */
record UploadSettings(
        UploadPolicy policy,
        Cors cors,
        Optional<String> finalForm,
        Set<String> carriedFields,
        Optional<String> targetOrigin,
        Optional<String> publicUrl,
        boolean checksumTrailers,
        Optional<PeerGate> gate,
        RefusedBodies.Bounds refusedBodies) {

    /** Returns the settings that have only a policy. */
    static UploadSettings of(UploadPolicy policy) {
        return new UploadSettings(
                policy,
                Cors.NONE,
                Optional.empty(),
                Set.of(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                RefusedBodies.Bounds.DEFAULTS);
    }

    /**
     * Returns the settings that are configured by text.
     *
     * @throws IllegalStateException if one is missing or wrong; the message says which one
     */
    static UploadSettings read(Settings settings) {
        return read(settings, PolicySetting.read(settings, "policy"));
    }

    /** Returns the settings that are configured by text, with a policy that is not. */
    static UploadSettings read(Settings settings, UploadPolicy policy) {
        String form = "origins such as https://www.example.org, in lower case, without a path";
        boolean credentials = settings.flag("allow-credentials");
        Set<String> headers = settings.value("allow-headers", UploadSettings::fieldNames, "names of header fields")
                .orElse(Set.of());
        return new UploadSettings(
                policy,
                settings.value("allow-origins", text -> new Cors(words(text), credentials, headers), form)
                        .orElse(Cors.NONE),
                settings.text("final-form"),
                settings.value("carried-fields", UploadSettings::words, "names of form fields")
                        .orElse(Set.of()),
                settings.value("target-origin", Cors::requireOrigin, form),
                settings.value(
                        "public-url",
                        UploadSettings::requirePublicUrl,
                        "a URL such as https://app1.example.org/uploads"),
                settings.flag("checksum-trailers"),
                PeerGate.configured(settings),
                refusedBodies(settings));
    }

    private static RefusedBodies.Bounds refusedBodies(Settings settings) {
        RefusedBodies.Bounds defaults = RefusedBodies.Bounds.DEFAULTS;
        return new RefusedBodies.Bounds(
                settings.value("max-refused-bytes", UploadSettings::size, "a number of bytes")
                        .orElse(defaults.maxBytes()),
                settings.value("min-refused-bytes-per-second", UploadSettings::size, "a number of bytes")
                        .orElse(defaults.minBytesPerSecond()),
                settings.value(
                                "max-refused-bodies",
                                text -> (int) requireNotNegative(Integer.parseInt(text)),
                                "a number")
                        .orElse(defaults.maxBodies()));
    }

    private static long size(String text) {
        return requireNotNegative(Long.parseLong(text));
    }

    private static long requireNotNegative(long value) {
        if (value < 0) {
            throw new IllegalArgumentException(value + " is negative");
        }
        return value;
    }

    /**
     * Returns {@code text} if it is a public URL.
     *
     * @throws IllegalArgumentException if it is not an http or https URL, or has a query, a fragment or a slash at its
     *     end
     */
    static String requirePublicUrl(String text) {
        URI url = URI.create(text);
        boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!web
                || url.getHost() == null
                || url.getRawQuery() != null
                || url.getRawFragment() != null
                || text.endsWith("/")) {
            throw new IllegalArgumentException("'" + text + "' is not a public URL: write it like"
                    + " https://app1.example.org/uploads, without a query, a fragment or a slash at its end");
        }
        return text;
    }

    private static Set<String> fieldNames(String text) {
        Set<String> names = words(text);
        names.forEach(Cors::requireFieldName);
        return names;
    }

    private static Set<String> words(String text) {
        return new HashSet<>(List.of(text.split("[\\s,]+")));
    }
}
