package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The answer to an upload: receipts as JSON or as a page, or a problem. */
public final class UploadResponse {

    private static final Logger LOG = System.getLogger(UploadFilter.class.getName());

    private final UploadHost host;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final Optional<UploadPage.Targets> pageTargets;
    private final List<UploadPage.Entry> entries = new ArrayList<>();
    private UploadPage.More more = UploadPage.More.ANY;

    /** Responses as a page if there are targets for its forms. */
    public UploadResponse(
            UploadHost host,
            HttpServletRequest request,
            HttpServletResponse response,
            Optional<UploadPage.Targets> pageTargets) {
        this.host = host;
        this.request = request;
        this.response = response;
        this.pageTargets = pageTargets;
    }

    /** Returns whether the answer is a page, which carries on the receipts that the form brought. */
    public boolean isPage() {
        return pageTargets.isPresent();
    }

    /** Adds a genuine receipt that the form brought. */
    void carryOn(IssuedReceipt receipt) {
        entries.add(new UploadPage.Entry(receipt.token(), receipt.receipt().name()));
    }

    /** The ticket of the form is for further files too, or not. */
    void carryOn(String ticket, UploadPermit permit, int files) {
        int left = permit.ticket().map(shown -> shown.ticket().files()).orElse(0) - permit.slot() - files;
        more = new UploadPage.More(left > 0, Optional.of(ticket), permit.slot() + files);
    }

    /** Gives out the receipts, on this thread. If the client is no longer there to get them, the uploads go. */
    public void send(Reception reception, List<IssuedReceipt> receipts) {
        tellStored(receipts);
        writeBody(prepare(receipts), () -> lost(reception, receipts));
    }

    /** Gives out the receipts as fast as the client reads them, and then runs {@code whenDone}. */
    public void sendAsync(Reception reception, List<IssuedReceipt> receipts, Runnable whenDone) {
        tellStored(receipts);
        writeBodyAsync(prepare(receipts), () -> lost(reception, receipts), whenDone);
    }

    private void tellStored(List<IssuedReceipt> receipts) {
        receipts.forEach(issued -> host.tell(events -> events.stored(issued.receipt())));
    }

    /** Writes the body of a prepared answer, on this thread. */
    public void writeBody(byte[] body, Runnable whenLost) {
        if (body.length == 0) {
            return;
        }
        try {
            Responses.write(response, body);
        } catch (IOException | IllegalStateException e) { // the latter if the container has ended the request
            whenLost.run();
        }
    }

    /** Writes the body of a prepared answer as fast as the client reads it, and then runs {@code whenDone}. */
    public void writeBodyAsync(byte[] body, Runnable whenLost, Runnable whenDone) {
        if (body.length == 0) {
            whenDone.run();
            return;
        }
        try {
            ServletOutputStream out = response.getOutputStream();
            out.setWriteListener(new ResponseWriter(out, body, whenLost, whenDone));
        } catch (IOException | IllegalStateException e) {
            whenLost.run();
            whenDone.run();
        }
    }

    /** Sets the answer with the receipts, and returns its body. */
    byte[] prepare(List<IssuedReceipt> receipts) {
        if (pageTargets.isEmpty()) {
            return Responses.prepare(response, HttpServletResponse.SC_CREATED, "application/json", toJson(receipts));
        }
        receipts.forEach(this::carryOn);
        return UploadPage.ofReceipts(entries, more, toJson(receipts), pageTargets.get())
                .prepare(response, HttpServletResponse.SC_CREATED);
    }

    private void lost(Reception reception, List<IssuedReceipt> receipts) {
        LOG.log(Level.DEBUG, "the client left before its receipts came");
        host.tell(UploadListener::abandoned);
        reception.withdraw(receipts);
    }

    /** Refuses a request of which something has been read. */
    public void refuse(RefusedException refusal) {
        tell(refusal);
        end(refusal.problem());
    }

    /** The client learns the problem, the log the cause. */
    private void tell(RefusedException refusal) {
        LOG.log(Level.INFO, "an upload is refused: {0}", refusal.getMessage());
        host.tell(events -> events.refused(refusal.problem()));
    }

    /** Gives up a request whose client went away; should it still listen, it is told so. */
    public void breakOff() {
        host.tell(UploadListener::abandoned);
        breakOffToResume();
    }

    /** Gives up a request whose client may come again and go on. */
    public void breakOffToResume() {
        end(Problem.of(ProblemType.INCOMPLETE_BODY));
    }

    /** Says what is wrong, and that the connection ends here, because the body may not have been read. */
    private void end(Problem problem) {
        try {
            if (!response.isCommitted()) {
                Responses.endConnection(request, response);
                write(problem);
            }
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the client left before its refusal came: " + e);
        }
    }

    /** Refuses a request of which nothing has been read. */
    public void refuseUnread(RefusedException refusal) throws IOException {
        tell(refusal);
        Responses.endUnread(request, response, () -> write(refusal.problem()));
    }

    /** Refuses a request that has no body. */
    public void refuseEmpty(RefusedException refusal) throws IOException {
        tell(refusal);
        write(refusal.problem());
    }

    private void write(Problem problem) throws IOException {
        if (pageTargets.isPresent()) {
            Responses.explain(response, problem.type());
            UploadPage page = UploadPage.ofProblem(problem, pageTargets.get());
            Responses.write(response, page.prepare(response, problem.status()));
        } else {
            Responses.write(response, problem);
        }
    }

    private static String toJson(List<IssuedReceipt> receipts) {
        ObjectNode json = StrictJson.object();
        var array = json.putArray("receipts");
        for (IssuedReceipt issued : receipts) {
            array.addObject()
                    .put("receipt", issued.token())
                    .put("name", issued.receipt().name())
                    .put("type", issued.receipt().type())
                    .put("size", issued.receipt().size());
        }
        return json.toString();
    }

    /** Returns the refusal that a failure means; what is unexpected is logged. */
    public static RefusedException refusalOf(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof RefusedException refused) {
            return refused;
        }
        LOG.log(Level.ERROR, "an upload failed unexpectedly", cause);
        return new UploadRefusedException(Problem.of(ProblemType.STORAGE_FAILED));
    }
}
