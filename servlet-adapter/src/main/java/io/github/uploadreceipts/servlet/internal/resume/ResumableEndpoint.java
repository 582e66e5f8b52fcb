package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.Append;
import io.github.uploadreceipts.internal.resume.Creation;
import io.github.uploadreceipts.internal.resume.ResumableUploads;
import io.github.uploadreceipts.internal.resume.Role;
import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.receive.AsyncReception;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.receive.Watchdog;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.servlet.internal.resume.ResumableProtocol.AppendedBytes;
import io.github.uploadreceipts.servlet.internal.resume.ResumableProtocol.NewUpload;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Serves the resumable uploads that this host keeps, whatever the protocol of the request. */
public final class ResumableEndpoint {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    /** How long a client waits for its concatenation before it gets a response. */
    private static final int CONCATENATION_SECONDS = 5;

    private static final NoBytes COMPLETE =
            new NoBytes(Problem.of(ProblemType.FILE_TOO_LARGE, "The upload is complete."));
    private static final NoBytes NO_BYTES_OF_A_FILE = new NoBytes(Problem.of(
            ProblemType.UNSUPPORTED_CONTENT, "The body is not declared as the bytes of a file, and must be empty."));

    private final Engine engine;
    private final ResumableUploads uploads;
    private final ResumableProtocol protocol;
    private final UploadUrls urls;
    private final InFlight inFlight;
    private final Watchdog watchdog;

    /** Serves {@code uploads} in {@code protocol}. */
    public ResumableEndpoint(
            Engine engine,
            ResumableUploads uploads,
            ResumableProtocol protocol,
            UploadUrls urls,
            InFlight inFlight,
            Watchdog watchdog) {
        this.engine = engine;
        this.uploads = uploads;
        this.protocol = protocol;
        this.urls = urls;
        this.inFlight = inFlight;
        this.watchdog = watchdog;
    }

    /** Creates an upload, and appends the bytes of the request if it brings any. */
    public void create(UploadCall call, Admission admission) throws IOException, UploadRefusedException {
        NewUpload asked = protocol.readCreation(call.request(), call.hasBody());
        if (asked.creation().role() == Role.FINAL) {
            List<UploadResource> partials = partials(asked.partials());
            call.detach(engine.executor(), () -> concatenate(call, admission, asked.creation(), partials));
        } else {
            call.detach(engine.executor(), () -> create(call, admission, asked));
        }
    }

    private List<UploadResource> partials(List<String> tokens) throws UploadRefusedException {
        List<UploadResource> partials = new ArrayList<>();
        for (String token : tokens) {
            try {
                partials.add(urls.tokens().verify(token));
            } catch (TokenRefusedException e) {
                LOG.log(Level.INFO, "an upload URL is refused: {0}", e.explanation());
                throw new UploadRefusedException(
                        Problem.of(e.problem().type(), "This is about an upload to concatenate."));
            }
        }
        return partials;
    }

    private void create(UploadCall call, Admission admission, NewUpload asked)
            throws IOException, UploadRefusedException {
        Creation creation = asked.creation();
        boolean empty = creation.length().equals(Optional.of(0L));
        if (!call.hasBody() && !empty) {
            Reply reply = new Created(call, uploads.create(admission, creation), false);
            send(call, reply, Status.created(creation.length(), creation.role()));
            return;
        }
        Append append = uploads.begin(admission, creation);
        try {
            Reply reply = new Created(call, append.resource(), false);
            if (call.hasBody()) {
                BodyParser body = asked.bytes() ? new AppendBody(append, asked.checksum()) : NO_BYTES_OF_A_FILE;
                append(call, append, new AppendedBytes(0, Optional.empty(), asked.checksum()), body, reply);
            } else {
                send(call, reply, append.complete());
            }
        } catch (IOException | UploadRefusedException | RuntimeException e) {
            withdraw(append.resource());
            append.close();
            throw e;
        }
    }

    /** Withdraws an upload whose URL nobody knows. */
    private void withdraw(UploadResource resource) {
        try {
            uploads.withdraw(resource);
        } catch (UploadRefusedException e) {
            LOG.log(Level.DEBUG, "upload {0} is gone already: {1}", resource.id(), e.getMessage());
        }
    }

    private static void send(UploadCall call, Reply reply, Status status) {
        call.send(reply.prepare(status), reply);
    }

    /**
     * Concatenates partial uploads. If that takes long, the client gets its response earlier, and can ask how far it
     * is.
     */
    private void concatenate(UploadCall call, Admission admission, Creation creation, List<UploadResource> partials)
            throws UploadRefusedException {
        UploadResource resource = uploads.create(admission, creation, partials);
        Reply reply = new Created(call, resource, admission.ticket().isPresent());
        Status later = Status.created(Optional.empty(), Role.FINAL);
        CompletableFuture<Status> made =
                uploads.concatenate(resource).copy().completeOnTimeout(later, CONCATENATION_SECONDS, TimeUnit.SECONDS);
        CompletableFuture<?> responded = made.handleAsync(
                (status, failure) -> respond(call, reply, status, failure),
                task -> UploadCall.surely(engine.executor(), task));
        if (call.completion().isEmpty()) {
            responded.join();
        }
    }

    private static Void respond(UploadCall call, Reply reply, @Nullable Status status, @Nullable Throwable failure) {
        if (status != null) {
            send(call, reply, status);
            return null;
        }
        reply.lost();
        call.refuseLate(UploadResponse.refusalOf(failure));
        return null;
    }

    /** Serves a request about an upload that exists. */
    public void serve(UploadCall call, UploadResource resource) throws IOException, UploadRefusedException {
        switch (call.method()) {
            case "HEAD" -> detach(call, resource, () -> head(call, resource));
            case "PATCH" -> patch(call, resource);
            case "DELETE" -> detach(call, resource, () -> terminate(call, resource));
            default -> throw new IllegalArgumentException("not a method for an upload that exists");
        }
    }

    /** Does what a request asks of an upload, unless the request shows the ticket of another one. */
    private void detach(UploadCall call, UploadResource resource, UploadCall.Work work) throws IOException {
        Optional<String> ticket = TicketGate.shownId(engine, call.request());
        call.detach(engine.executor(), () -> {
            if (ticket.isPresent()) {
                uploads.requireTicket(resource, ticket.get());
            }
            work.run();
        });
    }

    private void head(UploadCall call, UploadResource resource) throws UploadRefusedException {
        protocol.describe(call.response(), resource, uploads.status(resource));
        call.complete();
    }

    /** Sends the receipt of a partial upload to a peer that concatenates it. */
    public void sendPartialReceipt(UploadCall call, UploadResource resource) throws IOException {
        // on this thread: hosts that wait for each other's receipts would otherwise wait for each other's executors
        call.detach(Runnable::run, () -> {
            call.response()
                    .setHeader(
                            RelayRequest.RECEIPT_FIELD,
                            uploads.partialReceipt(resource).token());
            call.complete();
        });
    }

    private void terminate(UploadCall call, UploadResource resource) throws UploadRefusedException {
        uploads.terminate(resource);
        call.response().setStatus(HttpServletResponse.SC_NO_CONTENT);
        call.complete();
    }

    private void patch(UploadCall call, UploadResource resource) throws IOException, UploadRefusedException {
        AppendedBytes asked = protocol.readAppend(call.request());
        detach(call, resource, () -> {
            Reply reply = new Appended(call, resource);
            Append append;
            try {
                append = uploads.open(resource);
            } catch (UploadRefusedException e) {
                if (e.problem().type() == ProblemType.UPLOAD_GONE) {
                    respondComplete(call, asked.offset(), uploads.status(resource), reply);
                    return;
                }
                throw e;
            }
            append(call, append, asked, new AppendBody(append, asked.checksum()), reply);
        });
    }

    private void append(UploadCall call, Append append, AppendedBytes asked, BodyParser body, Reply reply)
            throws IOException, UploadRefusedException {
        try {
            requireOffset(call, asked.offset(), append.offset());
            if (asked.length().isPresent()) {
                append.declareLength(asked.length().get());
            }
            append.requireRoom(Math.max(0, call.request().getContentLengthLong()));
            if (asked.checksum().isPresent()) {
                append.holdBack();
            }
            receive(call, append.permit(), AppendExchange.Appending.to(append), body, reply, append::onTakenOver);
        } catch (IOException | UploadRefusedException | RuntimeException e) {
            reply.lost();
            append.close();
            throw e;
        }
    }

    private void requireOffset(UploadCall call, long sent, long actual) throws UploadRefusedException {
        if (sent != actual) {
            protocol.offset(call.response(), actual);
            throw new UploadRefusedException(
                    Problem.limit(ProblemType.OFFSET_MISMATCH, "The upload resumes at " + actual + ".", actual, sent));
        }
    }

    /**
     * Responds to an append to an upload that is complete: the response to its last bytes may have been lost. A body in
     * chunks may be empty. It is read to its end, because a client that waits for 100 (Continue) accepts no other
     * response before it.
     */
    private void respondComplete(UploadCall call, long offset, Status status, Reply reply)
            throws IOException, UploadRefusedException {
        requireOffset(call, offset, status.offset());
        if (!call.hasBody()) {
            send(call, reply, status);
            return;
        }
        if (call.request().getContentLengthLong() > 0) {
            throw new UploadRefusedException(COMPLETE.otherwise());
        }
        UploadPermit permit = UploadPermit.anyone(UploadLimits.defaults());
        receive(call, permit, AppendExchange.Appending.done(status), COMPLETE, reply, taken -> {});
    }

    /**
     * A body that must be empty.
     *
     * @param otherwise the problem if it is not
     */
    private record NoBytes(Problem otherwise) implements BodyParser {

        @Override
        public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
            throw new UploadRefusedException(otherwise);
        }

        @Override
        public void end() {}
    }

    private void receive(
            UploadCall call,
            UploadPermit permit,
            AppendExchange.Appending append,
            BodyParser body,
            Reply reply,
            Consumer<Runnable> takingOver)
            throws IOException, UploadRefusedException {
        Admission admission = Admission.of(permit);
        Reception reception = new Reception(engine, admission, inFlight.enter(admission, call.clientAddress()));
        try {
            Receiver receiver = Receiver.of(call.request(), reception, body);
            AppendExchange exchange = new AppendExchange(engine.executor(), call, append, reception, reply);
            if (call.completion().isEmpty()) {
                receiver.receiveBlocking(exchange);
                return;
            }
            receiver.invite(call.request());
            Completion completion = call.completion().get();
            AsyncReception<Status> async = new AsyncReception<>(completion, receiver, exchange, watchdog);
            takingOver.accept(() -> UploadCall.surely(engine.executor(), async::supersede));
            receiver.receive(completion, exchange, async);
        } catch (IOException | UploadRefusedException | RuntimeException e) {
            reception.abandon();
            throw e;
        }
    }

    /** The response that an upload has been created, with its receipt if it is complete. */
    private final class Created implements Reply {

        private static final byte[] NO_BODY = {};

        private final UploadCall call;
        private final UploadResource resource;
        private final boolean repeatable;
        private final String location;

        /**
         * Creates the response.
         *
         * @param repeatable whether a client that repeats its request gets the same upload
         */
        Created(UploadCall call, UploadResource resource, boolean repeatable) {
            this.call = call;
            this.resource = resource;
            this.repeatable = repeatable;
            this.location = urls.location(call, resource);
            if (!repeatable) {
                uploads.hold(resource);
            }
        }

        @Override
        public byte[] prepare(Status status) {
            HttpServletResponse response = call.response();
            byte[] body = status.receipt().isPresent()
                    ? call.uploadResponse().prepare(List.of(status.receipt().get()))
                    : NO_BODY;
            protocol.progress(response, HttpServletResponse.SC_CREATED, resource, status);
            response.setHeader("Location", location);
            return body;
        }

        @Override
        public void given() {
            uploads.keep(resource);
        }

        /**
         * Withdraws the upload, because nobody knows its URL and can resume it. A repeatable one stays: the client may
         * have got its URL before, or may ask for it again.
         */
        @Override
        public void lost() {
            if (!repeatable) {
                withdraw(resource);
            }
        }
    }

    /** The response that says how far an upload is. A client that does not get it can ask. */
    private final class Appended implements Reply {

        private static final byte[] NO_BODY = {};

        private final UploadCall call;
        private final UploadResource resource;

        Appended(UploadCall call, UploadResource resource) {
            this.call = call;
            this.resource = resource;
        }

        @Override
        public byte[] prepare(Status status) {
            protocol.progress(call.response(), HttpServletResponse.SC_NO_CONTENT, resource, status);
            return NO_BODY;
        }

        @Override
        public void given() {}

        @Override
        public void lost() {}
    }
}
