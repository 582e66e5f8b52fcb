package io.github.uploadreceipts.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where an upload is stored: the URL {@code <base>/internal/uploads/<hour>/<id>}, by which peers ask its owner for it.
 *
 * @param base the owner's internal URL: scheme, host, optional port and the application's context path, without a final
 *     slash
 * @param hour when the upload expires
 * @param id the upload
 */
public record Location(URI base, ExpiryHour hour, UploadId id) {

    /** The path, below the application's context path, under which hosts serve uploads to each other. */
    public static final String PATH = "/internal/uploads/";

    private static final int MAX_LENGTH = 512;
    private static final Pattern HOST = Pattern.compile("[0-9A-Za-z.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]");
    private static final Pattern CONTEXT_PATH = Pattern.compile("(/[0-9A-Za-z_~-][0-9A-Za-z._~-]*)*");

    /** Checks the base as {@link #requireBase} does. */
    public Location {
        base = requireBase(base);
    }

    /**
     * Returns the location written as {@code text}.
     *
     * @throws IllegalArgumentException if it is not exactly of this form
     */
    public static Location parse(String text) {
        int path = text.length() > MAX_LENGTH ? -1 : text.lastIndexOf(PATH);
        String[] rest =
                path < 0 ? new String[0] : text.substring(path + PATH.length()).split("/", -1);
        if (rest.length != 2) {
            throw new IllegalArgumentException("a location must end in " + PATH + "<hour>/<id> and have at most "
                    + MAX_LENGTH + " characters, but this text of " + text.length() + " characters does not");
        }
        Location location =
                new Location(URI.create(text.substring(0, path)), ExpiryHour.parse(rest[0]), UploadId.parse(rest[1]));
        if (!location.toString().equals(text)) {
            throw new IllegalArgumentException(
                    "a location must be written in its canonical form: scheme and host in lower"
                            + " case, no default port");
        }
        return location;
    }

    /**
     * Returns an internal URL in its canonical form: scheme and host in lower case, no default port.
     *
     * @throws IllegalArgumentException if it is anything but {@code http} or {@code https}, a host, an optional port
     *     and a plain path; no user info, query, fragment, encoded characters or final slash
     */
    public static URI requireBase(URI base) {
        String scheme = base.getScheme() == null ? "" : base.getScheme().toLowerCase(Locale.ROOT);
        String host = base.getHost() == null ? "" : base.getHost().toLowerCase(Locale.ROOT);
        boolean plain = base.getRawUserInfo() == null && base.getRawQuery() == null && base.getRawFragment() == null;
        if (!plain
                || !(scheme.equals("http") || scheme.equals("https"))
                || !HOST.matcher(host).matches()
                || base.getPort() == 0
                || base.getPort() > 65535
                || !CONTEXT_PATH.matcher(base.getRawPath()).matches()) {
            throw new IllegalArgumentException("a location is http://host:port, with the application's context path if"
                    + " it has one, and nothing more (host names have no '_')");
        }
        int port = base.getPort() == defaultPort(scheme) ? -1 : base.getPort();
        try {
            return new URI(scheme, null, host, port, base.getRawPath(), null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a location", e);
        }
    }

    private static int defaultPort(String scheme) {
        return scheme.equals("https") ? 443 : 80;
    }

    /**
     * Returns the port to connect to.
     *
     * @param base an internal URL in its {@linkplain #requireBase canonical form}
     */
    public static int port(URI base) {
        return base.getPort() >= 0 ? base.getPort() : defaultPort(base.getScheme());
    }

    /** Returns the path of the request that asks for the upload. */
    public String path() {
        return base.getRawPath() + PATH + hour + "/" + id;
    }

    /** Returns the URI's text. */
    @Override
    public String toString() {
        return base + PATH + hour + "/" + id;
    }
}
