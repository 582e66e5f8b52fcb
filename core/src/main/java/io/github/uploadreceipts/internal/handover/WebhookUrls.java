package io.github.uploadreceipts.internal.handover;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The list of URLs to which a host sends webhooks. An entry is an origin or the beginning of a URL; a URL is allowed if
 * it has the scheme, the host and the port of an entry, and its path is the entry's or below it.
 *
 * <p>Immutable.
 */
public final class WebhookUrls {

    /** The list on which nothing stands: no webhook is sent. */
    public static final WebhookUrls NONE = new WebhookUrls(List.of());

    /** Servers decode these before they look for dot segments, or after; so nobody can say what such a path is below. */
    private static final Pattern AMBIGUOUS = Pattern.compile("%2f|%5c|%3b|%25|\\\\", Pattern.CASE_INSENSITIVE);

    private final List<URI> entries;

    private WebhookUrls(List<URI> entries) {
        this.entries = entries;
    }

    /**
     * Returns the list with these entries.
     *
     * @throws IllegalArgumentException if one is not an http or https URL, or has a user, a query, a fragment or dot
     *     segments
     */
    public static WebhookUrls of(String... urls) {
        return new WebhookUrls(Arrays.stream(urls).map(WebhookUrls::parse).toList());
    }

    private static URI parse(String text) {
        try {
            URI url = new URI(text);
            if (isWeb(url) && url.getRawQuery() == null && isPlain(url.getRawPath())) {
                return url;
            }
        } catch (URISyntaxException e) {
            // the exception below says what is right
        }
        throw new IllegalArgumentException("'" + text + "' is not a URL of receivers such as https://shop.example/ or"
                + " https://shop.example/uploads/, without user, query and fragment");
    }

    private static boolean isWeb(URI url) {
        return ("https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme()))
                && url.getHost() != null
                && url.getRawUserInfo() == null
                && url.getRawFragment() == null;
    }

    private static boolean isPlain(String path) {
        return !AMBIGUOUS.matcher(path).find() && Arrays.stream(path.split("/")).noneMatch(WebhookUrls::isDots);
    }

    /** Returns whether a server may take a segment for {@code .} or {@code ..}, with path parameters after it or not. */
    private static boolean isDots(String segment) {
        String name = segment.split(";", 2)[0].replaceAll("(?i)%2e", ".");
        return name.equals(".") || name.equals("..");
    }

    /** Returns whether webhooks may be sent to {@code url}, whatever its address is. */
    public boolean allow(URI url) {
        return isWeb(url) && isPlain(url.getRawPath()) && entries.stream().anyMatch(entry -> covers(entry, url));
    }

    private static boolean covers(URI entry, URI url) {
        return entry.getScheme().equalsIgnoreCase(url.getScheme())
                && entry.getHost().equalsIgnoreCase(url.getHost())
                && port(entry) == port(url)
                && isBelow(entry.getRawPath(), url.getRawPath());
    }

    private static boolean isBelow(String prefix, String path) {
        String directory = prefix.endsWith("/") ? prefix : prefix + "/";
        return path.equals(prefix) || path.startsWith(directory) || (path + "/").equals(directory);
    }

    /** Returns the port of a URL, which may be that of its scheme. */
    public static int port(URI url) {
        int scheme = url.getScheme().toLowerCase(Locale.ROOT).equals("https") ? 443 : 80;
        return url.getPort() < 0 ? scheme : url.getPort();
    }
}
