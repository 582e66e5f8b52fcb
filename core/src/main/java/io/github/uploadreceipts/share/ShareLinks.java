package io.github.uploadreceipts.share;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.share.LinkGate;
import io.github.uploadreceipts.internal.share.LinkTerms;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.util.Optional;

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
     * Returns the URL of a link. Whoever has the URL can use the link. For a {@linkplain ShareLink.Builder#shortened
     * short} link this blocks until the host that keeps the upload has made it durable; two calls make two links.
     *
     * @throws IllegalArgumentException if the upload has expired
     * @throws IllegalStateException if the link is short, and the host that keeps the upload is neither this one nor among
     *     its peers; or if what the link says is too long for a URL
     * @throws IOException if the link is short, and that host cannot be reached or cannot keep it
     */
    public String url(ShareLink link) throws IOException {
        LinkTerms terms = link.terms(engine.now());
        return baseUrl + (link.isShort() ? gate.create(terms) : gate.tokens().mint(terms));
    }

    /**
     * Returns the upload to which a link leads, whether or not the link can still be used. An application that lets users
     * revoke their links can so tell whose the link is. For a {@linkplain ShareLink.Builder#shortened short} link this is
     * what the URL says; only {@link #revoke} checks that there is such a link.
     *
     * @param url what {@link #url} returned
     * @return empty if it is not the URL of a link of this fleet, or if it is of a self-contained one that has expired
     */
    public Optional<UploadId> upload(String url) {
        return gate.upload(segment(url));
    }

    private static String segment(String url) {
        return url.substring(url.lastIndexOf('/') + 1);
    }

    /**
     * Revokes a {@linkplain ShareLink.Builder#shortened short} link, and returns whether it was there. Downloads that are
     * under way go on. This blocks until the host that keeps the upload has made it durable.
     *
     * @param url what {@link #url} returned
     * @throws IllegalArgumentException if it is not the URL of a short link of this fleet: any other link works until it
     *     expires
     * @throws IOException if the host that keeps the upload cannot be reached, or its disk fails
     */
    public boolean revoke(String url) throws IOException {
        return gate.revoke(segment(url));
    }
}
