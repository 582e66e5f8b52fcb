package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Compares this host's clock with those of its peers, by the {@code Date} of their responses. */
final class PeerClocks {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);

    /** How long the peers may take together. Those that are silent are not compared. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Engine engine;

    PeerClocks(Engine engine) {
        this.engine = engine;
    }

    /**
     * A peer's clock, read at the time of this host's clock.
     *
     * @param peer the internal URL of the peer
     */
    private record Reading(URI peer, Instant theirs, Instant ours) {

        /** Returns whether one of the hosts refuses what the other has just signed. */
        boolean differs() {
            return Duration.between(theirs, ours).abs().compareTo(TokenCodec.LEEWAY) > 0;
        }

        @Override
        public String toString() {
            return "the clock of " + peer.getAuthority() + " says " + theirs + ", and this host's clock says "
                    + ours.truncatedTo(ChronoUnit.SECONDS);
        }
    }

    /**
     * Warns of each peer whose clock differs so much that one host refuses the other's tokens.
     *
     * @return what to change, if the clocks of more than half of the peers differ: then peers cannot fetch from this
     *     host, or this host cannot fetch from them
     */
    Optional<String> fault() {
        List<CompletableFuture<@Nullable Reading>> asked =
                engine.peers().others().stream().map(this::ask).toList();
        List<Reading> readings = asked.stream()
                .map(CompletableFuture::join)
                .filter(Objects::nonNull)
                .toList();
        List<Reading> differing = readings.stream().filter(Reading::differs).toList();
        differing.forEach(reading ->
                LOG.log(Level.WARNING, "{0}; hosts refuse each other: let all of them keep the same time", reading));
        return 2 * differing.size() > readings.size()
                ? Optional.of(differing.get(0) + "; let all hosts keep the same time")
                : Optional.empty();
    }

    private CompletableFuture<@Nullable Reading> ask(URI peer) {
        UploadPermit anyone = UploadPermit.anyone(UploadLimits.defaults());
        RelayRequest request = new RelayRequest(
                peer, "HEAD", RelayRequest.Purpose.ASK, Optional.empty(), Optional.of(PermitClaims.write(anyone)));
        return engine.peers()
                .time(request)
                .thenApply(theirs -> new Reading(peer, theirs, engine.clock().instant()))
                .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> {
                    LOG.log(Level.DEBUG, "the clock of {0} is not known: {1}", peer.getAuthority(), failure);
                    return null;
                });
    }
}
