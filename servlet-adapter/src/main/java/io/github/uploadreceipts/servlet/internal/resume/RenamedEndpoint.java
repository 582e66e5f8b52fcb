package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.Loggers;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A proxy that renames the endpoint, so that the relative {@code Location} of an upload leads nowhere. Only the client
 * could notice; here it can be seen if the proxy says for what path the client asked.
 */
public final class RenamedEndpoint {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    /** The fields in which proxies say for what path or URL the client asked: nginx, IIS, Caddy, Envoy and Traefik. */
    private static final List<String> ORIGINAL =
            List.of("X-Original-URI", "X-Original-URL", "X-Forwarded-Uri", "X-Envoy-Original-Path", "X-Replaced-Path");

    private final AtomicBoolean warned = new AtomicBoolean();

    /** Warns, once, if a proxy has renamed the path of a request so that a relative {@code Location} is wrong. */
    public void look(HttpServletRequest request) {
        if (warned.get()) {
            return;
        }
        Optional<String> asked = ORIGINAL.stream()
                .map(request::getHeader)
                .filter(Objects::nonNull)
                .map(url -> url.split("[?#]", 2)[0])
                .findFirst();
        boolean renamed = asked.isPresent() && !last(asked.get()).equals(UploadUrls.lastSegment(request));
        if (renamed && warned.compareAndSet(false, true)) {
            LOG.log(
                    Level.WARNING,
                    "a proxy renames {0} to {1}, so the Location of a resumable upload, which is relative to the"
                            + " latter, leads nowhere; end both paths with a slash, or let both end with the same"
                            + " segment, or set public-url",
                    printable(asked.get()),
                    printable(request.getRequestURI()));
        }
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Returns what a log line can show of a text that a client may have written. */
    private static String printable(String text) {
        return text.substring(0, Math.min(text.length(), 200)).replaceAll("[^!-~]", "?");
    }
}
