package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/**
 * Where clients resume an upload.
 *
 * @param tokens of which URLs are made
 * @param publicUrl of this very host's uploads, if clients can reach it by a name of its own
 */
public record UploadUrls(ResourceTokens tokens, Optional<String> publicUrl) {

    /**
     * Returns the {@code Location} of an upload: below the URL that was asked, whatever that is in front of proxies. A peer
     * that relayed the request is told the last segment only, and puts its own in front.
     */
    String location(UploadCall call, UploadResource resource) {
        String token = tokens.mint(resource);
        if (publicUrl.isPresent()) {
            return publicUrl.get() + "/" + token;
        }
        return call.relayed().isPresent() ? token : below(call.request(), token);
    }

    public static String below(HttpServletRequest request, String token) {
        String uri = request.getRequestURI();
        String last = lastSegment(request);
        if (last.matches("[0-9A-Za-z._~-]*")) {
            return last.isEmpty() ? token : last + "/" + token;
        }
        return uri + "/" + token; // in front, it could be taken for a scheme
    }

    public static String lastSegment(HttpServletRequest request) {
        String uri = request.getRequestURI();
        return uri.substring(uri.lastIndexOf('/') + 1);
    }
}
