package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.http.ContentDisposition;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.ResumableUploads;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.receive.AsyncReception;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.CarriedForm;
import io.github.uploadreceipts.servlet.internal.receive.FormParts;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import io.github.uploadreceipts.servlet.internal.receive.NewUploads;
import io.github.uploadreceipts.servlet.internal.receive.RawBody;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.receive.Watchdog;
import io.github.uploadreceipts.servlet.internal.relay.Relaying;
import io.github.uploadreceipts.servlet.internal.response.Cors;
import io.github.uploadreceipts.servlet.internal.response.UploadPage;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.servlet.internal.resume.RenamedEndpoint;
import io.github.uploadreceipts.servlet.internal.resume.ResumableEndpoint;
import io.github.uploadreceipts.servlet.internal.resume.ResumableProtocol;
import io.github.uploadreceipts.servlet.internal.resume.TusProtocol;
import io.github.uploadreceipts.servlet.internal.resume.UploadUrls;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The entrance for uploads: decides what a request asks for, whether it is permitted, and who serves it. */
final class UploadEndpoint {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    private static final String FILE_FIELD = "file";
    private static final String ALLOW = "POST, PUT, OPTIONS";
    private static final Set<String> RESUMING_METHODS = Set.of("HEAD", "PATCH", "DELETE");

    private final Engine engine;
    private final UploadSettings settings;
    private final InFlight inFlight = new InFlight();
    private final Watchdog watchdog;
    private final UploadUrls urls;
    private final RenamedEndpoint renamed = new RenamedEndpoint();
    private final ResumableProtocol protocol;
    private final Relaying relaying;
    private final Optional<ResumableEndpoint> resumable;

    UploadEndpoint(Engine engine, Optional<ResumableUploads> uploads, UploadSettings settings) {
        this.engine = engine;
        this.settings = settings;
        this.watchdog = new Watchdog(engine);
        this.urls = new UploadUrls(new ResourceTokens(engine.keyRing(), engine.clock()), settings.publicUrl());
        this.protocol = new TusProtocol(settings.checksumTrailers());
        this.relaying = new Relaying(engine, protocol);
        this.resumable = uploads.map(kept -> new ResumableEndpoint(engine, kept, protocol, urls, inFlight, watchdog));
    }

    /** Refuses the uploads that are still being received. */
    void stop() {
        watchdog.stop();
    }

    /** Serves a request, on this thread or asynchronously. */
    void serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (Cors.isPreflight(request)) {
            settings.cors().respondToPreflight(request, response);
            return;
        }
        settings.cors().apply(request, response);
        UploadResponse uploadResponse = new UploadResponse(engine, request, response, pageTargets(request));
        UploadCall call = new UploadCall(request, response, uploadResponse, Optional.empty());
        try {
            if (protocol.isMeant(request) && !request.getMethod().equals("OPTIONS")) {
                begin(call);
            }
            if (isInternal(request)) {
                call = relayedCall(request, response, uploadResponse);
                serveRelayed(call);
            } else {
                serve(call);
            }
        } catch (RefusedException e) {
            call.refuse(e);
        }
    }

    /** Makes the response one of the protocol, whatever becomes of the request. */
    private void begin(UploadCall call) {
        protocol.begin(call.response());
        call.uploadResponse().statuses(protocol::status);
    }

    private static boolean isInternal(HttpServletRequest request) {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        return path.equals(RelayRequest.PATH);
    }

    private UploadCall relayedCall(
            HttpServletRequest request, HttpServletResponse response, UploadResponse uploadResponse)
            throws IOException, RefusedException {
        settings.gate().require(request);
        String token = request.getHeader(RelayRequest.FIELD);
        if (token == null) {
            throw new UploadRefusedException(Problem.of(ProblemType.PEER_TOKEN_REFUSED));
        }
        RelayRequest relayed = engine.peers().tokens().verify(token, request.getMethod(), engine.own());
        response.setHeader(RelayRequest.FIELD, RelayRequest.TAKEN);
        return new UploadCall(request, response, uploadResponse, Optional.of(relayed));
    }

    /** Serves a request that a peer has relayed. It is never relayed a second time. */
    private void serveRelayed(UploadCall call) throws IOException, RefusedException {
        requirePlain(call.request());
        RelayRequest relayed = call.relayed().orElseThrow();
        if (relayed.resource().isPresent()) {
            serve(call, relayed.resource().get());
        } else if (relayed.purpose() == RelayRequest.Purpose.ASK) {
            engine.requireOpen(permit(call).limits());
            call.response().setStatus(HttpServletResponse.SC_NO_CONTENT);
        } else {
            create(call);
        }
    }

    private void serve(UploadCall call) throws IOException, RefusedException {
        requirePlain(call.request());
        if (settings.publicUrl().isEmpty()) {
            renamed.look(call.request());
        }
        String token = UploadUrls.token(call.request().getRequestURI());
        if (call.method().equals("OPTIONS")) {
            respondOptions(call);
        } else if (ResourceTokens.isMeant(token)) {
            begin(call);
            serve(call, urls.tokens().verify(token));
        } else if (call.method().equals("POST") || call.method().equals("PUT")) {
            create(call);
        } else {
            call.response().setHeader("Allow", ALLOW);
            throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
        }
    }

    private void respondOptions(UploadCall call) {
        HttpServletResponse response = call.response();
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        response.setHeader("Allow", ALLOW);
        if (resumable.isPresent()) {
            protocol.describe(response, knownAdmission(call));
        }
    }

    private Optional<Admission> knownAdmission(UploadCall call) {
        try {
            return Optional.of(Admission.of(permit(call)));
        } catch (UploadRefusedException e) {
            return Optional.empty(); // an OPTIONS request may lack what the policy looks at
        }
    }

    /** Serves a request about an upload that exists, on this host or on another. */
    private void serve(UploadCall call, UploadResource resource) throws IOException, RefusedException {
        ResumableEndpoint here = requireResumable(call);
        boolean ours = engine.isOwn(resource.owner());
        boolean forReceipt = call.relayed()
                .filter(relayed -> relayed.purpose() == RelayRequest.Purpose.PARTIAL_RECEIPT)
                .isPresent();
        if (!ours && call.relayed().isPresent()) {
            throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN));
        }
        if (ours && forReceipt) {
            here.sendPartialReceipt(call, resource);
            return;
        }
        protocol.requireVersion(call.request(), call.response());
        requireResumingMethod(call);
        if (ours) {
            here.serve(call, resource);
        } else {
            relaying.toOwner(call, resource);
        }
    }

    private static void requireResumingMethod(UploadCall call) throws UploadRefusedException {
        if (!RESUMING_METHODS.contains(call.method())) {
            call.response().setHeader("Allow", "HEAD, PATCH, DELETE, OPTIONS");
            call.uploadResponse().statuses(ProblemType::status); // the upload is there: its client must not forget it
            throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
        }
    }

    private ResumableEndpoint requireResumable(UploadCall call) throws UploadRefusedException {
        begin(call);
        return resumable.orElseThrow(() -> new UploadRefusedException(
                Problem.of(ProblemType.VERSION_NOT_SUPPORTED, "This host's store takes no resumable uploads.")));
    }

    private void create(UploadCall call) throws IOException, UploadRefusedException {
        Optional<ResumableEndpoint> asked = Optional.empty();
        if (protocol.isMeant(call.request())) {
            asked = Optional.of(requireResumable(call));
            protocol.requireVersion(call.request(), call.response());
        }
        Admission admission = TicketGate.admit(engine, permit(call), call.request());
        try {
            engine.requireOpen(admission.limits());
        } catch (UploadRefusedException e) {
            relaying.toAnyPeer(call, admission, e);
            return;
        }
        if (asked.isPresent()) {
            asked.get().create(call, admission);
        } else {
            receive(call, admission);
        }
    }

    private UploadPermit permit(UploadCall call) throws UploadRefusedException {
        if (call.relayed().isEmpty()) {
            return settings.policy().permit(call.request());
        }
        try {
            return PermitClaims.read(call.relayed().get().permit().orElseThrow());
        } catch (IllegalArgumentException e) {
            LOG.log(
                    Level.WARNING,
                    "a relayed request has a permit that this version does not understand: {0}",
                    e.getMessage());
            throw new UploadRefusedException(Problem.of(ProblemType.PEER_TOKEN_REFUSED));
        }
    }

    /** Receives files that come whole, in one request. */
    private void receive(UploadCall call, Admission admission) throws IOException, UploadRefusedException {
        HttpServletRequest request = call.request();
        Reception reception = new Reception(engine, admission, inFlight.enter(admission, call.clientAddress()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            Receiver receiver = Receiver.of(request, reception, bodyParser(call, reception));
            NewUploads uploads = new NewUploads(reception, call.uploadResponse());
            if (!request.isAsyncSupported()) {
                receiver.receiveBlocking(uploads);
                return;
            }
            receiver.invite(request);
            Completion completion = call.startAsync();
            receiver.receive(completion, uploads, new AsyncReception<>(completion, receiver, uploads, watchdog));
        } catch (IOException | UploadRefusedException | RuntimeException | Error e) {
            reception.abandon();
            throw e;
        }
    }

    private Optional<UploadPage.Targets> pageTargets(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        boolean wanted = accept != null && accept.toLowerCase(Locale.ROOT).contains("text/html");
        return wanted
                ? Optional.of(new UploadPage.Targets(FILE_FIELD, settings.finalForm(), settings.targetOrigin()))
                : Optional.empty();
    }

    /** Checks that the body is sent as it is, or in chunks. */
    private static void requirePlain(HttpServletRequest request) throws UploadRefusedException {
        if (ContainerManners.hasUnknownTransferCoding(request)) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "The only supported Transfer-Encoding is chunked."));
        }
        List<String> encodings = Collections.list(request.getHeaders("Content-Encoding"));
        if (!encodings.stream().allMatch(encoding -> encoding.strip().equalsIgnoreCase("identity"))) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the body without a Content-Encoding."));
        }
    }

    private BodyParser bodyParser(UploadCall call, Reception reception) throws UploadRefusedException {
        HttpServletRequest request = call.request();
        UploadResponse response = call.uploadResponse();
        MediaType type = MediaType.parse(request.getContentType()).orElse(MediaType.OCTET_STREAM);
        if (type.essence().equals("multipart/form-data") && call.method().equals("POST")) {
            return response.isPage()
                    ? new CarriedForm(type, reception, engine.receipts(), response)
                    : MultipartParser.create(type, new FormParts(reception, part -> false));
        }
        if (type.essence().startsWith("multipart/")) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.UNSUPPORTED_CONTENT, "The only supported multipart type is form-data, by POST."));
        }
        String name = Optional.ofNullable(request.getHeader("Content-Disposition"))
                .flatMap(ContentDisposition::parse)
                .flatMap(ContentDisposition::fileName)
                .orElse("");
        return new RawBody(reception, name, request.getContentType(), request.getContentLengthLong());
    }
}
