package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.http.PersonName;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.share.LinkRequest;
import io.github.uploadreceipts.internal.share.UploadRequestTerms;
import io.github.uploadreceipts.internal.share.UploadRequestTerms.SenderName;
import io.github.uploadreceipts.internal.share.UploadRequests;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.receive.AsyncReception;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import io.github.uploadreceipts.servlet.internal.receive.NewUploads;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.receive.WaitingThreads;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** One request for an upload-request link: for its page, for a ticket, or with files. */
final class UploadRequestCall {

    /** A thousand receipts. */
    private static final int MAX_FIELD_BYTES = 4 << 20;

    private final ShareEndpoint endpoint;
    private final Engine engine;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final UploadRequestTerms terms;
    private final UploadRequests requests;
    private final ShareRequest asked;
    private final ShareResponse reply;
    private final UploadResponse uploadResponse;
    private final UploadCall call;
    private final UploadRequestLook look;
    private boolean bodyRead;

    UploadRequestCall(
            ShareEndpoint endpoint,
            HttpServletRequest request,
            HttpServletResponse response,
            UploadRequestTerms terms) {
        this.endpoint = endpoint;
        this.engine = endpoint.engine;
        this.request = request;
        this.response = response;
        this.terms = terms;
        this.requests = endpoint.gate.uploadRequests();
        this.asked = new ShareRequest(request);
        this.reply = new ShareResponse(asked, response, engine.clock());
        this.uploadResponse = new UploadResponse(engine, endpoint.watchdog, request, response, Optional.empty());
        this.call = new UploadCall(
                request, response, uploadResponse, Optional.empty(), endpoint.refusedBodies, endpoint.watchdog);
        this.look = new UploadRequestLook(terms, asked, reply, response);
        uploadResponse.byLink(look);
    }

    void serve() throws IOException {
        reply.begin();
        try {
            switch (request.getMethod()) {
                case "GET", "HEAD" -> {
                    admit(Optional.empty());
                    sendPage();
                }
                case "POST" -> {
                    asked.requireSameSite();
                    post();
                }
                default -> {
                    response.setHeader("Allow", "GET, HEAD, POST");
                    throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
                }
            }
        } catch (RefusedException e) {
            if (bodyRead) {
                uploadResponse.refuseEmpty(e);
            } else {
                call.refuse(e);
            }
        }
    }

    private void post() throws IOException, RefusedException {
        if (MultipartParser.isForm(MediaType.ofBody(request.getContentType()))) {
            admit(Optional.empty());
            receive();
        } else if (asked.isForTicket()) {
            admit(Optional.empty());
            sendTicket();
        } else {
            Optional<String> password = PasswordForm.read(endpoint, request);
            bodyRead = true;
            admit(password);
            reply.redirect();
        }
    }

    /** Checks the password. Where it has to be hashed, one of a few threads waits for that. */
    private void admit(Optional<String> password) throws RefusedException {
        LinkRequest link = asked.link(password, Optional.empty());
        reply.realm(link.id());
        CompletableFuture<Optional<String>> admitted = requests.admit(link, terms);
        Optional<String> pass = admitted.isDone() ? given(admitted) : awaited(admitted);
        pass.ifPresent(given -> new LinkCookies(request).set(response, given));
    }

    private static Optional<String> awaited(CompletableFuture<Optional<String>> admitted) throws RefusedException {
        WaitingThreads.enter();
        try {
            return given(admitted);
        } finally {
            WaitingThreads.leave();
        }
    }

    private static Optional<String> given(CompletableFuture<Optional<String>> admitted) throws RefusedException {
        try {
            return admitted.join();
        } catch (CompletionException e) {
            throw UploadResponse.refusalOf(e);
        }
    }

    private void sendPage() throws IOException {
        String uploads = (request.getRequestURI().endsWith("/") ? "../" : "") + ShareEndpoint.UPLOADS;
        SharePage page = UploadRequestPage.form(terms, endpoint.settings.limits(), engine.now(), uploads);
        ContainerManners.write(request, response, reply.page(HttpServletResponse.SC_OK, page));
    }

    private void sendTicket() throws IOException, RefusedException {
        TicketWish wish = TicketWish.parse(endpoint.readSmall(request, TicketWish.MAX_BYTES));
        bodyRead = true;
        Optional<String> sender = sender(wish.sender());
        int files = wish.files().orElse(1);
        if (files < 1 || files > terms.files()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.TOO_MANY_FILES,
                    "The link is for 1 to " + terms.files() + " files at once.",
                    terms.files(),
                    files));
        }
        String ticket = requests.ticket(terms, sender, wish.files());
        byte[] body = Responses.prepare(
                response,
                HttpServletResponse.SC_CREATED,
                "application/json",
                StrictJson.object().put("ticket", ticket).toString());
        ContainerManners.write(request, response, body);
    }

    private Optional<String> sender(Optional<String> typed) throws UploadRefusedException {
        if (terms.name() == SenderName.NOT_ASKED) {
            return Optional.empty();
        }
        Optional<String> name = typed.flatMap(PersonName::clean);
        if (terms.name() == SenderName.REQUIRED && name.isEmpty()) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "The sender's name is missing."));
        }
        return name;
    }

    /** Receives the files of a form. Without a script, a browser sends all of them at once. */
    private void receive() throws IOException, RefusedException {
        UploadLimits limits = endpoint.settings.limits();
        Admission admission = Admission.of(UploadPermit.byTicket(limits.toBuilder()
                .maxFiles(Math.min(terms.files(), limits.maxFiles()))
                .maxFileSize(UploadRequestPage.maxFileSize(terms, limits))
                .maxFieldBytes(MAX_FIELD_BYTES)
                .build()));
        engine.requireOpen(admission.limits(), Math.max(0, request.getContentLengthLong()));
        Reception reception = new Reception(
                engine, Way.MULTIPART, admission, endpoint.inFlight.enter(admission, call.clientAddress()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            reception.requireFormSize(request.getContentLengthLong());
            Submission form = new Submission(MediaType.ofBody(request.getContentType()), reception, new Sender());
            receive(Receiver.of(request, reception, form), new NewUploads(reception, uploadResponse));
        } catch (IOException | RefusedException | RuntimeException | Error e) {
            reception.abandon();
            reception.memory().close();
            throw e;
        }
    }

    private final class Sender implements Submission.Sender {

        @Override
        public String ticket(Optional<String> typed) throws UploadRefusedException {
            return requests.ticket(terms, sender(typed), OptionalInt.empty());
        }

        @Override
        public void brings(List<String> receipts) throws RefusedException {
            look.add(requests.verify(terms, receipts));
        }
    }

    private void receive(Receiver receiver, NewUploads uploads) throws IOException, RefusedException {
        if (!request.isAsyncSupported()) {
            receiver.receiveBlocking(uploads, endpoint.watchdog);
            return;
        }
        receiver.invite(request);
        Completion completion = call.startAsync();
        receiver.receive(completion, uploads, new AsyncReception<>(completion, receiver, uploads, endpoint.watchdog));
    }
}
