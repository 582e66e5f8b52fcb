package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.key.KeyRing;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The peers of a host: which are known, how requests reach them, and the one place that asks them questions.
 *
 * <p>Safe for use by several threads.
 */
public final class Peers {

    /** The response is from something that did not accept the token: a front server, or a peer that refuses to talk. */
    public static final class NotTakenException extends IOException {

        private static final long serialVersionUID = 1;

        NotTakenException(int status) {
            super("not taken by the peer, which answered " + status);
        }
    }

    /** How long a peer may take to answer a question. The fetcher's patience is about as long. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final List<URI> others;
    private final PeerRules rules;
    private final RelayTokens tokens;
    private final PeerQuestions questions;
    private final SilentPeers silent = new SilentPeers();
    private final AtomicReference<@Nullable PeerRelay> relay = new AtomicReference<>();

    /**
     * Creates the peers of a host. No request reaches them before a {@linkplain #attach relay is attached}.
     *
     * @param own this host
     * @param others the internal URLs of the peers; this host's own may be among them, and are left out
     * @param rules where they are
     */
    public Peers(KeyRing ring, Clock clock, OwnUrls own, List<URI> others, PeerRules rules) {
        this.rules = rules;
        this.tokens = new RelayTokens(ring, clock);
        this.questions = new PeerQuestions(ring, clock, own, this::ask);
        this.others = others.stream().filter(peer -> !own.contain(peer)).toList();
    }

    /** Sets how requests reach peers. A fetcher calls this when it is made for the host. */
    public void attach(PeerRelay value) {
        relay.set(value);
    }

    /** Undoes {@link #attach}, unless another relay has been attached since. */
    public void detach(PeerRelay value) {
        relay.compareAndSet(value, null);
    }

    /** Returns how requests reach peers, if a relay is attached. */
    public Optional<PeerRelay> relay() {
        return Optional.ofNullable(relay.get());
    }

    /** Returns the internal URLs of the peers, to which new uploads are relayed when this host has no room. */
    public List<URI> others() {
        return others;
    }

    /** Returns where peers are. */
    public PeerRules rules() {
        return rules;
    }

    /** Returns which peers keep silent. Everything that asks peers asks it first, and reports to it. */
    public SilentPeers silent() {
        return silent;
    }

    /** Returns what mints and verifies the tokens of relayed requests. */
    public RelayTokens tokens() {
        return tokens;
    }

    /** Returns what hosts ask each other about what they keep. */
    public PeerQuestions questions() {
        return questions;
    }

    /**
     * Asks a peer a question: sends it a request that has no body, and that it answers without long work. Does not wait.
     * A peer that does not answer in time is {@linkplain SilentPeers silent}.
     *
     * @return the response of a peer that accepted the token. The future fails with {@link NotTakenException} if the
     *     token was not accepted, and with {@link UnreachableException} if the peer cannot be reached, or does not
     *     respond within 5 s. It is completed on a thread that must not be blocked.
     */
    public CompletableFuture<PeerRelay.Response> ask(RelayRequest request) {
        return ask(request, PATIENCE);
    }

    CompletableFuture<PeerRelay.Response> ask(RelayRequest request, Duration patience) {
        URI peer = request.peer();
        Consumer<String> late = how -> silent.keptSilent(peer, how);
        return patiently(peer, send(request), patience, late).thenCompose(response -> {
            if (!RelayRequest.isTaken(response.fields())) {
                return CompletableFuture.failedFuture(new NotTakenException(response.status()));
            }
            return CompletableFuture.completedFuture(response);
        });
    }

    /**
     * Sends a peer a request that has no body, and whose header fields prove that a host sends it. Does not wait. A peer
     * that only takes long is not silent: what it is asked may be long work.
     *
     * @return the response, whoever gave it. The future fails as that of {@link #ask(RelayRequest)} does if there is none
     */
    CompletableFuture<PeerRelay.Response> ask(
            URI peer, String method, String path, Map<String, String> fields, Duration patience) {
        return patiently(peer, send(peer, method, path, fields, patience), patience, how -> {});
    }

    private static CompletableFuture<PeerRelay.Response> patiently(
            URI peer, CompletableFuture<PeerRelay.Response> sent, Duration patience, Consumer<String> late) {
        return sent.copy() // because a response that comes too late still shows that the peer lives
                .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .handle((response, failure) -> {
                    if (response == null) {
                        throw new CompletionException(unreachable(peer, patience, late, failure));
                    }
                    return response;
                });
    }

    private static UnreachableException unreachable(
            URI peer, Duration patience, Consumer<String> late, Throwable failure) {
        Throwable cause = PeerQuestions.cause(failure);
        if (cause instanceof UnreachableException known) {
            return known;
        }
        if (!(cause instanceof TimeoutException)) {
            return new UnreachableException(String.valueOf(cause));
        }
        String how = "no response within " + patience.toSeconds() + " s";
        late.accept(how);
        return new UnreachableException(peer.getRawAuthority() + ": " + how);
    }

    /**
     * Returns what the clock of a peer, or of a server in front of it, says when it responds to a request without a
     * body. Does not wait. The peer need not accept the token, which it refuses if the clocks differ.
     */
    public CompletableFuture<Instant> time(RelayRequest request) {
        return send(request)
                .thenApply(response -> Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(
                        response.fields().getOrDefault("date", ""))));
    }

    private CompletableFuture<PeerRelay.Response> send(RelayRequest request) {
        Map<String, String> fields = Map.of(RelayRequest.FIELD, tokens.mint(request));
        return send(request.peer(), request.method(), RelayRequest.PATH, fields, Duration.ZERO);
    }

    private CompletableFuture<PeerRelay.Response> send(
            URI peer, String method, String path, Map<String, String> fields, Duration patience) {
        PeerRelay through = relay.get();
        if (through == null) {
            return CompletableFuture.failedFuture(new UnreachableException("no fetcher is attached to this host"));
        }
        return through.send(new PeerRelay.Request(peer, method, path, fields, 0, Optional.empty(), patience));
    }
}
