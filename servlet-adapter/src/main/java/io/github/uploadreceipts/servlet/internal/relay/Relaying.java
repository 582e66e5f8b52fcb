package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.Peers;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.RelayRequest.Purpose;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.TraceContext;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.ReadAhead;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.Fate;
import io.github.uploadreceipts.servlet.internal.response.HeaderFields;
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
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Relays what another host must do: requests about uploads that it keeps, and new uploads for which this host has no
 * room.
 */
public final class Relaying {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    /** How many bodies are relayed at once whose streams accept no listener. */
    private static final int MAX_PUMPS = 32;

    private final Engine engine;
    private final Watchdog watchdog;
    private final Peers peers;
    private final Executor executor;
    private final Executor pumping;

    /** Creates what relays to the peers of a host. */
    public Relaying(Engine engine, Watchdog watchdog) {
        this.watchdog = watchdog;
        this.engine = engine;
        this.peers = engine.peers();
        this.executor = engine.executor();
        this.pumping = engine.newWaitingExecutor(MAX_PUMPS);
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
        String permitted = engine.store().isSealed()
                ? PermitClaims.writeForSealed(admission.permit())
                : PermitClaims.write(admission.permit());
        call.detach(
                executor,
                () -> call.resume(openPeer(permitted), executor, peer -> {
                    RelayRequest request = new RelayRequest(
                            peer.orElseThrow(() -> refusal),
                            "POST",
                            Purpose.SERVE,
                            Optional.empty(),
                            Optional.of(permitted));
                    relay(call, relay.get(), request);
                }));
    }

    /** Finds a peer that has room. Peers are asked in random order, so that one full host does not fill the next one. */
    private CompletableFuture<Optional<URI>> openPeer(String permitted) {
        List<URI> all = new ArrayList<>(peers.others());
        Collections.shuffle(all);
        return openPeer(all, permitted);
    }

    private CompletableFuture<Optional<URI>> openPeer(List<URI> toAsk, String permitted) {
        if (toAsk.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        URI peer = toAsk.get(0);
        return isOpen(peer, permitted)
                .thenCompose(open -> open
                        ? CompletableFuture.completedFuture(Optional.of(peer))
                        : openPeer(toAsk.subList(1, toAsk.size()), permitted));
    }

    /** Asks a peer whether it has room. One that keeps silent has none: then the answer is there at once. */
    private CompletableFuture<Boolean> isOpen(URI peer, String permitted) {
        RelayRequest request = new RelayRequest(peer, "HEAD", Purpose.ASK, Optional.empty(), Optional.of(permitted));
        return peers.ask(request).handle((response, failure) -> {
            if (response != null) {
                return response.status() == HttpServletResponse.SC_NO_CONTENT;
            }
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            Level level = cause instanceof Peers.NotTakenException ? Level.WARNING : Level.INFO;
            LOG.log(level, "{0} does not say whether it has room: {1}", peer.getAuthority(), cause);
            return false;
        });
    }

    private void relay(UploadCall call, PeerRelay relay, RelayRequest permitted)
            throws IOException, UploadRefusedException {
        call.requireToRespond();
        if (!call.hasBody()) {
            respond(call, permitted, relay.send(message(call, permitted, Optional.empty())), () -> true);
            return;
        }
        byte[] early = ReadAhead.take(call.request()).readAllBytes();
        ServletInputStream input = ReadAhead.rest(call.request());
        long length = call.request().getContentLengthLong();
        if (call.completion().isPresent()) {
            Completion completion = call.completion().get();
            early = join(early, ContainerManners.invite(call.request(), input));
            RelayedBody body = new RelayedBody(completion, watchdog, input, length, ByteBuffer.wrap(early));
            try {
                body.begin();
                respond(call, permitted, relay.send(message(call, permitted, Optional.of(body))), body::isEnded);
                return;
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "the stream of a wrapper accepts no listener, so a thread waits for the body");
            }
        }
        pump(call, relay, permitted, new SequenceInputStream(new ByteArrayInputStream(early), input));
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** Relays a body for which a thread has to wait: the container's own, if it serves the request. */
    private void pump(UploadCall call, PeerRelay relay, RelayRequest permitted, InputStream input) {
        PumpedBody body = new PumpedBody();
        long length = call.request().getContentLengthLong();
        CompletableFuture<PeerRelay.Response> response = relay.send(message(call, permitted, Optional.of(body)));
        CompletableFuture<?> written = writing(call, permitted, response, () -> false);
        if (call.completion().isPresent()) {
            UploadCall.surely(pumping, () -> body.pump(input, length, response));
            return;
        }
        try {
            body.pump(input, length, response);
        } finally {
            written.join();
        }
    }

    private PeerRelay.Request message(UploadCall call, RelayRequest permitted, Optional<PeerRelay.Body> body) {
        Map<String, String> fields = new HashMap<>();
        for (String name : HeaderFields.RELAYED_REQUEST) {
            String value = call.request().getHeader(name);
            if (value != null) {
                fields.put(name, value);
            }
        }
        if (TicketGate.shownId(engine, call.request()).isPresent()) { // what else a client bears is not for peers
            TicketGate.token(call.request()).ifPresent(ticket -> fields.put("Upload-Ticket", ticket));
        }
        TraceContext.of(Collections.list(call.request().getHeaders(TraceContext.FIELD)))
                .ifPresent(trace -> fields.put(TraceContext.FIELD, trace));
        fields.put(RelayRequest.FIELD, peers.tokens().mint(permitted.from(call.clientAddress())));
        long length = body.isPresent() ? call.request().getContentLengthLong() : 0;
        return new PeerRelay.Request(permitted.peer(), permitted.method(), RelayRequest.PATH, fields, length, body);
    }

    private void respond(
            UploadCall call,
            RelayRequest permitted,
            CompletableFuture<PeerRelay.Response> response,
            BooleanSupplier bodyEnded) {
        CompletableFuture<?> written = writing(call, permitted, response, bodyEnded);
        if (call.completion().isEmpty()) {
            written.join(); // the container ends the request when this thread returns
        }
    }

    private CompletableFuture<?> writing(
            UploadCall call,
            RelayRequest permitted,
            CompletableFuture<PeerRelay.Response> response,
            BooleanSupplier bodyEnded) {
        long start = System.nanoTime();
        return response.handleAsync(
                (given, failure) -> call.last(() -> {
                    if (given != null && RelayRequest.isTaken(given.fields())) {
                        tell(permitted, start);
                        write(call, given, bodyEnded.getAsBoolean());
                    } else {
                        refuse(call, permitted.peer(), given, failure);
                    }
                }),
                task -> UploadCall.surely(executor, task));
    }

    private void tell(RelayRequest permitted, long start) {
        Duration duration = Duration.ofNanos(System.nanoTime() - start);
        engine.tell(new UploadEvent.Relayed(permitted.resource().map(UploadResource::id), permitted.peer(), duration));
    }

    private static void refuse(
            UploadCall call, URI peer, PeerRelay.@Nullable Response given, @Nullable Throwable failure) {
        Object cause =
                given == null ? failure : "it takes no requests of this host, and responded with " + given.status();
        Level level =
                given != null && given.status() == HttpServletResponse.SC_UNAUTHORIZED ? Level.WARNING : Level.INFO;
        LOG.log(level, "a request could not be relayed to {0}: {1}", peer.getAuthority(), cause);
        call.refuseLate(unavailable("The host that keeps this upload cannot be reached now."));
    }

    private static void write(UploadCall call, PeerRelay.Response given, boolean bodyEnded) {
        HttpServletResponse response = call.response();
        if (!bodyEnded) {
            ContainerManners.endConnection(call.request(), response);
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
    }

    private static UploadRefusedException unavailable(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, detail));
    }
}
