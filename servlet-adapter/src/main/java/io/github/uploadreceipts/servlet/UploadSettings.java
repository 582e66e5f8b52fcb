package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.settings.Settings;
import io.github.uploadreceipts.servlet.internal.relay.PeerGate;
import io.github.uploadreceipts.servlet.internal.response.Cors;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What an {@link UploadFilter} is told besides its host.
 *
 * @param policy who may upload what
 * @param cors which pages of other origins may upload
 * @param finalForm where a browser without script sends the receipts in the end
 * @param targetOrigin of the page to whose hidden frame the receipts are handed, if not the upload's own
 * @param publicUrl of this very host's uploads, if clients can reach it by a name of its own
 * @param checksumTrailers whether clients are told that the container passes trailer fields on
 * @param gate whose requests are taken from other hosts
 */
record UploadSettings(
        UploadPolicy policy,
        Cors cors,
        Optional<String> finalForm,
        Optional<String> targetOrigin,
        Optional<String> publicUrl,
        boolean checksumTrailers,
        PeerGate gate) {

    /** @throws IllegalStateException if one cannot be understood */
    static UploadSettings read(Settings settings) {
        UploadPolicy policy = PolicySetting.read(settings, "policy");
        String form = "origins such as https://www.example.org, in lower case, without a path";
        boolean credentials = settings.flag("allow-credentials");
        Set<String> headers = settings.value("allow-headers", UploadSettings::fieldNames, "names of header fields")
                .orElse(Set.of());
        return new UploadSettings(
                policy,
                settings.value("allow-origins", text -> new Cors(words(text), credentials, headers), form)
                        .orElse(Cors.NONE),
                settings.text("final-form"),
                settings.value("target-origin", Cors::requireOrigin, form),
                settings.value(
                        "public-url",
                        UploadSettings::requirePublicUrl,
                        "a URL such as https://app1.example.org/uploads"),
                settings.flag("checksum-trailers"),
                PeerGate.configured(settings).orElse(PeerGate.PRIVATE));
    }

    /** @throws IllegalArgumentException if {@code text} is no http or https URL, or has a query or a final slash */
    static String requirePublicUrl(String text) {
        URI url = URI.create(text);
        boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!web
                || url.getHost() == null
                || url.getRawQuery() != null
                || url.getRawFragment() != null
                || text.endsWith("/")) {
            throw new IllegalArgumentException("a public URL is like https://app1.example.org/uploads");
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
