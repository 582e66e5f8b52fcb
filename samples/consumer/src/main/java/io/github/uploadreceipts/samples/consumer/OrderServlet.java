package io.github.uploadreceipts.samples.consumer;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.store.Claim;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The final request: a form with {@code order}, a number, and {@code receipt}, once for each upload. The files become the
 * order's own, and the uploads are discarded. With {@code reserve} they only become unusable for other orders. If an
 * upload cannot be fetched, the filter turns the exception into the response.
 */
final class OrderServlet extends HttpServlet {

    private static final long serialVersionUID = 1;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    private final transient PeerFetcher fetcher;
    private final transient Path directory;

    OrderServlet(PeerFetcher fetcher, Path directory) {
        this.fetcher = fetcher;
        this.directory = directory;
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<UploadReceipt> receipts = ReceiptsFilter.receipts(request);
        String order = request.getParameter("order");
        if (order == null || !NUMBER.matcher(order).matches()) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST);
            return;
        }
        try (FetchedUploads files = fetcher.fetch(receipts, Claim.of(order))) {
            if (request.getParameter("reserve") == null) {
                keep(files, Files.createDirectories(directory.resolve(order)));
                files.discard();
            }
        }
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }

    /** Names each file by its index, because two uploads may have the same name. */
    private static void keep(FetchedUploads files, Path target) throws IOException {
        int place = 0;
        for (FetchedUpload file : files) {
            file.moveTo(target.resolve(Integer.toString(place++)));
        }
    }
}
