package io.github.uploadreceipts.share;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.share.LinkGate;
import io.github.uploadreceipts.internal.share.LinkTerms;

/**
 * Makes the URLs of share links.
 *
 * <pre>{@code
 * ShareLinks links = ShareLinks.of(host, "https://files.example.org/s/");
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class ShareLinks {

    private final Engine engine;
    private final LinkGate gate;
    private final String baseUrl;

    private ShareLinks(UploadHost host, String baseUrl) {
        this.engine = HostAccess.engine(host);
        this.gate = HostAccess.links(host);
        this.baseUrl = baseUrl.endsWith("/") ? baseUrl : baseUrl + "/";
    }

    /**
     * Returns what makes the URLs.
     *
     * @param baseUrl where people reach the {@code ShareFilter} of any host: the public URL, with the path to which the
     *     filter is mapped
     */
    public static ShareLinks of(UploadHost host, String baseUrl) {
        return new ShareLinks(host, baseUrl);
    }

    /**
     * Returns the URL of a link. Whoever has the URL can use the link.
     *
     * @throws IllegalArgumentException if the upload has expired
     */
    public String url(ShareLink link) {
        LinkTerms terms = link.terms(engine.now());
        return baseUrl + gate.tokens().mint(terms);
    }
}
