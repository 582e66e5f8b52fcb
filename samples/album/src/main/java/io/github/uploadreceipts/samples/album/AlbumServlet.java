package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** The final request: receipts and captions in, an album out. */
final class AlbumServlet extends HttpServlet {

    private static final long serialVersionUID = 1;

    private final transient AlbumMaker maker;

    AlbumServlet(AlbumMaker maker) {
        this.maker = maker;
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        List<UploadReceipt> receipts = ReceiptsFilter.receipts(request);
        boolean page = Answers.prefersHtml(request);
        try {
            MadeAlbum album = maker.make(receipts, Submission.read(request, receipts.size()));
            if (page) {
                response.setStatus(HttpServletResponse.SC_SEE_OTHER);
                response.setHeader("Location", album.path());
            } else {
                Answers.write(response, HttpServletResponse.SC_OK, Answers.JSON, album.toJson());
            }
        } catch (FetchException | UploadRefusedException e) {
            if (!page) {
                throw new ServletException(e); // the filter responds with the problem
            }
            AlbumPages.writeProblem(response, e.problem());
        }
    }
}
