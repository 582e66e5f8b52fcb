package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.servlet.internal.resume.AppendExchange;
import io.github.uploadreceipts.servlet.internal.resume.Checksum;
import io.github.uploadreceipts.servlet.internal.resume.TusUploads;
import io.github.uploadreceipts.servlet.internal.resume.UploadUrls;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.RelayRequest.Purpose;
import io.github.uploadreceipts.internal.peer.RelayTokens;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.internal.peer.UploadResource;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Passes on what another host has to do: whatever is about an upload that it keeps, and uploads for which there is no room. */
public final class Relaying {

    private static final Logger LOG = System.getLogger(UploadFilter.class.getName());
    private static final long ASK_SECONDS = 5;
    private static final Duration SILENCE = Duration.ofSeconds(30);

    /** What a client may say to the host that serves it. */
    private static final List<String> REQUEST_FIELDS = List.of(
            "Accept",
            "Content-Disposition",
            "Content-Encoding",
            "Content-Type",
            "Tus-Resumable",
            "Upload-Checksum",
            "Upload-Concat",
            "Upload-Defer-Length",
            "Upload-Length",
            "Upload-Metadata",
            "Upload-Offset",
            "Upload-Slot");

    /** What that host may say to the client. */
    private static final List<String> ANSWER_FIELDS = List.of(
            "Allow",
            "Cache-Control",
            "Content-Security-Policy",
            "Content-Type",
            "Referrer-Policy",
            "Retry-After",
            "Tus-Resumable",
            "Tus-Version",
            "Upload-Concat",
            "Upload-Defer-Length",
            "Upload-Expires",
            "Upload-Length",
            "Upload-Metadata",
            "Upload-Offset",
            "Upload-Receipt",
            "WWW-Authenticate",
            "X-Content-Type-Options");

    private final UploadHost host;
    private final RelayTokens tokens;
    private final Map<URI, Instant> silentUntil = new ConcurrentHashMap<>();

    public Relaying(UploadHost host) {
        this.host = host;
        this.tokens = new RelayTokens(host.keyRing(), host.clock());
    }

    /** Has the owner serve a request about its upload. */
    public void toOwner(UploadCall call, UploadResource resource) throws IOException, UploadRefusedException {
        TusUploads.requireMethod(call);
        PeerRelay relay = host.relay()
                .orElseThrow(() -> unavailable("Another host keeps this upload, and this one does not reach it."));
        RelayRequest request = new RelayRequest(
                resource.owner(), call.method(), Purpose.SERVE, Optional.of(resource), Optional.empty());
        call.detach(host.executor(), () -> pass(call, relay, request));
    }

    /**
     * Has a peer take an upload that {@code refusal} keeps out of this host.
     *
     * @throws UploadRefusedException that refusal, if there is no peer to ask
     */
    public void toAnyPeer(UploadCall call, UploadPermit permit, UploadRefusedException refusal)
            throws IOException, UploadRefusedException {
        Optional<PeerRelay> relay = host.relay();
        if (relay.isEmpty() || host.peers().isEmpty() || call.relayed().isPresent()) {
            throw refusal;
        }
        String permitted = UploadHost.describe(permit);
        call.detach(host.executor(), () -> {
            URI peer = openPeer(relay.get(), permitted).orElseThrow(() -> refusal);
            pass(
                    call,
                    relay.get(),
                    new RelayRequest(peer, "POST", Purpose.SERVE, Optional.empty(), Optional.of(permitted)));
        });
    }

    /**
     * Whoever is asked first differs, so that one full host does not fill the next one. Who did not answer lately is asked
     * last.
     */
    private Optional<URI> openPeer(PeerRelay relay, String permitted) {
        List<URI> peers = new ArrayList<>(host.peers());
        Collections.shuffle(peers);
        Instant now = host.clock().instant();
        peers.sort(
                Comparator.comparing(peer -> silentUntil.getOrDefault(peer, now).isAfter(now)));
        return peers.stream().filter(peer -> isOpen(relay, peer, permitted)).findFirst();
    }

    private boolean isOpen(PeerRelay relay, URI peer, String permitted) {
        RelayRequest request = new RelayRequest(peer, "HEAD", Purpose.ASK, Optional.empty(), Optional.of(permitted));
        try {
            PeerRelay.Response answer = relay.send(new PeerRelay.Request(
                            peer,
                            "HEAD",
                            RelayRequest.PATH,
                            Map.of(RelayRequest.FIELD, tokens.mint(request)),
                            0,
                            Optional.empty()))
                    .get(ASK_SECONDS, TimeUnit.SECONDS);
            return RelayRequest.isTaken(answer.fields()) && answer.status() == HttpServletResponse.SC_NO_CONTENT;
        } catch (ExecutionException | TimeoutException e) {
            silentUntil.put(peer, host.clock().instant().plus(SILENCE));
            LOG.log(Level.INFO, "{0} cannot be asked to take an upload: {1}", peer.getAuthority(), e.getMessage());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void pass(UploadCall call, PeerRelay relay, RelayRequest permitted)
            throws IOException, UploadRefusedException {
        Checksum.requireNoTrailer(call.request());
        if (!call.hasBody()) {
            answer(call, relay.send(message(call, permitted, Optional.empty())), () -> true);
            return;
        }
        ServletInputStream input = call.request().getInputStream();
        long length = call.request().getContentLengthLong();
        byte[] early = {};
        if (call.context().isPresent()) {
            early = Receiver.invite(call.request(), input);
            RelayedBody body = new RelayedBody(input, length, ByteBuffer.wrap(early));
            try {
                body.begin();
                call.completeBy(body::complete);
                answer(call, relay.send(message(call, permitted, Optional.of(body))), body::isEnded);
                return;
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "a wrapper's stream takes no listener");
            }
        }
        PumpedBody body = new PumpedBody();
        CompletableFuture<PeerRelay.Response> answer = relay.send(message(call, permitted, Optional.of(body)));
        InputStream whole = new SequenceInputStream(new ByteArrayInputStream(early), input);
        answer(call, answer, () -> false, () -> body.pump(whole, length, answer));
    }

    private PeerRelay.Request message(UploadCall call, RelayRequest permitted, Optional<PeerRelay.Body> body) {
        Map<String, String> fields = new HashMap<>();
        for (String name : REQUEST_FIELDS) {
            String value = call.request().getHeader(name);
            if (value != null) {
                fields.put(name, value);
            }
        }
        if (permitted.permit().isPresent()) {
            TicketGate.token(call.request()).ifPresent(ticket -> fields.put("Upload-Ticket", ticket));
        }
        fields.put(RelayRequest.FIELD, tokens.mint(permitted.from(call.clientAddress())));
        long length = body.isPresent() ? call.request().getContentLengthLong() : 0;
        return new PeerRelay.Request(permitted.peer(), permitted.method(), RelayRequest.PATH, fields, length, body);
    }

    private void answer(UploadCall call, CompletableFuture<PeerRelay.Response> answer, BooleanSupplier bodyEnded) {
        answer(call, answer, bodyEnded, () -> {});
    }

    private void answer(
            UploadCall call, CompletableFuture<PeerRelay.Response> answer, BooleanSupplier bodyEnded, Runnable pumping) {
        CompletableFuture<?> written = answer.handleAsync(
                (given, failure) -> write(call, given, failure, bodyEnded.getAsBoolean()),
                task -> AppendExchange.surely(host.executor(), task));
        try {
            pumping.run();
        } finally {
            if (call.context().isEmpty()) {
                written.join(); // the answer is written to this request
            }
        }
    }

    private Void write(
            UploadCall call, PeerRelay.@Nullable Answer answer, @Nullable Throwable failure, boolean bodyEnded) {
        if (answer == null || !RelayRequest.isTaken(answer.fields())) {
            LOG.log(
                    Level.INFO,
                    "a request is not passed on: " + (answer == null ? failure : "answered " + answer.status()));
            call.refuseLate(unavailable("The host that keeps this upload cannot be reached now."));
            return null;
        }
        HttpServletResponse response = call.response();
        if (!bodyEnded) {
            Responses.endConnection(call.request(), response);
        }
        response.setStatus(answer.status());
        for (String name : ANSWER_FIELDS) {
            String value = answer.fields().get(name.toLowerCase(Locale.ROOT));
            if (value != null) {
                response.setHeader(name, value);
            }
        }
        String location = answer.fields().get("location");
        if (location != null) {
            boolean token = ResourceTokens.isMeant(location);
            response.setHeader("Location", token ? UploadUrls.below(call.request(), location) : location);
        }
        writeBody(call, answer);
        return null;
    }

    private static void writeBody(UploadCall call, PeerRelay.Response answer) {
        byte[] body = new byte[answer.body().remaining()];
        answer.body().duplicate().get(body);
        if (body.length > 0) {
            call.response().setContentLength(body.length);
        }
        Runnable nothing = () -> {}; // whoever has no answer asks again
        if (call.context().isPresent()) {
            call.answer().writeBodyAsync(body, nothing, call::complete);
        } else {
            call.answer().writeBody(body, nothing);
        }
    }

    private static UploadRefusedException unavailable(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, detail));
    }
}
