package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.HandOver;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.handover.Verdict.Status;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.internal.engine.HandOverGate;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.StoreFailures;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
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

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,32}");
    private static final int MAX_PARTIES = 16;
    private static final int IN_PROCESS_THREADS = 4;

    private final Engine engine;
    private final Map<String, Party> parties = new LinkedHashMap<>();
    private final Waiters waiters = new Waiters();
    private final Optional<Own> own;
    private final PeerHandOvers peers;
    private final AtomicReference<@Nullable Webhooks> webhooks = new AtomicReference<>();

    private final WebhookUrls webhookUrls;
    private final FinishUrls finishUrls;
    private final Party webhook;

    /** The hand-overs of this host's own uploads, if its store has a place for them. */
    private record Own(Ledger ledger, Telling telling) {}

    /**
     * Creates the hand-overs of a host.
     *
     * @param handOvers the parts of the application that are told of each upload, by their names, in this order
     * @param webhookUrls where webhooks may be sent
     */
    public HandOvers(Engine engine, Map<String, HandOver> handOvers, WebhookUrls webhookUrls) {
        this.engine = engine;
        this.webhookUrls = webhookUrls;
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
        this.webhook = new WebhookParty(engine, this::webhooks, finishUrls);
        Executor blocking = engine.newWaitingExecutor(IN_PROCESS_THREADS);
        handOvers.forEach(
                (name, handOver) -> parties.put(name, new InProcessParty(handOver, engine.uploads(true), blocking)));
        this.own = HandOverStores.of(engine.store()).map(this::own);
        own.ifPresent(mine -> mine.telling().start());
        engine.stopping().add(waiters::release);
    }

    private Own own(HandOverStore store) {
        Ledger ledger = new Ledger(store, engine.clock());
        return new Own(ledger, new Telling(engine, store, ledger, this::party, waiters));
    }

    private Optional<Party> party(String name) {
        return Optional.ofNullable(name.equals(WEBHOOK) ? webhook : parties.get(name));
    }

    /** Returns where webhooks may be sent. */
    public WebhookUrls webhookUrls() {
        return webhookUrls;
    }

    /** Returns the URLs at which receivers of webhooks finish. */
    public FinishUrls finishUrls() {
        return finishUrls;
    }

    /**
     * Checks that the uploads of a store can be handed over.
     *
     * @throws IllegalStateException if they cannot, or there are too many parties
     */
    public static void requirePossible(UploadStore store, Map<String, HandOver> parties) {
        if (!parties.isEmpty() && HandOverStores.of(store).isEmpty()) {
            throw new IllegalStateException("handOver needs a store that remembers what was handed over, such as"
                    + " LocalUploadStore, and this one does not");
        }
        if (parties.size() > MAX_PARTIES) {
            throw new IllegalStateException(
                    "handOver was called " + parties.size() + " times, but a host has at most " + MAX_PARTIES);
        }
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

    private CompletableFuture<Verdict> awaitOwn(Location location, Duration atMost) {
        CompletableFuture<Verdict> future = new CompletableFuture<>();
        if (!atMost.isZero()) {
            waiters.add(location.id(), future); // first, or a verdict between the look and this would be missed
        }
        var unused = onExecutor(() -> verdictNow(location)).whenComplete((verdict, failure) -> {
            if (failure != null) {
                future.completeExceptionally(PeerQuestions.cause(failure));
            } else if (verdict.status() != Status.WAITING
                    || atMost.isZero()
                    || engine.stopping().hasBegun()) {
                future.complete(verdict);
            } else {
                waitFor(future, atMost);
            }
        });
        return future;
    }

    private void waitFor(CompletableFuture<Verdict> future, Duration atMost) {
        ScheduledFuture<?> end = engine.timer()
                .schedule(() -> future.complete(Verdict.waiting()), atMost.toMillis(), TimeUnit.MILLISECONDS);
        var unused = future.whenComplete((verdict, failure) -> end.cancel(false));
    }

    private Verdict verdictNow(Location location) throws StoreException, RefusedException {
        if (!engine.isStored(location)) {
            throw new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE));
        }
        return own.isPresent() ? own.get().ledger().verdict(location) : Verdict.done();
    }

    /**
     * Finishes the hand-over of an upload to a party that waits, whichever host keeps it. Does not wait. A party may be
     * finished as soon as it is told, because it may be faster than its own response.
     *
     * @param party the name of the party
     * @param verdict done, or refused
     * @return whether this is news: false if the party has said the same before. The future fails with a
     *     {@link io.github.uploadreceipts.problem.RefusedException} if the party has said otherwise, is not waiting, or
     *     the upload is gone or its owner cannot be asked
     */
    public CompletableFuture<Boolean> finish(Location location, String party, Verdict verdict) {
        if (verdict.status() == Status.WAITING) {
            throw new IllegalArgumentException("a hand-over is finished by done or refused");
        }
        return engine.isOwn(location.base())
                ? finishOwn(location, party, verdict)
                : peers.finish(location, party, verdict);
    }

    private CompletableFuture<Boolean> finishOwn(Location location, String party, Verdict verdict) {
        return onExecutor(() -> recordFinish(location, party, verdict));
    }

    private Boolean recordFinish(Location location, String party, Verdict verdict)
            throws StoreException, RefusedException {
        Own mine = own.filter(known -> location.hour().end().isAfter(engine.now()))
                .orElseThrow(() -> new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE)));
        try {
            Ledger.Change change = mine.ledger().said(location, party, verdict);
            mine.telling().changed(location, party, verdict, change);
            return change.news();
        } catch (StoreException e) {
            mine.telling().lookLater(location);
            throw e;
        }
    }

    private interface Work<T> {
        T run() throws StoreException, RefusedException;
    }

    private <T> CompletableFuture<T> onExecutor(Work<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            engine.executor().execute(() -> {
                try {
                    result.complete(work.run());
                } catch (StoreException e) {
                    LOG.log(Level.ERROR, "what is known of a hand-over could not be read or written: " + e);
                    result.completeExceptionally(new UploadRefusedException(Problem.of(StoreFailures.problemOf(e))));
                } catch (RefusedException | RuntimeException | Error e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RuntimeException e) { // the host is stopping, or has no thread for this
            result.completeExceptionally(new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE)));
        }
        return result;
    }

    /** Finishes as {@link #finish} does, and waits for it. */
    public void finishNow(Location location, String party, Verdict verdict) throws IOException {
        try {
            var unused = finish(location, party, verdict).join();
        } catch (CompletionException e) {
            throw new IOException("the hand-over to " + party + " could not be finished: " + e.getMessage(), e);
        }
    }

    /**
     * Adds a party of the application.
     *
     * @throws IllegalArgumentException if it cannot have that name, or another one has it
     */
    public static void add(Map<String, HandOver> parties, String name, HandOver party) {
        if (!NAME.matcher(name).matches() || name.equals(WEBHOOK)) {
            throw new IllegalArgumentException(
                    "the name '" + name + "' must have 1 to 32 characters a-z, 0-9 or -, and not be " + WEBHOOK);
        }
        if (parties.putIfAbsent(name, party) != null) {
            throw new IllegalArgumentException("there are two parties of the name " + name);
        }
    }

    /** Returns how many uploads of this host wait for the application. */
    public int open() {
        return own.map(mine -> mine.telling().open()).orElse(0);
    }

    /** Tells of what is due now, as is done each second. */
    void tellDue() {
        own.ifPresent(mine -> mine.telling().tellDue());
    }

    @Override
    public void requirePossible(FileTerms terms) throws UploadRefusedException {
        if (terms.handOver().isPresent() && own.isEmpty()) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.TICKET_INVALID,
                    "The ticket has a hand-over URL, and the store of this host does not remember hand-overs."));
        }
        if (terms.handOver().isPresent() && !isAllowed(terms.handOver().get())) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.TICKET_INVALID, "The ticket has a hand-over URL to which this host sends nothing."));
        }
    }

    private boolean isAllowed(URI receiver) {
        boolean allowed = webhooks().map(sender -> sender.isAllowed(receiver)).orElse(false);
        if (!allowed) {
            LOG.log(
                    Level.WARNING,
                    webhooks().isPresent()
                            ? "a ticket hands over to {0}, which hand-over-urls does not list"
                            : "a ticket hands over to {0}, and no PeerFetcher is made for this host to send webhooks",
                    receiver.getRawAuthority());
        }
        return allowed;
    }

    @Override
    public void publish(FileTerms terms, IssuedReceipt issued, Publishing step) throws StoreException {
        Location location = issued.receipt().owner();
        List<String> names = new ArrayList<>(parties.keySet());
        terms.handOver().ifPresent(url -> names.add(WEBHOOK));
        if (own.isEmpty() || names.isEmpty()) {
            step.in(location.hour());
            return;
        }
        HandOverRecord record = HandOverRecord.begun(issued, terms.handOver(), names, engine.now());
        Own mine = own.get();
        var unused = mine.ledger().locked(location, () -> publish(mine, location, record, step));
    }

    private boolean publish(Own mine, Location location, HandOverRecord record, Publishing step) throws StoreException {
        if (mine.ledger().begin(location, record)) {
            mine.telling().enter(location, record);
        }
        boolean published = false;
        try {
            step.in(location.hour());
            published = true;
        } finally {
            if (!published) {
                abandon(mine, location);
            }
        }
        return published;
    }

    private void abandon(Own mine, Location location) {
        try {
            if (mine.ledger().abandon(location)) {
                gone(location);
            }
        } catch (StoreException e) {
            LOG.log(Level.WARNING, "the hand-over of upload " + location.id() + " stays until it expires: " + e);
        }
    }

    @Override
    public void gone(Location location) {
        own.ifPresent(mine -> mine.telling().forget(location));
        waiters.gone(location.id());
    }

    @Override
    public void stored(IssuedReceipt issued) {
        own.ifPresent(mine -> mine.telling().tell(issued.receipt().owner()));
    }

    @Override
    public Optional<Verdict> verdictOfOwn(Location location) throws StoreException {
        return own.isPresent() ? own.get().ledger().known(location) : Optional.empty();
    }

    @Override
    public void requireDone(Location location) throws StoreException, UnfinishedException {
        Verdict verdict = own.isPresent() ? own.get().ledger().verdict(location) : Verdict.done();
        if (verdict.status() != Status.DONE) {
            throw new UnfinishedException(verdict);
        }
    }
}
