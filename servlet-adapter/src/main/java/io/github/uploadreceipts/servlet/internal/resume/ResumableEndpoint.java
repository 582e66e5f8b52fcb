package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.Append;
import io.github.uploadreceipts.internal.resume.Creation;
import io.github.uploadreceipts.internal.resume.Ending;
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
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.receive.AsyncReception;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.HandOverStatus;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.servlet.internal.resume.ResumableProtocol.AppendedBytes;
import io.github.uploadreceipts.servlet.internal.resume.ResumableProtocol.NewUpload;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
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

    /** How long opening an upload may take. All its bytes are hashed if another process has received them. */
    private static final Duration OPENING = Duration.ofMinutes(10);

    private final Engine engine;
    private final ResumableUploads uploads;
    private final UploadUrls urls;
    private final InFlight inFlight;
    private final Watchdog watchdog;

    /** Serves {@code uploads}. */
    public ResumableEndpoint(
            Engine engine, ResumableUploads uploads, UploadUrls urls, InFlight inFlight, Watchdog watchdog) {
        this.engine = engine;
        this.uploads = uploads;
        this.urls = urls;
        this.inFlight = inFlight;
        this.watchdog = watchdog;
    }

    /** Creates an upload, and appends the bytes of the request if it brings any. */
    public void create(UploadCall call, ResumableProtocol protocol, Admission admission)
            throws IOException, UploadRefusedException {
        NewUpload asked = protocol.readCreation(call.request(), call.hasBody());
        if (asked.creation().role() == Role.FINAL) {
            List<UploadResource> partials = partials(asked.partials());
            call.detach(
                    engine.executor(),
                    () -> call.resume(
                            uploads.receipts(admission, partials),
                            engine.executor(),
                            parts -> concatenate(
                                    call, protocol, admission, asked.creation().from(call.clientAddress()), parts)));
        } else {
            call.detach(engine.executor(), () -> create(call, protocol, admission, asked));
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

    private void create(UploadCall call, ResumableProtocol protocol, Admission admission, NewUpload asked)
            throws IOException, UploadRefusedException {
        Creation creation = asked.creation().from(call.clientAddress());
        boolean empty =
                creation.ending() == Ending.BY_LENGTH && creation.length().equals(Optional.of(0L));
        boolean hasBody = call.hasBody(); // asked before the store is, during which the request may end
        if (!hasBody && !empty) {
            Reply reply = new Created(call, protocol, uploads.create(admission, creation), false);
            send(call, reply, Status.created(creation.length(), admission.maxFileSize(), creation.role()));
            return;
        }
        Append append = uploads.begin(admission, creation);
        append.by(protocol.way());
        call.uploadResponse().about(append.resource().id());
        try {
            Reply reply = new Created(call, protocol, append.resource(), false);
            if (hasBody) {
                AppendedBytes first = new AppendedBytes(0, Optional.empty(), asked.checksum(), creation.ending());
                BodyParser body =
                        asked.bytes() ? new AppendBody(append) : new NoBytes(ResumableEndpoint::noBytesOfAFile);
                append(call, protocol, append, first, body, reply);
            } else {
                send(call, reply, append.complete());
            }
        } catch (IOException | UploadRefusedException | RuntimeException | Error e) {
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
        if (!call.isToRespond()) {
            reply.lost();
            return;
        }
        byte[] body;
        try {
            body = reply.prepare(status);
        } catch (RuntimeException | Error e) { // the container has ended the request
            reply.lost();
            throw e;
        }
        call.send(body, reply);
    }

    /**
     * Concatenates partial uploads. If that takes long, the client gets its response earlier, and can ask how far it
     * is.
     */
    private void concatenate(
            UploadCall call,
            ResumableProtocol protocol,
            Admission admission,
            Creation creation,
            List<IssuedReceipt> parts)
            throws UploadRefusedException {
        UploadResource resource = uploads.create(admission, creation, parts);
        Reply reply = new Created(call, protocol, resource, admission.ticket().isPresent());
        Status later = Status.created(Optional.empty(), admission.maxFileSize(), Role.FINAL);
        CompletableFuture<Status> made = uploads.concatenate(resource, parts)
                .copy()
                .completeOnTimeout(later, CONCATENATION_SECONDS, TimeUnit.SECONDS);
        CompletableFuture<?> responded = made.handleAsync(
                (status, failure) -> call.last(() -> respond(call, reply, status, failure)),
                task -> UploadCall.surely(engine.executor(), task));
        if (call.completion().isEmpty()) {
            responded.join();
        }
    }

    private static void respond(UploadCall call, Reply reply, @Nullable Status status, @Nullable Throwable failure) {
        if (status != null) {
            send(call, reply, status);
            return;
        }
        reply.lost();
        call.refuseLate(UploadResponse.refusalOf(failure));
    }

    /** Serves a request about an upload that exists. */
    public void serve(UploadCall call, ResumableProtocol protocol, UploadResource resource)
            throws IOException, UploadRefusedException {
        switch (call.method()) {
            case "HEAD", "GET" -> detach(call, resource, UploadCall.PATIENCE, () -> describe(call, protocol, resource));
            case "PATCH" -> patch(call, protocol, resource);
            case "DELETE" -> detach(call, resource, UploadCall.PATIENCE, () -> terminate(call, resource));
            default -> throw new IllegalArgumentException("not a method for an upload that exists");
        }
    }

    /** Does what a request asks of an upload, unless the request shows the ticket of another one. */
    private void detach(UploadCall call, UploadResource resource, Duration patience, UploadCall.Work work)
            throws IOException {
        Optional<String> ticket = TicketGate.shownId(engine, call.request());
        call.detach(engine.executor(), patience, () -> {
            if (ticket.isPresent()) {
                uploads.requireTicket(resource, ticket.get());
            }
            work.run();
        });
    }

    private void describe(UploadCall call, ResumableProtocol protocol, UploadResource resource)
            throws UploadRefusedException {
        Status status = uploads.status(resource, protocol.way());
        call.requireToRespond();
        protocol.describe(call.response(), resource, status);
        HandOverStatus.tell(engine, call.response(), status.receipt());
        call.complete();
    }

    /** Sends the receipt of a partial upload to a peer that concatenates it. */
    public void sendPartialReceipt(UploadCall call, UploadResource resource) throws IOException {
        // on this thread: a host whose executor is busy must not be taken for a silent one
        call.detach(Runnable::run, () -> {
            String token = uploads.partialReceipt(resource).token();
            call.requireToRespond();
            call.response().setHeader(RelayRequest.RECEIPT_FIELD, token);
            call.complete();
        });
    }

    private void terminate(UploadCall call, UploadResource resource) throws UploadRefusedException {
        uploads.terminate(resource);
        call.requireToRespond();
        call.response().setStatus(HttpServletResponse.SC_NO_CONTENT);
        call.complete();
    }

    private void patch(UploadCall call, ResumableProtocol protocol, UploadResource resource)
            throws IOException, UploadRefusedException {
        AppendedBytes asked = protocol.readAppend(call.request(), call.hasBody());
        detach(call, resource, OPENING, () -> {
            Reply reply = new Appended(engine, call, protocol, resource);
            Append append;
            try {
                append = uploads.open(resource);
                append.by(protocol.way());
            } catch (UploadRefusedException e) {
                if (e.problem().type() == ProblemType.UPLOAD_GONE) {
                    respondComplete(call, protocol, asked, uploads.status(resource, protocol.way()), reply);
                    return;
                }
                throw e;
            }
            append(call, protocol, append, asked, new AppendBody(append), reply);
        });
    }

    private void append(
            UploadCall call,
            ResumableProtocol protocol,
            Append append,
            AppendedBytes asked,
            BodyParser first,
            Reply reply)
            throws IOException, UploadRefusedException {
        try {
            if (asked.offset() == append.offset()) {
                append.declare(asked.ending(), asked.length());
                append.requireRoom(Math.max(0, call.request().getContentLengthLong()));
            }
            call.requireToRespond();
            requireOffset(call, protocol, asked.offset(), append.offset());
            if (asked.checksum().isPresent()) {
                append.holdBack();
            }
            BodyParser body = new CheckedBody(first, asked.checksum().stream().toList(), Optional.empty());
            receive(call, append.permit(), AppendExchange.Appending.to(append), body, reply, append::onTakenOver);
        } catch (IOException | UploadRefusedException | RuntimeException | Error e) {
            reply.lost();
            append.close();
            throw e;
        }
    }

    private static void requireOffset(UploadCall call, ResumableProtocol protocol, long sent, long actual)
            throws UploadRefusedException {
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
    private void respondComplete(
            UploadCall call, ResumableProtocol protocol, AppendedBytes asked, Status status, Reply reply)
            throws IOException, UploadRefusedException {
        call.requireToRespond();
        requireOffset(call, protocol, asked.offset(), status.offset());
        if (!call.hasBody()) {
            send(call, reply, status);
            return;
        }
        if (call.request().getContentLengthLong() > 0) {
            throw protocol.surplus();
        }
        UploadPermit permit = UploadPermit.anyone(UploadLimits.defaults());
        NoBytes body = new NoBytes(protocol::surplus);
        receive(call, permit, AppendExchange.Appending.done(status), body, reply, taken -> {});
    }

    private static UploadRefusedException noBytesOfAFile() {
        return new UploadRefusedException(Problem.of(
                ProblemType.UNSUPPORTED_CONTENT,
                "The body is not declared as the bytes of a file, and must be empty."));
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
        Reception reception =
                new Reception(engine, Way.RESUMABLE, admission, inFlight.enter(admission, call.clientAddress()));
        try {
            Receiver receiver = Receiver.of(call.request(), reception, body);
            AppendExchange exchange = new AppendExchange(engine.executor(), call, append, reception, reply);
            if (call.completion().isEmpty()) {
                receiver.receiveBlocking(exchange, watchdog);
                return;
            }
            receiver.invite(call.request());
            Completion completion = call.completion().get();
            AsyncReception<Status> async = new AsyncReception<>(completion, receiver, exchange, watchdog);
            takingOver.accept(() -> UploadCall.surely(engine.executor(), async::supersede));
            receiver.receive(completion, exchange, async);
        } catch (IOException | UploadRefusedException | RuntimeException | Error e) {
            reception.abandon();
            throw e;
        }
    }

    /** The response that an upload has been created, with its receipt if it is complete. */
    private final class Created implements Reply {

        private final UploadCall call;
        private final ResumableProtocol protocol;
        private final UploadResource resource;
        private final boolean repeatable;
        private volatile Optional<Long> offered = Optional.empty();

        /**
         * Creates the response.
         *
         * @param repeatable whether a client that repeats its request gets the same upload
         */
        Created(UploadCall call, ResumableProtocol protocol, UploadResource resource, boolean repeatable) {
            this.call = call;
            this.protocol = protocol;
            this.resource = resource;
            this.repeatable = repeatable;
            if (!repeatable) {
                uploads.hold(resource);
            }
        }

        @Override
        public byte[] prepare(Status status) {
            byte[] body = protocol.progress(call, true, resource, status);
            HandOverStatus.tell(engine, call.response(), status.receipt());
            offered = Optional.of(status.offset());
            call.response().setHeader("Location", urls.location(call, resource));
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
                offered.ifPresent(this::brokeOff); // without a response, the client was refused
                withdraw(resource);
            }
        }

        @Override
        public void brokeOff(long bytes) {
            if (!repeatable) {
                engine.tell(new UploadEvent.Abandoned(Optional.of(resource.id()), bytes));
            }
        }
    }

    /** The response that says how far an upload is. A client that does not get it can ask. */
    private record Appended(Engine engine, UploadCall call, ResumableProtocol protocol, UploadResource resource)
            implements Reply {

        @Override
        public byte[] prepare(Status status) {
            byte[] body = protocol.progress(call, false, resource, status);
            HandOverStatus.tell(engine, call.response(), status.receipt());
            return body;
        }

        @Override
        public void given() {}

        @Override
        public void lost() {}
    }
}
