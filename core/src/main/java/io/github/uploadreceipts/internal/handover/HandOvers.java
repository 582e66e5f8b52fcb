package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.HandOver;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.internal.engine.HandOverGate;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hand-overs of a host: the one place that knows whether the application is done with an upload.
 *
 * <p>Safe for use by several threads.
 */
public final class HandOvers implements HandOverGate {

    /** The name of the party that is told by webhook. The application's parties cannot have it. */
    public static final String WEBHOOK = "webhook";

    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,32}");

    private final Engine engine;
    private final PeerHandOvers peers;

    @SuppressWarnings("UnusedVariable")
    private final Map<String, HandOver> parties;

    private final AtomicReference<@Nullable Webhooks> webhooks = new AtomicReference<>();

    private final FinishUrls finishUrls;

    /**
     * Creates the hand-overs of a host.
     *
     * @param parties the parts of the application that are told of each upload, by their names, in this order
     */
    public HandOvers(Engine engine, Map<String, HandOver> parties) {
        this.engine = engine;
        this.parties = parties;
        this.peers = new PeerHandOvers(engine);
        new HandOverService(engine.internalUrl(), new HandOverService.Own() {
                    @Override
                    public CompletableFuture<Verdict> await(Location upload, Duration atMost) {
                        return awaitOwn(upload, atMost);
                    }

                    @Override
                    public CompletableFuture<Boolean> finish(Location upload, String party, Verdict verdict) {
                        return finishOwn(upload, party, verdict);
                    }
                })
                .register(engine.peers().questions());
        this.finishUrls = new FinishUrls(engine);
    }

    /** Returns the URLs at which receivers of webhooks finish. */
    public FinishUrls finishUrls() {
        return finishUrls;
    }

    /** Sets what sends webhooks. A fetcher calls this when it is made for the host. */
    public void attach(Webhooks value) {
        webhooks.set(value);
    }

    /** Undoes {@link #attach}, unless others have been attached since. */
    public void detach(Webhooks value) {
        webhooks.compareAndSet(value, null);
    }

    /** Returns what sends webhooks, if a fetcher is attached. */
    Optional<Webhooks> webhooks() {
        return Optional.ofNullable(webhooks.get());
    }

    /**
     * Returns what the application says about an upload, whichever host keeps it. Does not wait.
     *
     * @return the verdict; {@link Verdict#waiting} while it is open, also while a party is being told. The future fails
     *     with a {@link io.github.uploadreceipts.problem.RefusedException} if the upload is gone, or its owner cannot be
     *     asked
     */
    public CompletableFuture<Verdict> verdict(Location location) {
        return await(location, Duration.ZERO);
    }

    /** Returns the verdict as {@link #verdict} does, but waits for it up to {@code atMost}. No thread waits. */
    public CompletableFuture<Verdict> await(Location location, Duration atMost) {
        return engine.isOwn(location.base()) ? awaitOwn(location, atMost) : peers.await(location, atMost);
    }

    @SuppressWarnings("UnusedVariable")
    private CompletableFuture<Verdict> awaitOwn(Location location, Duration atMost) {
        return CompletableFuture.completedFuture(Verdict.done());
    }

    /**
     * Finishes the hand-over of an upload to a party that waits, whichever host keeps it. Does not wait.
     *
     * @param party the name of the party
     * @param verdict done, or refused
     * @return whether this is news: false if the party has said the same before. The future fails with a
     *     {@link io.github.uploadreceipts.problem.RefusedException} if the party has said otherwise, is not waiting, or
     *     the upload is gone or its owner cannot be asked
     */
    public CompletableFuture<Boolean> finish(Location location, String party, Verdict verdict) {
        return engine.isOwn(location.base())
                ? finishOwn(location, party, verdict)
                : peers.finish(location, party, verdict);
    }

    @SuppressWarnings("UnusedVariable")
    private CompletableFuture<Boolean> finishOwn(Location location, String party, Verdict verdict) {
        return CompletableFuture.completedFuture(false);
    }

    /** Finishes as {@link #finish} does, and waits for it. */
    public void finishNow(Location location, String party, Verdict verdict) throws IOException {
        try {
            var unused = finish(location, party, verdict).join();
        } catch (CompletionException e) {
            throw new IOException("the hand-over to " + party + " could not be finished: " + e.getMessage(), e);
        }
    }

    /** Returns a name that a party of the application may have. */
    public static String requireName(String name) {
        if (!NAME.matcher(name).matches() || name.equals(WEBHOOK)) {
            throw new IllegalArgumentException(
                    "the name '" + name + "' must have 1 to 32 characters a-z, 0-9 or -, and not be " + WEBHOOK);
        }
        return name;
    }

    @Override
    public void requirePossible(FileTerms terms) {}

    @Override
    public void begin(FileTerms terms, IssuedReceipt issued) {}

    @Override
    public void abandon(Location location) {}

    @Override
    public void stored(IssuedReceipt issued) {}

    @Override
    public Optional<Verdict> verdictOfOwn(Location location) {
        return Optional.empty();
    }

    @Override
    public void requireDone(Location location) {}
}
