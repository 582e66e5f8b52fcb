package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.Vitals;
import io.github.uploadreceipts.internal.handover.HandOvers;
import io.github.uploadreceipts.problem.ProblemType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * The meters of a host, for Micrometer, which the application brings: {@code io.micrometer:micrometer-core}. They are
 * listed in {@code docs/metrics.md}.
 *
 * <pre>{@code
 * UploadMetrics.of(host).bindTo(registry);
 * }</pre>
 *
 * <p>No tag has a value that a client chooses: there are as many time series as ways, problem types and peers. Reading
 * the meters waits neither for a disk nor for a lock, and looks at no upload.
 *
 * <p>{@code upload.received} is recorded as a timer, not as an observation: an observation has to be started before what
 * it observes, and its scope belongs to a thread, but an upload is received by whichever thread has its next bytes. The
 * request itself is what frameworks observe.
 */
@SuppressWarnings("exports") // of Micrometer's types, which who uses this class has
public final class UploadMetrics implements MeterBinder {

    private static final String PEER = "peer";
    private static final String WAY = "way";

    private final Engine engine;
    private final HandOvers handOvers;

    private UploadMetrics(Engine engine, HandOvers handOvers) {
        this.engine = engine;
        this.handOvers = handOvers;
    }

    /** Returns the meters of {@code host}. */
    public static UploadMetrics of(UploadHost host) {
        return new UploadMetrics(HostAccess.engine(host), HostAccess.handOvers(host));
    }

    /** Registers the meters, and records in them what happens on the host from now on. Call it once per registry. */
    @Override
    public void bindTo(MeterRegistry registry) {
        Vitals vitals = engine.vitals();
        vitals.watchSpace();
        gauge("upload.in.flight", vitals, Vitals::inFlight)
                .description("Requests with a body that are being received: uploads, and final requests.")
                .baseUnit("requests")
                .register(registry);
        gauge("upload.store.free", vitals, Vitals::freeSpace)
                .description(
                        "The free space of the store, read every 10 s. NaN if the store has not said it for a minute.")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        gauge("upload.store.purge.lag", vitals, known -> known.sincePurge().toMillis() / 1e3)
                .description("How long ago expired uploads were last purged, or the host was started. They are purged"
                        + " every 10 min, from an hour after the start, while the clock is right.")
                .baseUnit("seconds")
                .register(registry);
        for (URI peer : engine.peers().others()) {
            gauge("upload.clock.skew", vitals, known -> known.skewSeconds(peer))
                    .description(
                            "How far the clock of a peer is ahead of this host's, by the Date of its responses, to the"
                                    + " second. It is compared by probe(), and from an hour after the start every 10 min;"
                                    + " NaN if it was not in the last hour. Beyond 60 s, hosts refuse each other.")
                    .baseUnit("seconds")
                    .tag(PEER, peer.getRawAuthority())
                    .register(registry);
        }
        gauge("upload.handover.open", handOvers, HandOvers::open)
                .description("Uploads of this host that the application is not done with.")
                .baseUnit("uploads")
                .register(registry);
        Recorder recorder = new Recorder(registry);
        var unused = List.of(recorder.claims(), recorder.downloads(true), recorder.downloads(false));
        recorder.registerRefusals();
        engine.listen(recorder);
    }

    private static <T> Gauge.Builder<T> gauge(String name, T of, ToDoubleFunction<T> value) {
        return Gauge.builder(name, of, value);
    }

    /** Records events. The registry looks each meter up by its tags. */
    private record Recorder(MeterRegistry registry) implements UploadListener {

        @Override
        public void on(UploadEvent event) {
            if (event instanceof UploadEvent.Received received) {
                received(received);
            } else if (event instanceof UploadEvent.Refused refused) {
                refusals(refused.problem().type(), refused.place()).increment();
            } else if (event instanceof UploadEvent.Fetched fetched) {
                fetched(fetched);
            } else if (event instanceof UploadEvent.Relayed relayed) {
                relayed(relayed);
            } else if (event instanceof UploadEvent.Claimed) {
                claims().increment();
            } else if (event instanceof UploadEvent.LinkUsed used) {
                downloads(used.own()).increment();
            } else if (event instanceof UploadEvent.HandedOver handed) {
                handOvers(handed.party(), value(handed.status())).increment();
            } else if (event instanceof UploadEvent.HandOverFailed failed) {
                handOvers(failed.party(), "failed").increment();
            } else if (event instanceof UploadEvent.HandOverExpired expired) {
                handOvers(expired.party(), "expired").increment();
            }
        }

        private void received(UploadEvent.Received event) {
            String way = value(event.way());
            Timer.builder("upload.received")
                    .description("How long the bytes of a whole upload took to come; of a resumable one, since it was"
                            + " created. Parts of a concatenation are counted, and it is not.")
                    .tag(WAY, way)
                    .register(registry)
                    .record(event.duration());
            DistributionSummary.builder("upload.bytes")
                    .description("The sizes of these uploads.")
                    .baseUnit(BaseUnits.BYTES)
                    .tag(WAY, way)
                    .register(registry)
                    .record((double) event.bytes());
        }

        /** A counter that appeared with its first refusal would have no increase that an alert could see. */
        private void registerRefusals() {
            for (UploadEvent.Place place : UploadEvent.Place.values()) {
                for (ProblemType type : ProblemType.values()) {
                    refusals(type, place);
                }
            }
        }

        private Counter refusals(ProblemType type, UploadEvent.Place place) {
            return Counter.builder("upload.refused")
                    .description("Requests that were refused. The reason is a problem type.")
                    .baseUnit("requests")
                    .tag("reason", value(type))
                    .tag("place", value(place))
                    .register(registry);
        }

        private void fetched(UploadEvent.Fetched event) {
            Timer.builder("upload.fetch")
                    .description(
                            "How long it took to get an upload and to verify its bytes. The peer is \"none\" if the"
                                    + " upload was in this host's own store.")
                    .tag(PEER, event.peer().map(URI::getRawAuthority).orElse("none"))
                    .register(registry)
                    .record(event.duration());
        }

        private void relayed(UploadEvent.Relayed event) {
            Timer.builder("upload.relay")
                    .description("How long a peer took to respond to a request that was relayed to it, with its body.")
                    .tag(PEER, event.peer().getRawAuthority())
                    .register(registry)
                    .record(event.duration());
        }

        private Counter claims() {
            return Counter.builder("upload.claim")
                    .description(
                            "Uploads of this host that were claimed; those that are claimed again are counted again.")
                    .baseUnit("uploads")
                    .register(registry);
        }

        private Counter handOvers(String party, String result) {
            return Counter.builder("upload.handover")
                    .description(
                            "What came of handing over uploads: done, waiting, refused; failed for each attempt that"
                                    + " failed; expired if the upload has expired before.")
                    .baseUnit("uploads")
                    .tag("party", party)
                    .tag("result", result)
                    .register(registry);
        }

        private Counter downloads(boolean own) {
            return Counter.builder("upload.link.download")
                    .description("Downloads that share links have begun, of uploads of this host and of peers.")
                    .baseUnit("downloads")
                    .tag("source", own ? "own" : PEER)
                    .register(registry);
        }

        private static String value(Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
