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

    /** What was asked did not take the token: a front server, or a peer that refuses to talk. */
    public static final class NotTakenException extends IOException {

        private static final long serialVersionUID = 1;

        NotTakenException(int status) {
            super("not taken by the peer, which answered " + status);
        }
    }

    private final List<URI> others;
    private final RelayTokens tokens;
    private final AtomicReference<@Nullable PeerRelay> relay = new AtomicReference<>();

    /**
     * Knows {@code others}, among which this host's own internal URL may be. No request reaches them before a
     * {@linkplain #attach relay is attached}.
     */
    public Peers(KeyRing ring, Clock clock, URI internalUrl, List<URI> others) {
        this.tokens = new RelayTokens(ring, clock);
        this.others = others.stream().filter(peer -> !peer.equals(internalUrl)).toList();
    }

    /** Sets how requests reach peers. A fetcher does it when it is made for the host. */
    public void attach(PeerRelay value) {
        relay.set(value);
    }

    /** Undoes {@link #attach}, unless another relay was attached since. */
    public void detach(PeerRelay value) {
        relay.compareAndSet(value, null);
    }

    /** Returns how requests reach peers, if that is known. */
    public Optional<PeerRelay> relay() {
        return Optional.ofNullable(relay.get());
    }

    /** Returns the internal URLs of other hosts, to which new uploads are relayed when there is no room here. */
    public List<URI> others() {
        return others;
    }

    /** Returns what mints and verifies the tokens of relayed requests. */
    public RelayTokens tokens() {
        return tokens;
    }

    /**
     * Asks a peer something that has no body, and waits for the response.
     *
     * @return the response of a peer that took the token
     * @throws NotTakenException if it did not take the token
     * @throws UnreachableException if it cannot be reached, or is silent for {@code patience}
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
            throw new UnreachableException("no response within " + patience.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a peer was asked");
        }
    }
}
