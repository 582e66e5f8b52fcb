package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.internal.settings.Settings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.store.Delivery;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How share links and upload-request links are served.
 *
 * @param subject finds the signed-in user of a request, or null
 * @param delivery who sends the files of this host's plain uploads
 * @param idleTimeout for how long a client may read nothing
 * @param limits on what is sent by upload-request links
 */
public record ShareSettings(
        Function<HttpServletRequest, @Nullable String> subject,
        Delivery delivery,
        Duration idleTimeout,
        UploadLimits limits) {

    public static final ShareSettings DEFAULTS = new ShareSettings(
            HttpServletRequest::getRemoteUser,
            Delivery.direct(),
            UploadLimits.defaults().idleTimeout(),
            UploadLimits.defaults());

    /** Returns these settings, where others are not configured by text. */
    public ShareSettings read(Settings settings) {
        return new ShareSettings(
                subject,
                HostSettings.delivery(settings, "share-delivery").orElse(delivery),
                settings.duration("idle-timeout").orElse(idleTimeout),
                HostSettings.limits(settings));
    }
}
