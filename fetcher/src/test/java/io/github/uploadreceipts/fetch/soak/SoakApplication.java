package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.StoreException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Fetches the uploads of a final request, and responds with the digest of each on a line of its own. With a claim as
 * the query it also discards them. It responds to GET at once.
 */
final class SoakApplication extends HttpServlet {

    private static final long serialVersionUID = 1;

    private final transient PeerFetcher fetcher;

    SoakApplication(PeerFetcher fetcher) {
        this.fetcher = fetcher;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<UploadReceipt> receipts = ReceiptsFilter.receipts(request);
        String claim = request.getQueryString();
        try (FetchedUploads files =
                claim == null ? fetcher.fetch(receipts) : fetcher.fetch(receipts, Claim.of(claim))) {
            List<String> digests = new ArrayList<>();
            for (FetchedUpload file : files) {
                digests.add(digest(file));
            }
            if (claim != null) {
                discard(files);
            }
            response.setContentType("text/plain");
            response.getWriter().print(String.join("\n", digests));
        } catch (StoreException.Gone e) {
            response.setStatus(HttpServletResponse.SC_GONE); // a repetition of this order has discarded them meanwhile
        }
    }

    private static String digest(FetchedUpload file) throws IOException {
        MessageDigest hash = ContentDigest.newHash();
        file.copyTo(new DigestOutputStream(OutputStream.nullOutputStream(), hash));
        return ContentDigest.of(hash).hex();
    }

    /** The order is complete even where a host cannot discard now: its uploads expire. */
    private void discard(FetchedUploads files) {
        try {
            files.discard();
        } catch (FetchException e) {
            log("not discarded: " + e.getMessage());
        }
    }
}
