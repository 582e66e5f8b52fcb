package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.handover.HandOvers;
import io.github.uploadreceipts.internal.handover.WebhookFinish;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.ResumableUploads;
import io.github.uploadreceipts.internal.resume.StoredLocations;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.direct.DirectEndpoint;
import io.github.uploadreceipts.servlet.internal.events.StatusEvents;
import io.github.uploadreceipts.servlet.internal.handover.FinishEndpoint;
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
import io.github.uploadreceipts.servlet.internal.relay.PeerGate;
import io.github.uploadreceipts.servlet.internal.relay.Relaying;
import io.github.uploadreceipts.servlet.internal.response.Accept;
import io.github.uploadreceipts.servlet.internal.response.Cors;
import io.github.uploadreceipts.servlet.internal.response.ElementModule;
import io.github.uploadreceipts.servlet.internal.response.ProblemDetails;
import io.github.uploadreceipts.servlet.internal.response.UploadPage;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.servlet.internal.resume.IetfProtocol;
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
import java.util.Optional;
import java.util.Set;

/** The entrance for uploads: decides what a request asks for, whether it is permitted, and who serves it. */
final class UploadEndpoint {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    private static final String FILE_FIELD = "file";
    private static final String ALLOW = "POST, PUT, OPTIONS";
    /** How a browser sends a form that has no file in it, only a file's name. */
    private static final Set<String> FORMS_WITHOUT_FILES = Set.of("application/x-www-form-urlencoded", "text/plain");

    private static final String ADVICE_ON_FORMS = "This form sends the names of its files, but not the files. Write"
            + " <form method=\"post\" enctype=\"multipart/form-data\">. A program that sends a file as it is says"
            + " Accept: application/json.";

    private final Engine engine;
    private final UploadSettings settings;
    private final InFlight inFlight = new InFlight();
    private final PeerGate gate;
    private final Watchdog watchdog;
    private final RefusedBodies refusedBodies;
    private final UploadUrls urls;
    private final RenamedEndpoint renamed = new RenamedEndpoint();
    private final ResumableProtocol ietf;
    private final List<ResumableProtocol> protocols;
    private final Relaying relaying;
    private final Optional<ResumableEndpoint> resumable;
    private final StatusEvents events;
    private final FinishEndpoint finish;
    private final DirectEndpoint direct;

    UploadEndpoint(UploadHost host, UploadSettings settings) {
        this.engine = HostAccess.engine(host);
        HandOvers handOvers = HostAccess.handOvers(host);
        Optional<ResumableUploads> uploads = HostAccess.resumable(host);
        this.settings = settings;
        this.gate = settings.gate().orElseGet(() -> PeerGate.of(engine.peers().rules()));
        this.watchdog = new Watchdog(engine);
        this.refusedBodies = new RefusedBodies(settings.refusedBodies(), engine.timer(), Watchdog.newExecutor(engine));
        this.urls = new UploadUrls(new ResourceTokens(engine.keyRing(), engine.clock()), settings.publicUrl());
        this.ietf = IetfProtocol.of(engine.clock());
        this.protocols =
                List.of(new TusProtocol(settings.checksumTrailers()), ietf, IetfProtocol.ofVersion3(engine.clock()));
        this.relaying = new Relaying(engine, watchdog);
        StoredLocations locations = new StoredLocations(engine, uploads, urls.tokens());
        this.events = new StatusEvents(engine, handOvers, locations, watchdog);
        this.resumable = uploads.map(kept -> new ResumableEndpoint(engine, kept, urls, inFlight, watchdog));
        this.finish =
                new FinishEndpoint(engine, new WebhookFinish(engine, handOvers), inFlight, watchdog, refusedBodies);
        this.direct = new DirectEndpoint(
                engine,
                HostAccess.direct(host),
                settings.policy(),
                this::pageTargets,
                settings.publicUrl(),
                inFlight,
                watchdog,
                refusedBodies);
    }

    /** Refuses the uploads that are still being received. */
    void stop() {
        watchdog.stop();
        events.stop();
    }

    /** Serves a request, on this thread or asynchronously. */
    void serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String token = UploadUrls.token(request.getRequestURI());
        if (FinishEndpoint.isMeant(request, token)) {
            finish.serve(request, response, token);
            return;
        }
        if (Cors.isPreflight(request)) {
            settings.cors().respondToPreflight(request, response);
            return;
        }
        if (ElementModule.isMeant(request)) {
            ElementModule.serve(request, response, refusedBodies);
            return;
        }
        settings.cors().apply(request, response);
        if (DirectEndpoint.isMeant(request, token)) {
            direct.serve(request, response, token);
            return;
        }
        UploadResponse uploadResponse = new UploadResponse(engine, watchdog, request, response, pageTargets(request));
        UploadCall call = new UploadCall(request, response, uploadResponse, Optional.empty(), refusedBodies, watchdog);
        try {
            Optional<ResumableProtocol> protocol = protocol(request);
            if (protocol.isPresent() && !request.getMethod().equals("OPTIONS")) {
                begin(call, protocol.get());
            }
            if (isInternal(request)) {
                uploadResponse.toPeer();
                call = relayedCall(request, response, uploadResponse);
                serveRelayed(call);
            } else {
                serve(call);
            }
        } catch (RefusedException e) {
            call.refuse(e);
        }
    }

    /**
     * Returns the protocol that a request says it uses. Version 3 of the IETF's comes last: systems that speak it add its
     * field to requests of applications that speak a later one.
     */
    private Optional<ResumableProtocol> protocol(HttpServletRequest request) {
        return protocols.stream().filter(protocol -> protocol.isMeant(request)).findFirst();
    }

    /** Makes the response one of a protocol, whatever becomes of the request. */
    private static void begin(UploadCall call, ResumableProtocol protocol) {
        protocol.begin(call.response());
        call.uploadResponse().details(problem -> protocol.refuse(call.response(), problem));
    }

    private static boolean isInternal(HttpServletRequest request) {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        return path.equals(RelayRequest.PATH);
    }

    private UploadCall relayedCall(
            HttpServletRequest request, HttpServletResponse response, UploadResponse uploadResponse)
            throws IOException, RefusedException {
        gate.require(request);
        String token = request.getHeader(RelayRequest.FIELD);
        if (token == null) {
            throw new UploadRefusedException(Problem.of(ProblemType.PEER_TOKEN_REFUSED));
        }
        RelayRequest relayed = engine.peers().tokens().verify(token, request.getMethod(), engine.own());
        response.setHeader(RelayRequest.FIELD, RelayRequest.TAKEN);
        return new UploadCall(request, response, uploadResponse, Optional.of(relayed), refusedBodies, watchdog);
    }

    /** Serves a request that a peer has relayed. It is never relayed a second time. */
    private void serveRelayed(UploadCall call) throws IOException, RefusedException {
        requirePlain(call.request());
        RelayRequest relayed = call.relayed().orElseThrow();
        if (relayed.resource().isPresent()) {
            serve(call, beginResuming(call), relayed.resource().get());
        } else if (relayed.purpose() == RelayRequest.Purpose.ASK) {
            engine.requireOpen(permit(call).limits(), 0);
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
        Optional<String> watched = StatusEvents.upload(call.request());
        if (call.method().equals("OPTIONS")) {
            respondOptions(call);
        } else if (watched.isPresent()) {
            events.serve(call, urls.tokens().verify(watched.get()));
        } else if (ResourceTokens.isMeant(token)) {
            ResumableProtocol protocol = beginResuming(call); // first, because the token may be refused
            serve(call, protocol, urls.tokens().verify(token));
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
            Optional<Admission> admission = knownAdmission(call);
            protocols.forEach(protocol -> protocol.describe(response, admission));
        }
    }

    /** Begins the protocol of a request about an upload. A request of the IETF's need not say that it uses it. */
    private ResumableProtocol beginResuming(UploadCall call) {
        ResumableProtocol protocol = protocol(call.request()).orElse(ietf);
        begin(call, protocol);
        return protocol;
    }

    private Optional<Admission> knownAdmission(UploadCall call) {
        try {
            return Optional.of(Admission.of(permit(call)));
        } catch (UploadRefusedException e) {
            return Optional.empty(); // an OPTIONS request may lack what the policy looks at
        }
    }

    /** Serves a request about an upload that exists, on this host or on another. */
    private void serve(UploadCall call, ResumableProtocol protocol, UploadResource resource)
            throws IOException, RefusedException {
        call.uploadResponse().about(resource.id());
        boolean ours = engine.isOwn(resource.owner());
        boolean forReceipt = call.relayed()
                .filter(relayed -> relayed.purpose() == RelayRequest.Purpose.PARTIAL_RECEIPT)
                .isPresent();
        if (!ours && call.relayed().isPresent()) {
            throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN));
        }
        if (ours && forReceipt) {
            requireResumable().sendPartialReceipt(call, resource);
            return;
        }
        protocol.requireVersion(call.request(), call.response());
        requireMethod(call, protocol);
        if (ours) {
            requireResumable().serve(call, protocol, resource);
        } else {
            protocol.requireRelayable(call.request());
            relaying.toOwner(call, resource);
        }
    }

    private static void requireMethod(UploadCall call, ResumableProtocol protocol) throws UploadRefusedException {
        if (!protocol.methods().contains(call.method())) {
            call.response().setHeader("Allow", "HEAD, PATCH, DELETE, OPTIONS");
            call.uploadResponse().details(ProblemDetails::of); // the upload is there: its client must not forget it
            throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
        }
    }

    private ResumableEndpoint requireResumable() throws UploadRefusedException {
        return resumable.orElseThrow(() -> new UploadRefusedException(
                Problem.of(ProblemType.VERSION_NOT_SUPPORTED, "This host's store takes no resumable uploads.")));
    }

    private void create(UploadCall call) throws IOException, UploadRefusedException {
        Optional<ResumableProtocol> protocol = protocol(call.request());
        Optional<ResumableEndpoint> asked = Optional.empty();
        if (protocol.isPresent() && !protocol.get().bringsWhole(call.request())) {
            asked = Optional.of(requireResumable());
            protocol.get().requireVersion(call.request(), call.response());
        }
        Admission admission = TicketGate.admit(engine, permit(call), call.request());
        protocol.ifPresent(used -> used.limit(call.response(), admission));
        try {
            engine.requireOpen(admission.limits(), declaredSize(call.request(), protocol, admission));
        } catch (UploadRefusedException e) {
            if (protocol.isPresent()) {
                protocol.get().requireRelayable(call.request());
            }
            relaying.toAnyPeer(call, admission, e);
            return;
        }
        if (asked.isPresent()) {
            asked.get().create(call, protocol.orElseThrow(), admission);
        } else {
            receive(call, protocol, admission);
        }
    }

    /** Returns how many bytes a client declares to upload. What is too large is refused as such, not for its space. */
    private static long declaredSize(
            HttpServletRequest request, Optional<ResumableProtocol> protocol, Admission admission)
            throws UploadRefusedException {
        Optional<Long> length = protocol.isPresent() ? protocol.get().length(request) : Optional.empty();
        long declared = Math.max(length.orElse(0L), request.getContentLengthLong());
        boolean form = MultipartParser.isForm(MediaType.ofBody(request.getContentType()));
        long most = form ? admission.limits().maxRequestSize() : admission.maxFileSize();
        return declared > most ? 0 : Math.max(0, declared);
    }

    private UploadPermit permit(UploadCall call) throws UploadRefusedException {
        if (call.relayed().isEmpty()) {
            return settings.policy().permit(call.request());
        }
        try {
            String permit = call.relayed().get().permit().orElseThrow();
            if (PermitClaims.requiresSeal(permit) && !engine.store().isSealed()) {
                throw new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE));
            }
            return PermitClaims.read(permit);
        } catch (IllegalArgumentException e) {
            LOG.log(
                    Level.WARNING,
                    "a relayed request has a permit that this version does not understand: {0}",
                    e.getMessage());
            throw new UploadRefusedException(Problem.of(ProblemType.PEER_TOKEN_REFUSED));
        }
    }

    /** Receives files that come whole, in one request. */
    private void receive(UploadCall call, Optional<ResumableProtocol> protocol, Admission admission)
            throws IOException, UploadRefusedException {
        HttpServletRequest request = call.request();
        Way way = MultipartParser.isForm(MediaType.ofBody(request.getContentType())) ? Way.MULTIPART : Way.RAW;
        Reception reception = new Reception(engine, way, admission, inFlight.enter(admission, call.clientAddress()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            BodyParser parser = bodyParser(call, reception);
            if (protocol.isPresent()) {
                parser = protocol.get().whole(call, parser);
            }
            Receiver receiver = Receiver.of(request, reception, parser);
            NewUploads uploads = new NewUploads(reception, call.uploadResponse());
            if (!request.isAsyncSupported()) {
                receiver.receiveBlocking(uploads, watchdog);
                return;
            }
            receiver.invite(request);
            Completion completion = call.startAsync();
            receiver.receive(completion, uploads, new AsyncReception<>(completion, receiver, uploads, watchdog));
        } catch (IOException | UploadRefusedException | RuntimeException | Error e) {
            reception.abandon();
            reception.memory().close();
            throw e;
        }
    }

    private Optional<UploadPage.Targets> pageTargets(HttpServletRequest request) {
        return Accept.prefersPage(request)
                ? Optional.of(new UploadPage.Targets(
                        FILE_FIELD, settings.finalForm(), settings.carriedFields(), settings.targetOrigin()))
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

    private static void require(boolean condition, String otherwise) throws UploadRefusedException {
        if (!condition) {
            throw new UploadRefusedException(Problem.of(ProblemType.UNSUPPORTED_CONTENT, otherwise));
        }
    }

    private BodyParser bodyParser(UploadCall call, Reception reception) throws UploadRefusedException {
        HttpServletRequest request = call.request();
        UploadResponse response = call.uploadResponse();
        MediaType type = MediaType.ofBody(request.getContentType());
        boolean post = call.method().equals("POST");
        if (MultipartParser.isForm(type)) {
            require(post, "Send a form by POST.");
            BodyParser form = response.isPage()
                    ? new CarriedForm(type, reception, engine.receipts(), response)
                    : MultipartParser.create(type, new FormParts(reception, part -> false));
            reception.requireFormSize(request.getContentLengthLong());
            return form;
        }
        require(!(post && response.isPage() && FORMS_WITHOUT_FILES.contains(type.essence())), ADVICE_ON_FORMS);
        return new RawBody(reception, RawBody.name(request), request.getContentType(), request.getContentLengthLong());
    }
}
