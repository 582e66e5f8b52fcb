package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.archive.ArchiveStore;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Pushes the uploads of a local store to an object store, and deletes the local bytes some time after that. What is to be
 * done with an upload is seen on the disk: one without a record is pushed; of one with a record the bytes are deleted. So
 * nothing is lost when the process ends, and what is not in memory is found by looking at the disk again.
 */
public final class Archiving {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int MOST = 10_000;
    private static final long CLOSE_SECONDS = 5;
    private static final long HEAP_SHARE = 8;
    private static final long LARGEST_PART = 1 << 30;

    private final ArchivedObjects objects;
    private final ArchiveStore records;
    private final ArchivePush push;
    private final Settings settings;
    private final Outage outage;
    private final Threads threads;
    private final Map<Name, Step> tasks = new ConcurrentHashMap<>();
    private volatile boolean locked;

    /**
     * When things are done.
     *
     * @param senders how many uploads are pushed at the same time
     * @param grace how long the local bytes stay after the push
     * @param look how often the disk is looked at
     * @param pause the first pause after a failure; the next ones are longer
     * @param longestPause the longest one
     */
    public record Settings(int senders, Duration grace, Duration look, Duration pause, Duration longestPause) {}

    private record Name(UploadId id, ExpiryHour hour) {}

    private enum Step {
        PUSH,
        DELETE
    }

    /** Starts when {@link #start} is called. */
    public Archiving(ArchivedObjects objects, Settings settings) {
        this.objects = objects;
        this.records = objects.records();
        this.settings = settings;
        this.outage = new Outage(settings.pause(), settings.longestPause());
        this.threads = new Threads(settings.senders(), records);
        long memory = Math.min(LARGEST_PART, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
        this.push = new ArchivePush(objects.client(), threads::isShutdown, memory);
    }

    /** Another process moves the bytes of this directory only after the last thread has ended. */
    private static final class Threads extends ScheduledThreadPoolExecutor {

        private static final AtomicInteger NUMBER = new AtomicInteger();

        private final ArchiveStore records;

        Threads(int count, ArchiveStore records) {
            super(count, task -> {
                Thread thread = new Thread(task, "upload-receipts-archive-" + NUMBER.incrementAndGet());
                thread.setDaemon(true);
                return thread;
            });
            this.records = records;
            setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        }

        @Override
        protected void terminated() {
            try {
                records.unlock();
            } catch (StoreException e) {
                LOG.log(Level.WARNING, "the lock of the archive could not be given back: {0}", e.toString());
            }
        }
    }

    /** Begins to push what is there, and what will come. */
    public void start() {
        records.whenStored((id, hour) -> {
            if (locked) {
                add(new Name(id, hour), Step.PUSH, 0);
            }
        });
        var unused =
                threads.scheduleWithFixedDelay(this::look, 0, settings.look().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What was found may have been begun by a process that has ended, so it counts as tried before. */
    private void look() {
        try {
            locked = records.tryLock();
            if (locked) {
                records.look(found ->
                        add(new Name(found.id(), found.hour()), found.recorded() ? Step.DELETE : Step.PUSH, 1));
            }
        } catch (StoreException | RuntimeException e) {
            LOG.log(Level.DEBUG, "what is to be archived could not be looked for: " + e);
        }
    }

    private void add(Name name, Step step, int attempt) {
        if (tasks.size() < MOST && tasks.putIfAbsent(name, step) == null) {
            schedule(name, attempt, step == Step.DELETE ? settings.grace() : Duration.ZERO);
        }
    }

    private void schedule(Name name, int attempt, Duration delay) {
        try {
            var unused = threads.schedule(() -> run(name, attempt), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // it is found again at the next start
            tasks.remove(name);
        }
    }

    private void run(Name name, int attempt) {
        Duration wait = outage.left();
        if (!wait.isZero()) {
            schedule(name, attempt, wait.plus(outage.pause(1)));
            return;
        }
        int failed = attempt + 1;
        Optional<Duration> again = Optional.of(settings.longestPause());
        try {
            again = done(name, attempt);
            failed = 0;
        } catch (StoreException.Gone e) { // it was discarded meanwhile
            again = Optional.of(outage.pause(1));
        } catch (StoreException e) {
            again = Optional.of(outage.pause(failed));
            tell(name, attempt, e);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "upload " + name.id() + " could not be archived", e);
        } finally {
            if (again.isPresent()) {
                schedule(name, failed, again.get());
            } else {
                tasks.remove(name);
            }
        }
    }

    private void tell(Name name, int attempt, StoreException e) {
        if (threads.isShutdown()) {
            return;
        }
        boolean all = e instanceof StoreException.Unavailable || e instanceof StoreException.Full;
        if (!all) {
            Level level = attempt <= 1 ? Level.WARNING : Level.DEBUG;
            LOG.log(level, "upload " + name.id() + " stays on the local disk, and is archived later: " + e);
        } else if (outage.failed(String.valueOf(e.getMessage()))) {
            LOG.log(
                    Level.WARNING,
                    "uploads cannot be archived now; " + waiting() + " wait on the local disk, and more are accepted"
                            + " as long as it has room: " + e);
        }
    }

    private void succeeded() {
        if (outage.ended()) {
            LOG.log(Level.INFO, "uploads are archived again; {0} wait", waiting());
        }
    }

    /** Does what is to be done next, and returns when to do more. */
    private Optional<Duration> done(Name name, int attempt) throws StoreException {
        Optional<StoredUpload> here = objects.local().find(name.id(), name.hour());
        Optional<UploadRecord> record = objects.record(name.id(), name.hour());
        if (here.isEmpty()) {
            objects.deleteDiscarded(name.id(), name.hour());
            if (record.isEmpty() && attempt > 0) {
                objects.deleteLeftovers(name.id(), name.hour());
            }
            return Optional.empty();
        }
        return record.isPresent() ? delete(name, record.get()) : push(name, here.get(), attempt);
    }

    private Optional<Duration> push(Name name, StoredUpload here, int attempt) throws StoreException {
        if (attempt > 0) {
            objects.deleteLeftovers(name.id(), name.hour());
        }
        String object = ObjectNames.newArchived(name.id(), name.hour());
        UploadRecord record = push.run(name.id(), here, object, objects.end(name.hour()));
        succeeded();
        if (!objects.record(name.id(), name.hour(), record)) {
            objects.delete(object); // it was discarded meanwhile, or purged
            return Optional.empty();
        }
        tasks.put(name, Step.DELETE);
        return Optional.of(settings.grace());
    }

    private Optional<Duration> delete(Name name, UploadRecord record) throws StoreException {
        if (push.isThere(record.data(), record.size(), record.etag())) {
            succeeded();
            var unused = records.deleteBytes(name.id(), name.hour());
            return Optional.empty();
        }
        LOG.log(
                Level.WARNING,
                "the object of upload {0} is gone, or another one, and is pushed again: see who or what else writes or deletes"
                        + " there",
                name.id());
        records.forget(name.id(), name.hour());
        objects.delete(record.data());
        tasks.put(name, Step.PUSH);
        return Optional.of(outage.pause(1));
    }

    /** Returns how many uploads are to be pushed, as far as is known. */
    public int waiting() {
        return (int) tasks.values().stream().filter(Step.PUSH::equals).count();
    }

    /** Returns why nothing can be pushed now. */
    public Optional<String> outage() {
        return outage.cause();
    }

    /** Stops pushing. What is interrupted is pushed from its beginning when the store is opened again. */
    public void close() {
        records.whenStored((id, hour) -> {});
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.log(Level.DEBUG, "a request to the object store goes on until its connection is closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
