package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.internal.engine.Engine;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The resources that all fetches of one fetcher share. Their creator closes them.
 *
 * @param engine the engine of this host
 * @param client sends the requests to peers
 * @param workers run all the work
 * @param timer ends what exceeds its deadline
 * @param settings the settings of the fetcher
 * @param acceptUnfinished whether uploads are fetched also while their application is not done with them
 */
public record FetchResources(
        Engine engine,
        PeerClient client,
        Workers workers,
        ScheduledExecutorService timer,
        FetchSettings settings,
        boolean acceptUnfinished) {

    /** Returns the same resources for a fetch that belongs to a trace. */
    public FetchResources in(Optional<String> trace) {
        return new FetchResources(engine, client.in(trace), workers, timer, settings, acceptUnfinished);
    }

    /** Returns the same resources for fetches of uploads that their application is not done with. */
    public FetchResources acceptingUnfinished() {
        return new FetchResources(engine, client, workers, timer, settings, true);
    }
}
