package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.Peers;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Clock;
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
public final class PeerClocks {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    /** How long the peers may take together. Those that are silent are not compared. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Peers peers;
    private final Clock clock;
    private final Vitals vitals;

    /** Compares the clock of this host with those of its peers, and notes in {@code vitals} how they differ. */
    public PeerClocks(Peers peers, Clock clock, Vitals vitals) {
        this.peers = peers;
        this.clock = clock;
        this.vitals = vitals;
    }

    /**
     * A peer's clock, read at the time of this host's clock.
     *
     * @param peer the internal URL of the peer
     */
    private record Reading(URI peer, Instant theirs, Instant ours) {

        boolean differsBeyond(Duration tolerance) {
            return Duration.between(theirs, ours).abs().compareTo(tolerance) > 0;
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
    public Optional<String> fault() {
        List<Reading> readings = read().join();
        readings.stream()
                .filter(reading -> reading.differsBeyond(TokenCodec.LEEWAY))
                .forEach(reading -> LOG.log(
                        Level.WARNING, "{0}; hosts refuse each other: let all of them keep the same time", reading));
        return fault(readings, TokenCodec.LEEWAY);
    }

    /** Returns what to change, if the clocks of more than half of the peers differ by more than that. Does not wait. */
    public CompletableFuture<Optional<String>> faultBeyond(Duration tolerance) {
        return read().thenApply(readings -> fault(readings, tolerance));
    }

    private static Optional<String> fault(List<Reading> readings, Duration tolerance) {
        List<Reading> differing = readings.stream()
                .filter(reading -> reading.differsBeyond(tolerance))
                .toList();
        return 2 * differing.size() > readings.size()
                ? Optional.of(differing.get(0) + "; let all hosts keep the same time")
                : Optional.empty();
    }

    /** Reads the clocks of the peers that respond. */
    private CompletableFuture<List<Reading>> read() {
        List<CompletableFuture<@Nullable Reading>> asked =
                peers.others().stream().map(this::ask).toList();
        return CompletableFuture.allOf(asked.toArray(CompletableFuture<?>[]::new))
                .thenApply(all -> asked.stream()
                        .map(CompletableFuture::join)
                        .filter(Objects::nonNull)
                        .toList());
    }

    private CompletableFuture<@Nullable Reading> ask(URI peer) {
        UploadPermit anyone = UploadPermit.anyone(UploadLimits.defaults());
        RelayRequest request = new RelayRequest(
                peer, "HEAD", RelayRequest.Purpose.ASK, Optional.empty(), Optional.of(PermitClaims.write(anyone)));
        return peers.time(request)
                .thenApply(theirs -> noted(new Reading(peer, theirs, clock.instant())))
                .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> {
                    LOG.log(Level.DEBUG, "the clock of {0} is not known: {1}", peer.getAuthority(), failure);
                    return null;
                });
    }

    private Reading noted(Reading reading) {
        vitals.skew(reading.peer(), Duration.between(reading.ours(), reading.theirs()));
        return reading;
    }
}
