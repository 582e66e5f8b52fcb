package io.github.uploadreceipts.objectstorage.internal.s3;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where a bucket is.
 *
 * @param scheme {@code https} or {@code http}
 * @param host the host, which bears the bucket unless the path does
 * @param port the port, or -1 for that of the scheme
 * @param name the name of the bucket
 * @param region the region, which signatures name
 * @param pathStyle whether the bucket is in the path of URLs
 */
public record S3Bucket(String scheme, String host, int port, String name, String region, boolean pathStyle) {

    private static final Pattern NAME = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{1,61}[0-9A-Za-z]");
    private static final Pattern LABEL = Pattern.compile("[0-9a-z][0-9a-z-]{1,61}[0-9a-z]");
    private static final Pattern REGION = Pattern.compile("[0-9A-Za-z_-]{1,64}");
    private static final Pattern ADDRESS = Pattern.compile("\\[.*|[0-9.]+");

    /**
     * Returns where a bucket is.
     *
     * @throws IllegalArgumentException if the values are not what they should be
     */
    public static S3Bucket of(URI endpoint, String name, String region, boolean pathStyle) {
        String scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
        String host = endpoint.getHost();
        check(scheme.equals("https") || scheme.equals("http"), "the endpoint is neither https nor http");
        if (host == null || endpoint.getRawUserInfo() != null) {
            throw new IllegalArgumentException("the endpoint has no host, or has user information");
        }
        String path = endpoint.getRawPath();
        check(path.isEmpty() || path.equals("/"), "the endpoint has a path; name the bucket by bucket(…)");
        check(endpoint.getRawQuery() == null && endpoint.getRawFragment() == null, "the endpoint has a query");
        check(NAME.matcher(name).matches(), "no bucket has this name: " + name);
        check(REGION.matcher(region).matches(), "no region has this name: " + region);
        boolean standard = endpoint.getPort() == (scheme.equals("https") ? 443 : 80);
        int port = standard ? -1 : endpoint.getPort();
        String lower = host.toLowerCase(Locale.ROOT);
        if (pathStyle) {
            return new S3Bucket(scheme, lower, port, name, region, true);
        }
        check(!ADDRESS.matcher(host).matches(), "an IP address cannot bear the bucket's name; use pathStyle()");
        check(LABEL.matcher(name).matches(), "no label of a host name can be " + name + "; use pathStyle()");
        return new S3Bucket(scheme, name + "." + lower, port, name, region, false);
    }

    private static void check(boolean right, String problem) {
        if (!right) {
            throw new IllegalArgumentException(problem);
        }
    }

    /** Returns the value of the {@code Host} field. */
    String authority() {
        return port < 0 ? host : host + ":" + port;
    }

    /** Returns the path of an object, or of the bucket if the key is empty. */
    String path(String key) {
        String bucket = pathStyle ? "/" + UriText.encode(name) : "";
        return key.isEmpty() && pathStyle ? bucket : bucket + "/" + UriText.encodePath(key);
    }

    /** Returns the value of {@code x-amz-copy-source}. */
    String copySource(String key) {
        return "/" + UriText.encode(name) + "/" + UriText.encodePath(key);
    }
}
