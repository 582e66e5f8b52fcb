package io.github.uploadreceipts.servlet.internal.direct;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.direct.DirectUploads;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.finish.FormFields;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.SmallBody;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.receive.WaitingThreads;
import io.github.uploadreceipts.servlet.internal.response.Accept;
import io.github.uploadreceipts.servlet.internal.response.Fate;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.servlet.internal.response.UploadPage;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.servlet.internal.resume.UploadUrls;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Begins and records uploads whose bytes the client sends straight to the store.
 *
 * <pre>
 * POST …/direct            {"name":…,"type":…,"size":…}; the response is the request to send to the store
 * POST …/direct/‹token›    the response is the receipt, or 202 if the client has to ask again
 * </pre>
 *
 * A browser without script gets pages:
 *
 * <pre>
 * POST …/direct            a form with the receipts so far; the response is the form that goes to the store
 * GET  …/direct/‹token›    where the store sends the browser; the response is the page with the receipts
 * </pre>
 */
public final class DirectEndpoint {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    private static final Pattern BEGIN = Pattern.compile(".*/direct/?");
    private static final Pattern RECORD = Pattern.compile(".*/direct/[^/]+/?");

    /** Front servers give up after a minute, or earlier. */
    private static final long PATIENCE_SECONDS = 25;

    /** Somebody looks at an empty page until then. */
    private static final long PAGE_PATIENCE_SECONDS = 5;

    /** How many requests may wait for the store before others wait for them. */
    private static final int BEGUN_AT_ONCE = 16;

    private final Engine engine;
    private final Optional<DirectUploads> uploads;
    private final UploadPolicy policy;
    private final Function<HttpServletRequest, Optional<UploadPage.Targets>> targets;
    private final Optional<String> publicUrl;
    private final InFlight inFlight;
    private final Watchdog watchdog;
    private final RefusedBodies refusedBodies;
    private final Executor beginning;

    /**
     * Creates an endpoint.
     *
     * @param targets where the forms of a page go, if the response to a request is a page
     * @param publicUrl where clients reach the uploads of this one host, if it has a public name of its own
     */
    public DirectEndpoint(
            Engine engine,
            Optional<DirectUploads> uploads,
            UploadPolicy policy,
            Function<HttpServletRequest, Optional<UploadPage.Targets>> targets,
            Optional<String> publicUrl,
            InFlight inFlight,
            Watchdog watchdog,
            RefusedBodies refusedBodies) {
        this.engine = engine;
        this.uploads = uploads;
        this.policy = policy;
        this.targets = targets;
        this.publicUrl = publicUrl;
        this.inFlight = inFlight;
        this.watchdog = watchdog;
        this.refusedBodies = refusedBodies;
        this.beginning = engine.newWaitingExecutor(BEGUN_AT_ONCE);
    }

    /**
     * Returns whether a request begins or records such an upload. An upload filter may itself be mapped at a path that
     * ends like this, so the request must look like one in other ways, too: a file comes with its name, or not as JSON.
     *
     * @param token the last segment of the path
     */
    public static boolean isMeant(HttpServletRequest request, String token) {
        if (isComingBack(request)) {
            return isRecord(request, token);
        }
        return request.getMethod().equals("POST")
                && request.getHeader("X-HTTP-Method-Override") == null
                && (isBeginning(request, "application/json") || isForm(request) || isRecord(request, token));
    }

    private static boolean isBeginning(HttpServletRequest request, String type) {
        return BEGIN.matcher(request.getRequestURI()).matches()
                && request.getHeader("Content-Disposition") == null
                && MediaType.ofBody(request.getContentType()).essence().equals(type);
    }

    private static boolean isForm(HttpServletRequest request) {
        return isBeginning(request, "application/x-www-form-urlencoded") && Accept.prefersPage(request);
    }

    private static boolean isRecord(HttpServletRequest request, String token) {
        return RECORD.matcher(request.getRequestURI()).matches() && ResourceTokens.isMeant(token);
    }

    /** Returns whether a browser may come from the store. Programs that resume uploads want no page. */
    private static boolean isComingBack(HttpServletRequest request) {
        return request.getMethod().equals("GET") && Accept.prefersPage(request);
    }

    /** Serves a request, asynchronously if that is possible. */
    public void serve(HttpServletRequest request, HttpServletResponse response, String token) throws IOException {
        Reply reply = new Reply(request, response, ContainerManners.hasBody(request));
        try {
            if (isComingBack(request)) {
                show(reply, token);
            } else if (isForm(request)) {
                beginForm(reply);
            } else if (isBeginning(request, "application/json")) {
                begin(reply);
            } else {
                record(reply, token);
            }
        } catch (RefusedException e) {
            reply.refuse(e);
        }
    }

    private DirectUploads requireUploads() throws UploadRefusedException {
        return uploads.orElseThrow(() -> new UploadRefusedException(Problem.of(
                ProblemType.NOT_FOUND,
                "Clients cannot send files straight to the store of this host. Upload them to the host.")));
    }

    private void begin(Reply reply) throws IOException, RefusedException {
        DirectUploads direct = requireUploads();
        Admission admission = TicketGate.admit(engine, policy.permit(reply.request), reply.request);
        if (admission.awaitsTicket()) { // first, or strangers would hold the threads that wait for bodies
            throw new UploadRefusedException(Problem.of(ProblemType.TICKET_REQUIRED));
        }
        byte[] body = SmallBody.read(reply.request, engine, inFlight, watchdog, DirectWish.MAX_BYTES, false);
        Reply toRead = new Reply(reply.request, reply.response, false);
        try {
            DirectWish wish = DirectWish.parse(body);
            engine.requireOpen(admission.limits(), Math.min(wish.size(), admission.maxFileSize()));
            toRead.give(promised(() ->
                            direct.begin(admission, wish.name(), wish.type().orElse(null), wish.size()))
                    .thenApply(begun -> () -> toRead.describe(begun)));
        } catch (RefusedException e) {
            toRead.refuse(e);
        }
    }

    /** What the store is asked. */
    private interface Asking<T> {
        T ask() throws RefusedException;
    }

    private <T> CompletableFuture<T> promised(Asking<T> asking) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return asking.ask();
                        } catch (RefusedException e) {
                            throw new CompletionException(e);
                        }
                    },
                    beginning);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new UploadRefusedException(Reception.hostIsStopping()));
        }
    }

    private void beginForm(Reply reply) throws IOException, RefusedException {
        DirectUploads direct = requireUploads();
        Admission permitted = Admission.of(policy.permit(reply.request));
        byte[] body = SmallBody.read(reply.request, engine, inFlight, watchdog, DirectForm.MAX_BYTES, true);
        Reply toRead = new Reply(reply.request, reply.response, false);
        try {
            FormFields fields = DirectForm.fields(engine, reply.request, body);
            Admission admission = DirectForm.admission(engine, permitted, fields);
            engine.requireOpen(admission.limits(), 0);
            DirectForm form = DirectForm.of(engine, admission, fields, toRead.uploadResponse);
            String below = directUrl(reply.request);
            toRead.give(promised(() -> direct.beginForm(admission, token -> URI.create(below + token), form.toBytes()))
                    .thenApply(begun -> () -> toRead.formFor(form, begun)));
        } catch (RefusedException e) {
            toRead.refuse(e);
        }
    }

    /**
     * Returns the URL below which the store sends the browser. A page of this host says by its origin how browsers reach
     * the host.
     */
    private String directUrl(HttpServletRequest request) throws UploadRefusedException {
        String path = publicUrl
                .map(url -> URI.create(url).getRawPath() + "/direct/")
                .orElse(request.getRequestURI().replaceFirst("/$", "") + "/");
        String origin = request.getHeader("Origin");
        if (origin == null) { // no browser of these years
            return request.getScheme() + "://" + request.getHeader("Host") + path;
        }
        if (origin.matches("https?://[^/]+") && origin.endsWith("//" + request.getHeader("Host"))) {
            return origin + path;
        }
        return publicUrl
                .map(url -> url + "/direct/")
                .orElseThrow(() -> new UploadRefusedException(Problem.of(
                        ProblemType.FORBIDDEN,
                        "The page of this form does not say where it is from, so the store cannot send the browser back."
                                + " Let its Referrer-Policy be same-origin, or set public-url.")));
    }

    private void show(Reply reply, String token) throws IOException, RefusedException {
        DirectUploads direct = requireUploads();
        CompletableFuture<Supplier<byte[]>> page = direct.record(token)
                .thenApply(Optional::of)
                .completeOnTimeout(Optional.empty(), PAGE_PATIENCE_SECONDS, TimeUnit.SECONDS)
                .thenCompose(issued -> issued.isEmpty()
                        ? CompletableFuture.completedFuture(reply.uploadResponse::prepareWaiting)
                        : promised(() -> DirectForm.parse(direct.carried(token)))
                                .thenApply(form -> () -> reply.pageOf(form, issued.get())));
        reply.give(page);
    }

    private void record(Reply reply, String token) throws IOException, RefusedException {
        CompletableFuture<Optional<IssuedReceipt>> recorded = requireUploads()
                .record(token)
                .thenApply(Optional::of)
                .completeOnTimeout(Optional.empty(), PATIENCE_SECONDS, TimeUnit.SECONDS);
        reply.give(recorded.thenApply(issued -> () -> reply.tell(issued)));
    }

    /** The response to one request. */
    private final class Reply {

        private final HttpServletRequest request;
        private final HttpServletResponse response;
        private final boolean unread;
        private final UploadResponse uploadResponse;

        /** @param unread whether there is a body that nobody has read */
        Reply(HttpServletRequest request, HttpServletResponse response, boolean unread) {
            this.request = request;
            this.response = response;
            this.unread = unread;
            Optional<UploadPage.Targets> page =
                    isForm(request) || isComingBack(request) ? targets.apply(request) : Optional.empty();
            this.uploadResponse = new UploadResponse(engine, watchdog, request, response, page);
        }

        void refuse(RefusedException refusal) throws IOException {
            if (unread) {
                uploadResponse.refuseUnread(refusal, refusedBodies);
            } else {
                uploadResponse.refuseEmpty(refusal);
            }
        }

        /** Responds when {@code prepared} is complete. No thread waits for that where the container can do without. */
        void give(CompletableFuture<Supplier<byte[]>> prepared) throws IOException, RefusedException {
            if (!request.isAsyncSupported()) {
                uploadResponse.writeBody(awaited(prepared).get(), Fate.INDIFFERENT);
                return;
            }
            Completion completion = Completion.start(request, response, unread, refusedBodies);
            var unused = prepared.whenCompleteAsync(
                    (body, failure) -> {
                        if (failure == null) {
                            uploadResponse.writeBodyAsync(
                                    body, UploadLimits.defaults(), Fate.INDIFFERENT, completion::responded);
                        } else {
                            refuseLate(failure, completion);
                        }
                    },
                    last -> UploadCall.surely(engine.executor(), last));
        }

        private void refuseLate(Throwable failure, Completion completion) {
            try {
                refuse(UploadResponse.refusalOf(failure));
            } catch (IOException | IllegalStateException e) {
                LOG.log(Level.DEBUG, "the client left before it got its refusal: " + e);
            } finally {
                completion.responded();
            }
        }

        private byte[] describe(DirectUploads.Begun begun) {
            ObjectNode json = StrictJson.object()
                    .put("method", begun.write().method())
                    .put("url", begun.write().url().toString());
            ObjectNode fields = json.putObject("fields");
            begun.write().fields().forEach(fields::put);
            json.put("expiresAt", begun.write().expiresAt().toString());
            json.put("record", UploadUrls.below(request, begun.token())); // relative: proxies rename paths
            return prepare(HttpServletResponse.SC_CREATED, json);
        }

        private byte[] formFor(DirectForm form, DirectUploads.Begun begun) {
            form.carryOn(uploadResponse);
            return uploadResponse.prepareStoreForm(
                    begun.write().url(), begun.write().fields());
        }

        private byte[] pageOf(DirectForm form, IssuedReceipt issued) {
            form.carryOn(uploadResponse);
            form.beginNext(uploadResponse, "../direct"); // relative: proxies rename paths
            return uploadResponse.prepare(List.of(issued));
        }

        /** @param issued empty if the host is still measuring the upload */
        private byte[] tell(Optional<IssuedReceipt> issued) {
            if (issued.isPresent()) {
                return uploadResponse.prepare(List.of(issued.get()));
            }
            ObjectNode json = StrictJson.object();
            json.putArray("receipts");
            response.setHeader("Retry-After", "1");
            return prepare(HttpServletResponse.SC_ACCEPTED, json);
        }

        private byte[] prepare(int status, ObjectNode json) {
            return Responses.prepare(response, status, "application/json", json.toString());
        }
    }

    private static <T> T awaited(CompletableFuture<T> future) throws RefusedException {
        WaitingThreads.enter();
        try {
            return future.join();
        } catch (CompletionException e) {
            throw UploadResponse.refusalOf(e);
        } finally {
            WaitingThreads.leave();
        }
    }
}
