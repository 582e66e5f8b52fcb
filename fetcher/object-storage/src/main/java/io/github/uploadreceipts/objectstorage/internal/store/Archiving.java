package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.archive.ArchiveStore;
import io.github.uploadreceipts.internal.archive.ArchiveStore.Bytes;
import io.github.uploadreceipts.internal.archive.ArchiveStore.Found;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
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
    private static final int LOOK_SHARE = 20;
    private static final long CLOSE_SECONDS = 5;

    private final ArchivedObjects objects;
    private final ArchiveStore records;
    private final ArchivePush push;
    private final Settings settings;
    private final Outage outage;
    private final Threads threads;
    private final Set<Name> pushes = ConcurrentHashMap.newKeySet();
    private final Set<Name> deletes = ConcurrentHashMap.newKeySet();
    private volatile boolean locked;
    private volatile Optional<String> unseen = Optional.empty();
    private volatile boolean dropped;
    private long nextLook = System.nanoTime();

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

    private record Task(Name name, boolean push) {}

    /**
     * Starts when {@link #start} is called.
     *
     * @throws IllegalStateException if another one works on the same uploads
     */
    public Archiving(ArchivedObjects objects, Settings settings) {
        this.objects = objects;
        this.records = objects.records();
        this.settings = settings;
        this.outage = new Outage(settings.pause(), settings.longestPause());
        this.threads = new Threads(settings.senders(), records);
        this.push = new ArchivePush(new ObjectPush(objects.client(), threads::isShutdown));
        records.begin((id, hour) -> {
            if (locked) {
                addPush(new Name(id, hour), 0);
            }
        });
    }

    /** Gives the lock back when the last thread has ended, so that no other process works on the same bytes. */
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

        /** Later there may be no memory for them. */
        void begin() {
            var unused = prestartAllCoreThreads();
        }

        @Override
        protected void terminated() {
            try {
                records.end();
            } catch (StoreException e) {
                LOG.log(Level.WARNING, "the lock of the archive could not be given back: {0}", e.toString());
            }
        }
    }

    /** Begins to push what is there, and what will come. */
    public void start() {
        threads.begin();
        var unused =
                threads.scheduleWithFixedDelay(this::look, 0, settings.look().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A search that took long is repeated later, unless the last one found more than there was room for. */
    private void look() {
        try {
            locked = records.tryLock();
            boolean room = dropped && pushes.size() < MOST / 2;
            if (locked && (room || System.nanoTime() - nextLook >= 0)) {
                dropped = false;
                long start = System.nanoTime();
                records.look(this::found);
                long end = System.nanoTime();
                nextLook = end + (end - start) * LOOK_SHARE;
                if (pushes.isEmpty() && deletes.isEmpty()) { // what has failed was discarded
                    ended(true);
                }
            }
            unseen = Optional.empty();
        } catch (StoreException | RuntimeException | Error e) { // or it would be looked at for the last time
            if (unseen.isEmpty()) {
                LOG.log(
                        Level.WARNING,
                        "the local disk cannot be searched for uploads to archive; the search is tried again",
                        e);
            }
            unseen = Optional.of(e.toString());
        }
    }

    private void found(Found found) {
        Name name = new Name(found.id(), found.hour());
        if (found.recorded().isEmpty()) {
            addPush(name, 1);
        } else {
            Duration age = Duration.between(found.recorded().get(), Instant.now());
            Duration left = settings.grace().minus(age);
            addDelete(name, left.compareTo(settings.grace()) > 0 ? settings.grace() : left);
        }
    }

    private void addPush(Name name, int attempt) {
        if (pushes.size() >= MOST) {
            dropped = true;
        } else if (pushes.add(name)) {
            schedule(new Task(name, true), attempt, Duration.ZERO);
        }
    }

    /** What is to be done late is found again by a search, and takes no place until then. */
    private void addDelete(Name name, Duration delay) {
        boolean soon = delay.compareTo(settings.look().multipliedBy(2)) <= 0;
        if (soon && deletes.size() < MOST && deletes.add(name)) {
            schedule(new Task(name, false), 0, delay);
        }
    }

    private void schedule(Task task, int attempt, Duration delay) {
        try {
            var unused = threads.schedule(() -> run(task, attempt), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // it is found again at the next start
            remove(task);
        }
    }

    private void remove(Task task) {
        (task.push() ? pushes : deletes).remove(task.name());
    }

    private void run(Task task, int attempt) {
        Duration wait = outage.left();
        if (!wait.isZero()) {
            schedule(task, attempt, wait.plus(outage.pause(1)));
            return;
        }
        int failed = attempt + 1;
        Optional<Duration> again = Optional.of(settings.longestPause());
        try {
            again = task.push() ? push(task.name(), attempt) : delete(task.name());
            failed = 0;
        } catch (ObjectPush.Unreadable | StoreException e) {
            again = Optional.of(outage.pause(failed));
            tell(task, attempt, e);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "upload " + task.name().id() + " could not be archived, and is tried again", e);
            var unused = outage.failed(task.name(), true, false, e.toString());
        } finally {
            if (again.isPresent()) {
                schedule(task, failed, again.get());
            } else {
                remove(task);
            }
        }
    }

    private void tell(Task task, int attempt, IOException e) {
        boolean discarded = e.getCause() instanceof StoreException.Gone; // between the look at it and its opening
        if (!threads.isShutdown() && !discarded) {
            Level level = attempt <= 1 && outage.cause().isEmpty() ? Level.WARNING : Level.DEBUG;
            LOG.log(level, "upload " + task.name().id() + " could not be archived now, and is tried again: " + e);
        }
    }

    private interface Request<T> {
        T run() throws StoreException, ObjectPush.Unreadable;
    }

    /** Asks the object store, and notes whether it is there. A missing object does not mean that the upload was discarded. */
    private <T> T ask(Name name, boolean push, Request<T> request) throws StoreException, ObjectPush.Unreadable {
        try {
            T response = request.run();
            ended(push);
            return response;
        } catch (StoreException e) {
            boolean all = e instanceof StoreException.Unavailable || e instanceof StoreException.Full;
            if (!threads.isShutdown() && outage.failed(name, push, all, String.valueOf(e))) {
                LOG.log(
                        Level.WARNING,
                        "upload " + name.id() + " could not be archived, and is tried again; " + waiting()
                                + " wait on the local disk, and more are accepted as long as it has room: " + e);
            }
            throw e instanceof StoreException.Gone ? new StoreException.Failed(String.valueOf(e), e) : e;
        }
    }

    private void ended(boolean push) {
        if (outage.ended(push)) {
            LOG.log(Level.INFO, "uploads are archived again; {0} wait", waiting());
        }
    }

    /** Pushes an upload, unless that was done, and returns when to look at it again. */
    private Optional<Duration> push(Name name, int attempt) throws StoreException, ObjectPush.Unreadable {
        Optional<Bytes> here = records.bytes(name.id(), name.hour());
        boolean recorded = here.isPresent() && here.get().recorded().isPresent();
        if (attempt > 0 && !recorded) { // an attempt before may have left an object
            ask(name, false, () -> objects.deleteLeftovers(name.id(), name.hour()));
        }
        if (here.isEmpty() || recorded) {
            addDelete(name, recorded ? settings.grace() : Duration.ZERO);
            return Optional.empty();
        }
        if (!push.begin(here.get().upload().size())) {
            return Optional.of(settings.look()); // until another large one is there
        }
        try {
            return push(name, here.get());
        } finally {
            push.end(here.get().upload().size());
        }
    }

    private Optional<Duration> push(Name name, Bytes here) throws StoreException, ObjectPush.Unreadable {
        String object = objects.newName(name.id(), name.hour());
        boolean recorded = ask(name, true, () -> {
            objects.requireWritable(); // or it would be pushed again and again
            UploadRecord record = push.run(here.upload(), object, objects.end(name.hour()));
            return objects.record(name.id(), name.hour(), here.file(), record);
        });
        if (recorded) {
            addDelete(name, settings.grace());
            return Optional.empty();
        }
        objects.delete(object);
        if (records.bytes(name.id(), name.hour()).isPresent()) {
            throw new StoreException.Failed(
                    "its file is not the one that was pushed: its id was used again, or the file system gives a file"
                            + " another inode or time whenever it is looked at",
                    null);
        }
        return Optional.of(outage.pause(1)); // it was discarded, purged or withdrawn meanwhile
    }

    /** Deletes the local bytes of an upload that was pushed, or what is left of one that was discarded. */
    private Optional<Duration> delete(Name name) throws StoreException, ObjectPush.Unreadable {
        Optional<ArchiveRecord> record = objects.record(name.id(), name.hour());
        Optional<Bytes> here = records.bytes(name.id(), name.hour());
        if (record.isEmpty()) {
            ask(name, false, () -> objects.deleteDiscarded(name.id(), name.hour()));
        } else if (here.isPresent() && isArchived(name, record.get(), here.get())) {
            var unused = records.deleteBytes(name.id(), name.hour(), here.get().file());
        } else if (here.isPresent()) {
            if (objects.forget(name.id(), name.hour(), record.get())) {
                addPush(name, 0);
            }
        }
        return Optional.empty();
    }

    /** Returns whether the object store has these bytes. A record may be of others, which were withdrawn. */
    private boolean isArchived(Name name, ArchiveRecord record, Bytes here)
            throws StoreException, ObjectPush.Unreadable {
        if (!record.isOf(here.file())) {
            return false;
        }
        boolean there = ask(name, false, () -> push.isThere(record.object()));
        if (!there) {
            LOG.log(
                    Level.WARNING,
                    "the object of upload {0} is gone, or another one, and is pushed again: see who or what else writes"
                            + " or deletes there",
                    name.id());
        }
        return there;
    }

    /** Returns how many uploads are to be pushed, as far as is known. */
    public int waiting() {
        return pushes.size();
    }

    /** Returns why nothing can be pushed now. */
    public Optional<String> outage() {
        return outage.cause().or(() -> unseen);
    }

    /** Stops pushing. What is interrupted is pushed from its beginning when the store is opened again. */
    public void close() {
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
