package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.fetch.internal.connect.AllowedPeers;
import io.github.uploadreceipts.fetch.internal.connect.CheckedResolver;
import io.github.uploadreceipts.fetch.internal.connect.ConnectionPool;
import io.github.uploadreceipts.fetch.internal.connect.HttpTransport;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.Timeouts;
import io.github.uploadreceipts.fetch.internal.connect.Transport;
import io.github.uploadreceipts.fetch.internal.handover.WebhookClient;
import io.github.uploadreceipts.fetch.internal.pull.FetchResources;
import io.github.uploadreceipts.fetch.internal.pull.FetchSettings;
import io.github.uploadreceipts.fetch.internal.pull.Workers;
import io.github.uploadreceipts.fetch.internal.relay.RelayClient;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.handover.HandOvers;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * What a fetcher is made of.
 *
 * @param resources what all fetches share
 * @param relaying sends relayed requests
 * @param webhooks sends webhooks
 * @param handOvers those of the host
 */
record FetcherParts(FetchResources resources, RelayClient relaying, WebhookClient webhooks, HandOvers handOvers) {

    static FetcherParts of(Engine engine, PeerFetcher.Builder builder) {
        HandOvers handOvers = HostAccess.handOvers(builder.host);
        PeerPolicy policy =
                builder.policy == null ? PeerPolicy.of(engine.peers().rules()) : builder.policy;
        AllowedPeers allowed = policy.allowedPeers(engine.own(), engine.isDevelopmentMode());
        CheckedResolver resolver = new CheckedResolver(allowed, builder.names);
        SSLContext tls = builder.sslContext == null ? ConnectionPool.defaultTls() : builder.sslContext;
        Timeouts timeouts = new Timeouts(builder.connectTimeout, builder.responseTimeout);
        Transport transport = builder.transport == null
                ? new HttpTransport(resolver, tls, Workers.most(builder.parallel), timeouts)
                : builder.transport;
        PeerTokens tokens = new PeerTokens(engine.keyRing(), engine.clock());
        PeerClient client = new PeerClient(allowed, tokens, transport);
        FetchSettings settings = builder.settings();
        ScheduledExecutorService timer = Workers.newTimer();
        long idle = ConnectionPool.IDLE.toSeconds();
        var unused = timer.scheduleWithFixedDelay(client::closeIdle, idle, idle, TimeUnit.SECONDS);
        return new FetcherParts(
                new FetchResources(engine, client, new Workers(builder.parallel), timer, settings, false),
                new RelayClient(
                        allowed, resolver, tls, timeouts, timer, engine.peers().silent(), tokens, settings.patience()),
                new WebhookClient(new WebhookClient.Parts(
                        handOvers.webhookUrls(),
                        builder.names,
                        engine.internalUrl().getHost(),
                        engine.isDevelopmentMode(),
                        ConnectionPool.defaultTls(), // receivers are no peers, and have certificates of their own
                        timer,
                        engine.newWaitingExecutor(WebhookClient.parallel()))),
                handOvers);
    }

    /** Lets the host send requests through these parts. */
    void attach(PeerRelay relay) {
        resources.engine().peers().attach(relay);
        handOvers.attach(webhooks);
    }

    /** Undoes {@link #attach}, and closes the parts. */
    void close(PeerRelay relay, Runnable fetches) {
        resources.engine().peers().detach(relay);
        handOvers.detach(webhooks);
        resources.timer().shutdownNow();
        fetches.run();
        webhooks.close();
        resources.client().close();
        relaying.close();
        resources.workers().close();
    }
}
