package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.internal.receive.AsyncReception;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.receive.Watchdog;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.internal.resume.Append;
import io.github.uploadreceipts.internal.resume.ResumableUploads;
import io.github.uploadreceipts.internal.resume.ResumableUploads.Creation;
import io.github.uploadreceipts.internal.resume.ResumableUploads.Role;
import io.github.uploadreceipts.internal.resume.ResumableUploads.Status;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.internal.peer.UploadResource;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves uploads that this host keeps and that come in several requests, by tus 1.0.0
 * (<a href="https://tus.io/protocols/resumable-upload">specification</a>).
 */
public final class TusUploads {

    /** All extensions but checksum-trailer, which is not every container's. */
    private static final String EXTENSIONS =
            "creation,creation-with-upload,creation-defer-length,expiration,checksum," + "termination,concatenation";

    private static final Logger LOG = System.getLogger(UploadFilter.class.getName());
    private static final Set<String> METHODS = Set.of("HEAD", "PATCH", "DELETE");
    private static final int JOIN_SECONDS = 5;
    private static final byte[] NO_BODY = {};

    private final UploadHost host;
    private final ResumableUploads uploads;
    private final ResourceTokens tokens;
    private final UploadUrls urls;
    private final InFlight inFlight;
    private final Watchdog watchdog;
    private final boolean trailers;

    /** @param trailers whether clients are told that the container passes trailer fields on */
    TusUploads(
            UploadHost host,
            ResumableUploads uploads,
            UploadUrls urls,
            InFlight inFlight,
            Watchdog watchdog,
            boolean trailers) {
        this.host = host;
        this.uploads = uploads;
        this.tokens = urls.tokens();
        this.urls = urls;
        this.inFlight = inFlight;
        this.watchdog = watchdog;
        this.trailers = trailers;
    }

    /** Says what can be done here. */
    public void describe(HttpServletResponse response, Optional<UploadPermit> permit) {
        response.setHeader("Tus-Version", TusRequest.VERSION);
        response.setHeader("Tus-Extension", trailers ? EXTENSIONS + ",checksum-trailer" : EXTENSIONS);
        response.setHeader("Tus-Checksum-Algorithm", Checksum.ALGORITHMS);
        permit.ifPresent(known -> response.setHeader("Tus-Max-Size", Long.toString(known.maxFileSize())));
    }

    /** Creates an upload, with its first bytes if the request brings any. */
    void create(UploadCall call, UploadPermit permit) throws IOException, UploadRefusedException {
        HttpServletRequest request = call.request();
        TusRequest tus = new TusRequest(request);
        UploadMetadata metadata = tus.metadata();
        Optional<String> concat = tus.concat();
        String note = new TusNote(concat.orElse(""), metadata.text()).toString();
        if (concat.isPresent() && concat.get().startsWith("final")) {
            if (request.getHeader("Upload-Length") != null) {
                throw new UploadRefusedException(Problem.of(
                        ProblemType.MALFORMED_REQUEST, "The length of a final upload is that of its parts."));
            }
            List<UploadResource> pieces = pieces(concat.get());
            Creation creation =
                    new Creation(metadata.name(), metadata.type(), Optional.empty(), Optional.of(note), Role.JOINED);
            call.detach(host.executor(), () -> createJoined(call, permit, creation, pieces));
            return;
        }
        Creation creation = new Creation(
                metadata.name(),
                metadata.type(),
                tus.length(),
                Optional.of(note),
                concat.isPresent() ? Role.PIECE : Role.WHOLE);
        Optional<Checksum> checksum = Checksum.of(request);
        if (call.hasBody()) {
            tus.requireBytes();
        }
        call.detach(host.executor(), () -> create(call, permit, creation, checksum));
    }

    private List<UploadResource> pieces(String concat) throws UploadRefusedException {
        List<UploadResource> pieces = new ArrayList<>();
        for (String token : TusRequest.pieces(concat)) {
            try {
                pieces.add(tokens.verify(token));
            } catch (TokenRefusedException e) {
                LOG.log(Level.INFO, "an upload URL is refused: {0}", e.reason());
                throw new UploadRefusedException(
                        Problem.of(e.problem().type(), "There is no such upload, of which another could be made."));
            }
        }
        return pieces;
    }

    private void create(UploadCall call, UploadPermit permit, Creation creation, Optional<Checksum> checksum)
            throws IOException, UploadRefusedException {
        boolean empty = creation.length().equals(Optional.of(0L));
        if (!call.hasBody() && !empty) {
            Created answering = new Created(call, uploads.create(permit, creation), false);
            send(
                    call,
                    answering,
                    new Status(0, creation.length(), Optional.empty(), creation.role(), false, Optional.empty()));
            return;
        }
        Append append = uploads.begin(permit, creation);
        try {
            Created answering = new Created(call, append.resource(), false);
            if (call.hasBody()) {
                append(call, append, 0, Optional.empty(), checksum, answering);
            } else {
                send(call, answering, append.complete());
            }
        } catch (IOException | UploadRefusedException | RuntimeException e) {
            withdraw(append.resource());
            append.close();
            throw e;
        }
    }

    /** Of what nobody knows the URL nothing stays. */
    private void withdraw(UploadResource resource) {
        try {
            uploads.withdraw(resource);
        } catch (UploadRefusedException e) {
            LOG.log(Level.DEBUG, "upload {0} is gone already: {1}", resource.id(), e.getMessage());
        }
    }

    private void send(UploadCall call, AppendExchange.Answering answering, Status status) {
        byte[] body = answering.prepare(status);
        if (call.context().isPresent()) {
            call.answer().writeBodyAsync(body, answering::lost, call::complete);
        } else {
            call.answer().writeBody(body, answering::lost);
        }
    }

    /** If making the whole takes long, the client is told before that it will be made. */
    private void createJoined(UploadCall call, UploadPermit permit, Creation creation, List<UploadResource> pieces)
            throws UploadRefusedException {
        UploadResource resource = uploads.create(permit, creation, pieces);
        Created answering = new Created(call, resource, permit.ticket().isPresent());
        Status later = new Status(0, Optional.empty(), Optional.empty(), Role.JOINED, false, Optional.empty());
        CompletableFuture<Status> joined =
                uploads.join(resource).copy().completeOnTimeout(later, JOIN_SECONDS, TimeUnit.SECONDS);
        CompletableFuture<?> answered = joined.handleAsync(
                (status, failure) -> answerJoined(call, answering, status, failure),
                task -> AppendExchange.surely(host.executor(), task));
        if (call.context().isEmpty()) {
            answered.join();
        }
    }

    private Void answerJoined(
            UploadCall call, Created answering, @Nullable Status status, @Nullable Throwable failure) {
        if (status != null) {
            send(call, answering, status);
            return null;
        }
        answering.lost();
        call.refuseLate(UploadResponse.refusalOf(failure));
        return null;
    }

    /** Serves a request about an upload that exists. */
    public void serve(UploadCall call, UploadResource resource) throws IOException, UploadRefusedException {
        requireMethod(call);
        switch (call.method()) {
            case "HEAD" -> call.detach(host.executor(), () -> head(call, resource));
            case "PATCH" -> patch(call, resource);
            default -> call.detach(host.executor(), () -> delete(call, resource));
        }
    }

    /** Checks that the method is one for an upload that exists. */
    public static void requireMethod(UploadCall call) throws UploadRefusedException {
        if (!METHODS.contains(call.method())) {
            call.response().setHeader("Allow", "HEAD, PATCH, DELETE, OPTIONS");
            throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
        }
    }

    private void head(UploadCall call, UploadResource resource) throws UploadRefusedException {
        new TusResponse(call.response()).describe(resource, uploads.status(resource));
        call.complete();
    }

    /** Tells a peer, which makes a whole of pieces, what proves this one. */
    public void prove(UploadCall call, UploadResource resource) throws IOException {
        // on this thread: hosts that wait for each other's proofs would be waiting for each other's executors
        call.detach(Runnable::run, () -> {
            call.response()
                    .setHeader("Upload-Receipt", uploads.pieceReceipt(resource).token());
            call.complete();
        });
    }

    private void delete(UploadCall call, UploadResource resource) throws UploadRefusedException {
        uploads.delete(resource);
        call.response().setStatus(HttpServletResponse.SC_NO_CONTENT);
        call.complete();
    }

    private void patch(UploadCall call, UploadResource resource) throws IOException, UploadRefusedException {
        TusRequest tus = new TusRequest(call.request());
        tus.requireBytes();
        long offset = tus.offset();
        Optional<Long> length = tus.declaredLength();
        Optional<Checksum> checksum = Checksum.of(call.request());
        call.detach(host.executor(), () -> {
            Appended answering = new Appended(call, resource);
            Append append;
            try {
                append = uploads.open(resource);
            } catch (UploadRefusedException e) {
                if (e.problem().type() == ProblemType.UPLOAD_GONE) {
                    answerComplete(call, offset, uploads.status(resource), answering);
                    return;
                }
                throw e;
            }
            append(call, append, offset, length, checksum, answering);
        });
    }

    private void append(
            UploadCall call,
            Append append,
            long offset,
            Optional<Long> length,
            Optional<Checksum> checksum,
            AppendExchange.Answering answering)
            throws IOException, UploadRefusedException {
        try {
            requireOffset(call, offset, append.offset());
            if (length.isPresent()) {
                append.declareLength(length.get());
            }
            append.requireRoom(Math.max(0, call.request().getContentLengthLong()));
            if (checksum.isPresent()) {
                append.holdBack();
            }
            AppendExchange.Appending appending = new AppendExchange.Appending() {
                @Override
                public Status complete() throws UploadRefusedException {
                    return append.complete();
                }

                @Override
                public void close() {
                    append.close();
                }
            };
            BodyParser body = new AppendBody(append, checksum);
            receive(call, append.permit(), appending, body, answering, append::onTakenOver);
        } catch (IOException | UploadRefusedException | RuntimeException e) {
            answering.lost();
            append.close();
            throw e;
        }
    }

    private static void requireOffset(UploadCall call, long said, long actual) throws UploadRefusedException {
        if (said != actual) {
            new TusResponse(call.response()).offset(actual);
            throw new UploadRefusedException(
                    Problem.limit(ProblemType.OFFSET_MISMATCH, "The upload goes on at " + actual + ".", actual, said));
        }
    }

    /**
     * The answer to the last bytes may have been lost. A body in chunks may be empty, and is taken to its end, for a client
     * that waits to be invited takes no other answer.
     */
    private void answerComplete(UploadCall call, long offset, Status status, AppendExchange.Answering answering)
            throws IOException, UploadRefusedException {
        requireOffset(call, offset, status.offset());
        if (!call.hasBody()) {
            send(call, answering, status);
            return;
        }
        if (call.request().getContentLengthLong() > 0) {
            throw surplus();
        }
        AppendExchange.Appending nothing = new AppendExchange.Appending() {
            @Override
            public Status complete() {
                return status;
            }

            @Override
            public void close() {}
        };
        receive(call, UploadPermit.anyone(UploadLimits.defaults()), nothing, new Nothing(), answering, taken -> {});
    }

    private static UploadRefusedException surplus() {
        return new UploadRefusedException(Problem.of(ProblemType.FILE_TOO_LARGE, "The upload is complete."));
    }

    /** A body that must be empty. */
    private static final class Nothing implements BodyParser {

        @Override
        public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
            throw surplus();
        }

        @Override
        public void end() {}
    }

    private void receive(
            UploadCall call,
            UploadPermit permit,
            AppendExchange.Appending append,
            BodyParser body,
            AppendExchange.Answering answering,
            Consumer<Runnable> takingOver)
            throws IOException, UploadRefusedException {
        HttpServletRequest request = call.request();
        Reception reception = new Reception(host, permit, inFlight.enter(permit, call.clientAddress()));
        try {
            Receiver receiver = Receiver.of(request, reception, body);
            AppendExchange exchange = new AppendExchange(host, call, append, reception, answering);
            if (call.context().isEmpty()) {
                receiver.receiveBlocking(exchange);
                return;
            }
            receiver.invite(request);
            AsyncContext context = call.context().get();
            AsyncReception<Status> async = new AsyncReception<>(context, receiver, exchange, watchdog);
            takingOver.accept(() -> AppendExchange.surely(host.executor(), async::supersede));
            receiver.receive(context, exchange, async);
        } catch (IOException | UploadRefusedException | RuntimeException e) {
            reception.abandon();
            throw e;
        }
    }

    /** Says that an upload is created, and its receipt if it is complete. */
    private final class Created implements AppendExchange.Answering {

        private final UploadCall call;
        private final UploadResource resource;
        private final boolean repeatable;
        private final String location;

        /** @param repeatable whether who asks again is given the same upload */
        Created(UploadCall call, UploadResource resource, boolean repeatable) {
            this.call = call;
            this.resource = resource;
            this.repeatable = repeatable;
            this.location = urls.location(call, resource);
        }

        @Override
        public byte[] prepare(Status status) {
            HttpServletResponse response = call.response();
            byte[] body = status.receipt().isPresent()
                    ? call.answer().prepare(List.of(status.receipt().get()))
                    : NO_BODY;
            new TusResponse(response).progress(HttpServletResponse.SC_CREATED, resource, status);
            response.setHeader("Location", location);
            return body;
        }

        /** Nobody knows the URL, so nobody can go on, unless it was given to somebody before, or will be. */
        @Override
        public void lost() {
            if (!repeatable) {
                withdraw(resource);
            }
        }
    }

    private static final class Appended implements AppendExchange.Answering {

        private final UploadCall call;
        private final UploadResource resource;

        Appended(UploadCall call, UploadResource resource) {
            this.call = call;
            this.resource = resource;
        }

        @Override
        public byte[] prepare(Status status) {
            new TusResponse(call.response()).progress(HttpServletResponse.SC_NO_CONTENT, resource, status);
            return NO_BODY;
        }

        @Override
        public void lost() {
            // the client will ask
        }
    }
}
