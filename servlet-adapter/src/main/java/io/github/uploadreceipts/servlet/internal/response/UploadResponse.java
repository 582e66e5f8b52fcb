package io.github.uploadreceipts.servlet.internal.response;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Place;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.store.UploadId;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The response to an upload: receipts as JSON or as a page, or a problem. */
public final class UploadResponse {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private final Engine engine;
    private final Watchdog watchdog;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final Optional<UploadPage.Targets> pageTargets;
    private final List<UploadPage.Field> fields = new ArrayList<>();
    private final List<UploadPage.Entry> entries = new ArrayList<>();
    private UploadPage.More more = UploadPage.More.ANY;
    private Optional<String> direct = Optional.empty();
    private volatile Place place = Place.UPLOAD;
    private volatile @Nullable UploadId about;
    private volatile Function<Problem, ProblemDetails> details = ProblemDetails::of;
    private @Nullable Look look;

    /** What a response says in place of receipts and problem details. */
    public interface Look {

        /** Sets the status and the header fields of the response to files that are stored, and returns its body. */
        byte[] ofReceipts(List<IssuedReceipt> receipts);

        /** Sets the status and the header fields of a refusal, and returns its body. */
        byte[] ofProblem(Problem problem);
    }

    /** Creates a response that is a page if {@code pageTargets} says where its forms go. */
    public UploadResponse(
            Engine engine,
            Watchdog watchdog,
            HttpServletRequest request,
            HttpServletResponse response,
            Optional<UploadPage.Targets> pageTargets) {
        this.engine = engine;
        this.watchdog = watchdog;
        this.request = request;
        this.response = response;
        this.pageTargets = pageTargets;
    }

    /** Says that a peer relays the request. */
    public void toPeer() {
        place = Place.RELAY;
    }

    /** Says that the request came by an upload-request link, and how its response looks. */
    public void byLink(Look value) {
        place = Place.LINK;
        look = value;
    }

    /** Sets which upload the request is about. */
    public void about(UploadId upload) {
        about = upload;
    }

    /** Returns whether the response is a page. A page carries on the receipts that the form brought. */
    public boolean isPage() {
        return pageTargets.isPresent();
    }

    /** Returns whether the page sends a field of the form again. */
    public boolean carries(String field) {
        return pageTargets
                .map(targets -> targets.carriedFields().contains(field))
                .orElse(false);
    }

    /** Sets how the client is told of a problem; by default in the problem's own words. */
    public void details(Function<Problem, ProblemDetails> value) {
        details = value;
    }

    /** Adds a field to the forms of the page. */
    public void carryOn(String field, String value) {
        fields.add(new UploadPage.Field(field, value));
    }

    /** Adds a receipt to the page. */
    public void carryOn(IssuedReceipt receipt) {
        entries.add(new UploadPage.Entry(receipt.token(), receipt.receipt().name()));
    }

    /** Adds a receipt that was verified before to the page. */
    public void carryOnReceipt(String receipt, String name) {
        entries.add(new UploadPage.Entry(receipt, name));
    }

    /**
     * Has the page's form begin the next upload straight to the store.
     *
     * @param action where that is done
     * @param files whether there may be another one
     * @param ticket the ticket for it, if one is needed
     */
    public void beginDirectly(String action, boolean files, Optional<String> ticket, int slot) {
        direct = Optional.of(action);
        more = new UploadPage.More(files, ticket, slot);
    }

    /**
     * Sets what the page's form may still send with the ticket of this form.
     *
     * @param files how many files this form has brought
     */
    public void carryOn(String ticket, Admission admission, int files) {
        int left = admission.terms().map(UploadTicket::files).orElse(0) - admission.slot() - files;
        more = new UploadPage.More(left > 0, Optional.of(ticket), admission.slot() + files);
    }

    /** Writes the body of a prepared response on this thread. */
    public void writeBody(byte[] body, Fate fate) {
        try {
            if (body.length > 0) {
                Responses.give(response, body);
            }
        } catch (IOException | IllegalStateException e) { // the latter if the container has already ended the request
            fate.lost();
            return;
        }
        fate.given();
    }

    /** Writes the body of a prepared response as fast as the client reads it, and then runs {@code whenDone}. */
    public void writeBodyAsync(byte[] body, Fate fate, Runnable whenDone) {
        writeBodyAsync(() -> body, UploadLimits.defaults(), fate, whenDone);
    }

    /**
     * Prepares a response, and writes it as fast as the client reads it. In the end {@code whenDone} runs, whatever
     * fails.
     *
     * @param prepared sets the status and the header fields, and returns the body
     * @param limits how long the client may pause, now as when it sends
     */
    public void writeBodyAsync(Supplier<byte[]> prepared, UploadLimits limits, Fate fate, Runnable whenDone) {
        byte[] body;
        ServletOutputStream out;
        try {
            body = prepared.get();
            out = response.getOutputStream();
        } catch (IOException | RuntimeException | Error e) {
            LOG.log(Level.WARNING, "a response could not be written", e);
            ContainerManners.fail(request, response);
            lose(fate, whenDone);
            return;
        }
        if (body.length == 0) {
            fate.given();
            whenDone.run();
            return;
        }
        ResponseWriter writer = new ResponseWriter(
                out,
                body,
                fate,
                done -> {
                    watchdog.forget(done);
                    whenDone.run();
                },
                limits.idleTimeout());
        watchdog.watch(writer); // first, because the container may call the listener at once
        try {
            ContainerManners.listen(out, writer);
        } catch (RuntimeException | Error e) {
            writer.onError(e);
        }
    }

    private static void lose(Fate fate, Runnable whenDone) {
        try {
            fate.lost();
        } finally {
            whenDone.run();
        }
    }

    /** Sets the status and the header fields of a response with receipts, and returns its body. */
    public byte[] prepare(List<IssuedReceipt> receipts) {
        if (look != null) {
            return look.ofReceipts(receipts);
        }
        if (pageTargets.isEmpty()) {
            return Responses.prepare(response, HttpServletResponse.SC_CREATED, "application/json", toJson(receipts));
        }
        receipts.forEach(this::carryOn);
        return UploadPage.ofReceipts(
                        fields, entries, receipts.size(), more, direct, toJson(receipts), pageTargets.get())
                .prepare(response, HttpServletResponse.SC_CREATED);
    }

    /** Sets the status and the header fields of a page whose form sends a file straight to the store, and returns its body. */
    public byte[] prepareStoreForm(URI url, Map<String, String> storeFields) {
        return UploadPage.ofStoreForm(url, storeFields, fields, entries, pageTargets.orElseThrow())
                .prepare(response, HttpServletResponse.SC_OK);
    }

    /** Sets the status and the header fields of a page that the browser asks for again by itself, and returns its body. */
    public byte[] prepareWaiting() {
        response.setHeader("Refresh", "1");
        return UploadPage.ofWaiting(pageTargets.orElseThrow()).prepare(response, HttpServletResponse.SC_ACCEPTED);
    }

    /** Refuses a request whose body has been read in part. */
    public void refuse(RefusedException refusal) {
        tell(refusal);
        end(refusal.problem());
    }

    /** Logs a refusal with its cause, and tells the listener. The client learns only the problem. */
    private void tell(RefusedException refusal) {
        LOG.log(Level.INFO, "an upload is refused: {0}", refusal.getMessage());
        engine.tell(new UploadEvent.Refused(refusal.problem(), place, Optional.ofNullable(about)));
    }

    /** Ends a request whose client went away. If the client is still there, it gets a problem. */
    public void breakOff() {
        end(Problem.of(ProblemType.INCOMPLETE_BODY));
    }

    /** Writes a problem and closes the connection, because the body may not have been read. */
    private void end(Problem problem) {
        try {
            if (!response.isCommitted()) {
                ContainerManners.endConnection(request, response);
                write(problem);
            }
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the client left before it got its refusal: " + e);
        }
    }

    /** Refuses a request whose body has not been read. */
    public void refuseUnread(RefusedException refusal, RefusedBodies refusedBodies) throws IOException {
        tell(refusal);
        Responses.endUnread(request, response, refusedBodies, () -> write(refusal.problem()));
    }

    /** Refuses a request that has no body. */
    public void refuseEmpty(RefusedException refusal) throws IOException {
        tell(refusal);
        write(refusal.problem());
    }

    private void write(Problem problem) throws IOException {
        ProblemDetails told = details.apply(problem);
        Responses.explain(response, problem);
        if (look != null) {
            ContainerManners.write(request, response, look.ofProblem(problem));
        } else if (pageTargets.isPresent()) {
            UploadPage page = UploadPage.ofProblem(problem, pageTargets.get());
            ContainerManners.write(request, response, page.prepare(response, told.status()));
        } else {
            Responses.write(request, response, told);
        }
    }

    private String toJson(List<IssuedReceipt> receipts) {
        ObjectNode json = StrictJson.object();
        var array = json.putArray("receipts");
        for (IssuedReceipt issued : receipts) {
            ObjectNode object = array.addObject()
                    .put("receipt", issued.token())
                    .put("name", issued.receipt().name())
                    .put("type", issued.receipt().type())
                    .put("size", issued.receipt().size());
            HandOverStatus.find(engine, issued).ifPresent(status -> object.put("status", status.name()));
        }
        return json.toString();
    }

    /** Returns the refusal that a failure means. An unexpected failure is logged. */
    public static RefusedException refusalOf(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof RefusedException refused) {
            return refused;
        }
        LOG.log(Level.ERROR, "an upload failed unexpectedly", cause);
        return new UploadRefusedException(Problem.of(ProblemType.STORAGE_FAILED));
    }
}
