package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URLs at which clients resume their uploads.
 *
 * @param tokens mints the last segments of the URLs
 * @param publicUrl where clients reach the uploads of this one host, if it has a public name of its own
 */
public record UploadUrls(ResourceTokens tokens, Optional<String> publicUrl) {

    /** Letters, digits, "-", ".", "_" and "~", which mean the same when they are encoded (RFC 3986, section 6.2.2.2). */
    private static final Pattern ENCODED = Pattern.compile("%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])");

    /**
     * Returns the {@code Location} of an upload. Without a public URL it is relative to the requested one, whatever
     * proxies make of that. A peer that relays the request gets the last segment only, and completes it itself.
     */
    String location(UploadCall call, UploadResource resource) {
        String token = tokens.mint(resource);
        if (publicUrl.isPresent()) {
            return publicUrl.get() + "/" + token;
        }
        return call.relayed().isPresent() ? token : below(call.request(), token);
    }

    /** Returns a reference to {@code token} below the requested URL. */
    public static String below(HttpServletRequest request, String token) {
        String uri = request.getRequestURI();
        String last = lastSegment(request);
        if (last.matches("[0-9A-Za-z._~-]*")) {
            return last.isEmpty() ? token : last + "/" + token;
        }
        return uri + "/" + token; // as a relative reference, such a segment could be taken for a scheme
    }

    /**
     * Returns the last segment of an upload's URL, as it was minted. Clients and proxies may encode its characters and
     * add a slash.
     */
    public static String token(String url) {
        String path = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        return ENCODED.matcher(path.substring(path.lastIndexOf('/') + 1))
                .replaceAll(
                        octet -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(octet.group(1), 16))));
    }

    /** Returns the last segment of the requested path, as it was sent. */
    static String lastSegment(HttpServletRequest request) {
        String uri = request.getRequestURI();
        return uri.substring(uri.lastIndexOf('/') + 1);
    }
}
