package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.key.KeyRing;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The peers of a host: which are known, how requests reach them, and the one place that asks one and waits.
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

    private final List<URI> others;
    private final PeerRules rules;
    private final RelayTokens tokens;
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

    /**
     * Sends a peer a request without a body, and waits for the response.
     *
     * @return the response of a peer that accepted the token
     * @throws NotTakenException if the token was not accepted
     * @throws UnreachableException if the peer cannot be reached, or does not respond within {@code patience}
     * @throws InterruptedIOException if this thread was interrupted
     */
    public PeerRelay.Response ask(RelayRequest request, Duration patience) throws IOException {
        PeerRelay through = relay().orElseThrow(() -> new UnreachableException("no fetcher is attached to this host"));
        Map<String, String> fields = Map.of(RelayRequest.FIELD, tokens.mint(request));
        try {
            PeerRelay.Response response = through.send(new PeerRelay.Request(
                            request.peer(), request.method(), RelayRequest.PATH, fields, 0, Optional.empty()))
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (!RelayRequest.isTaken(response.fields())) {
                throw new NotTakenException(response.status());
            }
            return response;
        } catch (ExecutionException e) {
            throw new UnreachableException(String.valueOf(e.getMessage()));
        } catch (TimeoutException e) {
            String how = "no response within " + patience.toSeconds() + " s";
            if (request.purpose() == RelayRequest.Purpose.ASK) { // anything else may take long
                silent.keptSilent(request.peer(), how);
            }
            throw new UnreachableException(how);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the response of a peer");
        }
    }
}
