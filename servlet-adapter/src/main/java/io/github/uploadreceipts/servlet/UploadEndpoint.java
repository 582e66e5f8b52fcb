package io.github.uploadreceipts.servlet;

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
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.servlet.internal.response.UploadPage;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.servlet.internal.resume.TusRequest;
import io.github.uploadreceipts.servlet.internal.resume.TusResponse;
import io.github.uploadreceipts.servlet.internal.resume.TusUploads;
import io.github.uploadreceipts.servlet.internal.resume.UploadUrls;
import io.github.uploadreceipts.internal.resume.ResumableUploads;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.internal.http.ContentDisposition;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.RelayTokens;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.internal.peer.UploadResource;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Where uploads arrive: finds out what a request is, whether it is permitted, and who serves it. */
final class UploadEndpoint {

    private static final Logger LOG = System.getLogger(UploadFilter.class.getName());
    private static final String FILE_FIELD = "file";
    private static final String ALLOW = "POST, PUT, OPTIONS";

    private final UploadHost host;
    private final UploadSettings settings;
    private final InFlight inFlight = new InFlight();
    private final Watchdog watchdog;
    private final ResourceTokens resources;
    private final RelayTokens relays;
    private final Relaying relaying;
    private final Optional<TusUploads> tus;

    UploadEndpoint(UploadHost host, UploadSettings settings) {
        this.host = host;
        this.settings = settings;
        this.watchdog = new Watchdog(host);
        this.resources = new ResourceTokens(host.keyRing(), host.clock());
        this.relays = new RelayTokens(host.keyRing(), host.clock());
        this.relaying = new Relaying(host);
        UploadUrls urls = new UploadUrls(resources, settings.publicUrl());
        this.tus = host.resumable()
                .map(uploads -> new TusUploads(host, uploads, urls, inFlight, watchdog, settings.checksumTrailers()));
    }

    /** Ends what waits for clients. */
    void stop() {
        watchdog.stop();
    }

    /** Responses a request, or sees to it that it is answered. */
    void serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (Cors.isPreflight(request)) {
            settings.cors().answerPreflight(request, response);
            return;
        }
        settings.cors().apply(request, response);
        UploadResponse answer = new UploadResponse(host, request, response, pageTargets(request));
        try {
            if (TusRequest.isMeant(request) && !request.getMethod().equals("OPTIONS")) {
                new TusResponse(response).begin();
            }
            if (isInternal(request)) {
                serveRelayed(request, response, answer);
            } else {
                serve(new UploadCall(request, response, answer, Optional.empty()));
            }
        } catch (RefusedException e) {
            new UploadCall(request, response, answer, Optional.empty()).refuse(e);
        }
    }

    private static boolean isInternal(HttpServletRequest request) {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        return path.equals(RelayRequest.PATH);
    }

    /** A peer's requests are served here, and never passed on. */
    private void serveRelayed(HttpServletRequest request, HttpServletResponse response, UploadResponse answer)
            throws IOException, RefusedException {
        settings.gate().require(request);
        String token = request.getHeader(RelayRequest.FIELD);
        if (token == null) {
            throw new UploadRefusedException(Problem.of(ProblemType.PEER_TOKEN_REFUSED));
        }
        RelayRequest relayed = relays.verify(token, request.getMethod(), host.base());
        response.setHeader(RelayRequest.FIELD, RelayRequest.TAKEN);
        requirePlain(request);
        UploadCall call = new UploadCall(request, response, answer, Optional.of(relayed));
        if (relayed.resource().isPresent()) {
            serve(call, relayed.resource().get());
        } else if (relayed.purpose() == RelayRequest.Purpose.ASK) {
            host.requireOpen(permit(call));
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        } else {
            create(call);
        }
    }

    private void serve(UploadCall call) throws IOException, RefusedException {
        requirePlain(call.request());
        String last = UploadUrls.lastSegment(call.request());
        if (call.method().equals("OPTIONS")) {
            answerOptions(call);
        } else if (ResourceTokens.isMeant(last)) {
            new TusResponse(call.response()).begin();
            serve(call, resources.verify(last));
        } else if (call.method().equals("POST") || call.method().equals("PUT")) {
            create(call);
        } else {
            call.response().setHeader("Allow", ALLOW);
            throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
        }
    }

    private void answerOptions(UploadCall call) {
        HttpServletResponse response = call.response();
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        response.setHeader("Allow", ALLOW);
        tus.ifPresent(uploads -> uploads.describe(response, knownPermit(call)));
    }

    private Optional<UploadPermit> knownPermit(UploadCall call) {
        try {
            return Optional.of(permit(call));
        } catch (UploadRefusedException e) {
            return Optional.empty(); // it takes more than OPTIONS to know
        }
    }

    /** About an upload that exists, here or on another host. */
    private void serve(UploadCall call, UploadResource resource) throws IOException, RefusedException {
        TusUploads uploads = requireTus(call);
        boolean here = resource.owner().equals(host.base());
        boolean proof = call.relayed()
                .filter(relayed -> relayed.purpose() == RelayRequest.Purpose.PIECE)
                .isPresent();
        if (here && proof) {
            uploads.prove(call, resource);
        } else if (here) {
            requireVersion(call);
            uploads.serve(call, resource);
        } else if (call.relayed().isEmpty()) {
            requireVersion(call);
            relaying.toOwner(call, resource);
        } else {
            throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN));
        }
    }

    private TusUploads requireTus(UploadCall call) throws UploadRefusedException {
        new TusResponse(call.response()).begin();
        return tus.orElseThrow(() -> new UploadRefusedException(Problem.of(
                ProblemType.VERSION_NOT_SUPPORTED, "This host's store takes no uploads in several requests.")));
    }

    private static void requireVersion(UploadCall call) throws UploadRefusedException {
        try {
            new TusRequest(call.request()).requireVersion();
        } catch (UploadRefusedException e) {
            new TusResponse(call.response()).refuseVersion();
            throw e;
        }
    }

    private void create(UploadCall call) throws IOException, UploadRefusedException {
        Optional<TusUploads> inSeveral = Optional.empty();
        if (TusRequest.isMeant(call.request())) {
            inSeveral = Optional.of(requireTus(call));
            requireVersion(call);
        }
        UploadPermit permit = TicketGate.admit(host, permit(call), call.request());
        try {
            host.requireOpen(permit);
        } catch (UploadRefusedException e) {
            relaying.toAnyPeer(call, permit, e);
            return;
        }
        if (inSeveral.isPresent()) {
            inSeveral.get().create(call, permit);
        } else {
            receive(call, permit);
        }
    }

    private UploadPermit permit(UploadCall call) throws UploadRefusedException {
        if (call.relayed().isEmpty()) {
            return settings.policy().permit(call.request());
        }
        try {
            return ResumableUploads.permit(call.relayed().get().permit().orElseThrow());
        } catch (IllegalArgumentException e) {
            LOG.log(Level.WARNING, "a peer permits what this version does not understand: {0}", e.getMessage());
            throw new UploadRefusedException(Problem.of(ProblemType.PEER_TOKEN_REFUSED));
        }
    }

    /** Files that come whole. */
    private void receive(UploadCall call, UploadPermit permit) throws IOException, UploadRefusedException {
        HttpServletRequest request = call.request();
        Reception reception = new Reception(host, permit, inFlight.enter(permit, call.clientAddress()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            Receiver receiver = Receiver.of(request, reception, bodyParser(request, reception, call.answer()));
            NewUploads uploads = new NewUploads(reception, call.answer());
            if (!request.isAsyncSupported()) {
                receiver.receiveBlocking(uploads);
                return;
            }
            receiver.invite(request);
            AsyncContext context = request.startAsync(request, call.response());
            context.setTimeout(0);
            receiver.receive(context, uploads, new AsyncReception<>(context, receiver, uploads, watchdog));
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

    /** The body comes as it is, or in chunks. */
    private static void requirePlain(HttpServletRequest request) throws UploadRefusedException {
        List<String> codings = Collections.list(request.getHeaders("Transfer-Encoding"));
        if (codings.size() > 1 || !codings.stream().allMatch("chunked"::equalsIgnoreCase)) { // Undertow takes any
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "The one Transfer-Encoding is chunked."));
        }
        List<String> encodings = Collections.list(request.getHeaders("Content-Encoding"));
        if (!encodings.stream().allMatch(encoding -> encoding.strip().equalsIgnoreCase("identity"))) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the body without a Content-Encoding."));
        }
    }

    private BodyParser bodyParser(HttpServletRequest request, Reception reception, UploadResponse answer)
            throws UploadRefusedException {
        MediaType type = MediaType.parse(request.getContentType()).orElse(MediaType.OCTET_STREAM);
        if (type.essence().equals("multipart/form-data") && request.getMethod().equals("POST")) {
            return answer.isPage()
                    ? new CarriedForm(type, reception, host.receipts(), answer)
                    : MultipartParser.create(type, new FormParts(reception, part -> false));
        }
        if (type.essence().startsWith("multipart/")) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.UNSUPPORTED_CONTENT, "Of the multipart types only form-data is taken, by POST."));
        }
        String name = Optional.ofNullable(request.getHeader("Content-Disposition"))
                .flatMap(ContentDisposition::parse)
                .flatMap(ContentDisposition::fileName)
                .orElse("");
        return new RawBody(reception, name, request.getContentType(), request.getContentLengthLong());
    }
}
