package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.Peers;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.RelayRequest.Purpose;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.Fate;
import io.github.uploadreceipts.servlet.internal.response.HeaderFields;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.servlet.internal.resume.UploadUrls;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Relays what another host must do: requests about uploads that it keeps, and new uploads for which this host has no
 * room.
 */
public final class Relaying {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    /** How long a peer may take to say whether it has room. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Peers peers;
    private final Executor executor;

    /**
     * Creates what relays to {@code peers}.
     *
     * @param executor runs what blocks
     */
    public Relaying(Peers peers, Executor executor) {
        this.peers = peers;
        this.executor = executor;
    }

    /** Relays a request about an upload to the host that keeps it. */
    public void toOwner(UploadCall call, UploadResource resource) throws IOException, UploadRefusedException {
        PeerRelay relay = peers.relay()
                .orElseThrow(() -> unavailable("Another host keeps this upload, and this host cannot reach it."));
        RelayRequest request = new RelayRequest(
                resource.owner(), call.method(), Purpose.SERVE, Optional.of(resource), Optional.empty());
        call.detach(executor, () -> relay(call, relay, request));
    }

    /**
     * Relays a new upload, which this host refuses, to a peer that has room for it.
     *
     * @param refusal why this host refuses it
     * @throws UploadRefusedException {@code refusal}, if there is no peer to ask
     */
    public void toAnyPeer(UploadCall call, Admission admission, UploadRefusedException refusal)
            throws IOException, UploadRefusedException {
        Optional<PeerRelay> relay = peers.relay();
        if (relay.isEmpty() || peers.others().isEmpty() || call.relayed().isPresent()) {
            throw refusal;
        }
        String permitted = PermitClaims.write(admission.permit());
        call.detach(executor, () -> {
            URI peer = openPeer(permitted).orElseThrow(() -> refusal);
            relay(
                    call,
                    relay.get(),
                    new RelayRequest(peer, "POST", Purpose.SERVE, Optional.empty(), Optional.of(permitted)));
        });
    }

    /** Finds a peer that has room. Peers are asked in random order, so that one full host does not fill the next one. */
    private Optional<URI> openPeer(String permitted) {
        List<URI> all = new ArrayList<>(peers.others());
        Collections.shuffle(all);
        return all.stream().filter(peer -> isOpen(peer, permitted)).findFirst();
    }

    private boolean isOpen(URI peer, String permitted) {
        RelayRequest request = new RelayRequest(peer, "HEAD", Purpose.ASK, Optional.empty(), Optional.of(permitted));
        try {
            return peers.ask(request, PATIENCE).status() == HttpServletResponse.SC_NO_CONTENT;
        } catch (Peers.NotTakenException e) {
            LOG.log(Level.WARNING, "{0} takes no requests of this host: {1}", peer.getAuthority(), e.getMessage());
            return false;
        } catch (IOException e) {
            LOG.log(Level.INFO, "{0} does not say whether it has room: {1}", peer.getAuthority(), e.getMessage());
            return false;
        }
    }

    private void relay(UploadCall call, PeerRelay relay, RelayRequest permitted) throws IOException {
        if (!call.hasBody()) {
            respond(call, permitted.peer(), relay.send(message(call, permitted, Optional.empty())), () -> true);
            return;
        }
        ServletInputStream input = call.request().getInputStream();
        long length = call.request().getContentLengthLong();
        byte[] early = {};
        if (call.completion().isPresent()) {
            Completion completion = call.completion().get();
            early = ContainerManners.invite(call.request(), input);
            RelayedBody body = new RelayedBody(completion, input, length, ByteBuffer.wrap(early));
            try {
                body.begin();
                respond(call, permitted.peer(), relay.send(message(call, permitted, Optional.of(body))), body::isEnded);
                return;
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "the stream of a wrapper accepts no listener, so a thread waits for the body");
            }
        }
        PumpedBody body = new PumpedBody();
        CompletableFuture<PeerRelay.Response> response = relay.send(message(call, permitted, Optional.of(body)));
        InputStream whole = new SequenceInputStream(new ByteArrayInputStream(early), input);
        respond(call, permitted.peer(), response, () -> false, () -> body.pump(whole, length, response));
    }

    private PeerRelay.Request message(UploadCall call, RelayRequest permitted, Optional<PeerRelay.Body> body) {
        Map<String, String> fields = new HashMap<>();
        for (String name : HeaderFields.RELAYED_REQUEST) {
            String value = call.request().getHeader(name);
            if (value != null) {
                fields.put(name, value);
            }
        }
        if (permitted.permit().isPresent()) {
            TicketGate.token(call.request()).ifPresent(ticket -> fields.put("Upload-Ticket", ticket));
        }
        fields.put(RelayRequest.FIELD, peers.tokens().mint(permitted.from(call.clientAddress())));
        long length = body.isPresent() ? call.request().getContentLengthLong() : 0;
        return new PeerRelay.Request(permitted.peer(), permitted.method(), RelayRequest.PATH, fields, length, body);
    }

    private void respond(
            UploadCall call, URI peer, CompletableFuture<PeerRelay.Response> response, BooleanSupplier bodyEnded) {
        respond(call, peer, response, bodyEnded, () -> {});
    }

    private void respond(
            UploadCall call,
            URI peer,
            CompletableFuture<PeerRelay.Response> response,
            BooleanSupplier bodyEnded,
            Runnable pumping) {
        CompletableFuture<?> written = response.handleAsync(
                (given, failure) -> write(call, peer, given, failure, bodyEnded.getAsBoolean()),
                task -> UploadCall.surely(executor, task));
        try {
            pumping.run();
        } finally {
            if (call.completion().isEmpty()) {
                written.join(); // the container ends the request when this thread returns
            }
        }
    }

    private static Void write(
            UploadCall call,
            URI peer,
            PeerRelay.@Nullable Response given,
            @Nullable Throwable failure,
            boolean bodyEnded) {
        if (given == null || !RelayRequest.isTaken(given.fields())) {
            Object cause =
                    given == null ? failure : "it takes no requests of this host, and responded with " + given.status();
            Level level =
                    given != null && given.status() == HttpServletResponse.SC_UNAUTHORIZED ? Level.WARNING : Level.INFO;
            LOG.log(level, "a request could not be relayed to {0}: {1}", peer.getAuthority(), cause);
            call.refuseLate(unavailable("The host that keeps this upload cannot be reached now."));
            return null;
        }
        HttpServletResponse response = call.response();
        if (!bodyEnded) {
            Responses.endConnection(call.request(), response);
        }
        response.setStatus(given.status());
        for (String name : HeaderFields.RELAYED_RESPONSE) {
            String value = given.fields().get(name.toLowerCase(Locale.ROOT));
            if (value != null) {
                response.setHeader(name, value);
            }
        }
        String location = given.fields().get("location");
        if (location != null) {
            boolean token = ResourceTokens.isMeant(location);
            response.setHeader("Location", token ? UploadUrls.below(call.request(), location) : location);
        }
        byte[] body = new byte[given.body().remaining()];
        given.body().duplicate().get(body);
        if (body.length > 0) {
            response.setContentLength(body.length);
        }
        call.send(body, Fate.INDIFFERENT);
        return null;
    }

    private static UploadRefusedException unavailable(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, detail));
    }
}
