package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.problem.Refusal;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** The final request: receipts and captions in, an album out. */
final class AlbumServlet extends HttpServlet {

    private static final long serialVersionUID = 1;

    private final transient AlbumMaker maker;
    private final transient ScheduledExecutorService timer;

    AlbumServlet(AlbumMaker maker, ScheduledExecutorService timer) {
        this.maker = maker;
        this.timer = timer;
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        Optional<PatientResponse.Outcome> outcome = PatientResponse.outcome(request);
        if (outcome.isEmpty()) {
            make(request, response);
        } else if (outcome.get().album() != null) {
            writeAlbum(request, response, outcome.get().album());
        } else {
            refuse(request, response, outcome.get().failure());
        }
    }

    private void make(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
        List<UploadReceipt> receipts = ReceiptsFilter.receipts(request);
        try {
            Submission submission = Submission.read(request, receipts.size());
            Making making = maker.make(receipts, submission);
            PatientResponse.start(
                    request, making, pieces(request), submission.order().isPresent(), timer);
        } catch (UploadRefusedException e) {
            refuse(request, response, e);
        }
    }

    /** Returns what the client can read while the album is made. */
    private static Optional<Pieces> pieces(HttpServletRequest request) {
        if (Answers.acceptsEvents(request)) {
            return Optional.of(new EventStream());
        }
        return Answers.prefersHtml(request) ? Optional.of(new ProgressPage()) : Optional.empty();
    }

    private static void writeAlbum(HttpServletRequest request, HttpServletResponse response, MadeAlbum album)
            throws IOException {
        if (Answers.prefersHtml(request)) {
            response.setStatus(HttpServletResponse.SC_SEE_OTHER);
            response.setHeader("Location", album.path());
        } else {
            Answers.write(response, HttpServletResponse.SC_OK, Answers.JSON, album.toJson());
        }
    }

    private static void refuse(HttpServletRequest request, HttpServletResponse response, @Nullable Throwable failure)
            throws IOException, ServletException {
        if (Answers.prefersHtml(request) && failure instanceof Refusal refusal) {
            AlbumPages.writeProblem(response, refusal.problem());
        } else {
            throw new ServletException(failure); // the filter responds with the problem
        }
    }
}
