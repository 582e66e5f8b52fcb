package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.internal.engine.Engine;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all fetches of one fetcher share. Whoever made these closes them.
 *
 * @param engine this host's
 * @param client asks the peers
 * @param workers on which all the work runs
 * @param timer for deadlines
 * @param settings of the fetcher
 */
public record FetchResources(
        Engine engine, PeerClient client, Workers workers, ScheduledExecutorService timer, FetchSettings settings) {}
