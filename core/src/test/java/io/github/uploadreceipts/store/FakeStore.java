package io.github.uploadreceipts.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** A store in memory. It can be told to fail, and shows what it holds. */
public final class FakeStore implements UploadStore {

    /** The uploads that are being received. */
    public final List<UploadId> receiving = new CopyOnWriteArrayList<>();

    /** The instants that were given to {@link #purge}. */
    public final BlockingQueue<Instant> purges = new LinkedBlockingQueue<>();

    /** The name of the method that fails. */
    public volatile String failing = "";

    public volatile StoreException failure = new StoreException.Failed("Input/output error", null);
    public volatile long freeSpace = Long.MAX_VALUE;
    public volatile boolean publishesLater = true;
    public volatile boolean draining;
    public volatile Optional<Instant> time = Optional.empty();

    /** The internal URL of another host whose uploads are in this store too. */
    public volatile String reached = "";

    public volatile boolean closed;

    private final Memory memory;

    /** Creates an empty store. */
    public FakeStore() {
        this(new Memory());
    }

    private FakeStore(Memory memory) {
        this.memory = memory;
    }

    /** Returns another store with the same uploads, as after a restart. */
    public FakeStore reopened() {
        return new FakeStore(memory);
    }

    /** Returns the bytes of every published upload, by {@code hour/id}. */
    public Map<String, byte[]> published() {
        synchronized (memory) {
            Map<String, byte[]> published = new TreeMap<>();
            memory.hours.forEach((hour, known) ->
                    known.uploads.forEach((id, upload) -> published.put(hour + "/" + id, upload.content.clone())));
            return published;
        }
    }

    /** The content that outlives a store, as a disk outlives a process. Its monitor guards it. */
    private static final class Memory {

        private final Map<ExpiryHour, Hour> hours = new TreeMap<>();

        Hour hour(ExpiryHour hour) {
            return hours.getOrDefault(hour, new Hour());
        }
    }

    /** The uploads, claims and discards of one expiry hour. */
    private static final class Hour {

        private final Map<UploadId, Stored> uploads = new HashMap<>();
        private final Map<UploadId, Claim> claims = new HashMap<>();
        private final Set<UploadId> discarded = new HashSet<>();

        boolean isTaken(UploadId id) {
            return uploads.containsKey(id) || discarded.contains(id);
        }
    }

    private static final class Stored implements StoredUpload {

        private final UploadId id;
        private final byte[] content;
        private final Instant lastModified = Instant.now();
        private volatile boolean gone;

        Stored(UploadId id, byte[] content) {
            this.id = id;
            this.content = content;
        }

        @Override
        public long size() {
            return content.length;
        }

        @Override
        public Instant lastModified() {
            return lastModified;
        }

        @Override
        public InputStream open(long first, long length) throws StoreException {
            if (gone) {
                throw new StoreException.Gone(id.toString(), null);
            }
            return new ByteArrayInputStream(content, (int) first, (int) length);
        }

        @Override
        public Optional<Path> file() {
            return Optional.empty();
        }
    }

    private void step(String name) throws StoreException {
        if (failing.equals(name)) {
            throw failure;
        }
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        step("create");
        synchronized (receiving) {
            if (receiving.contains(id)) {
                throw new StoreException.Taken(id.toString(), null);
            }
            receiving.add(id);
        }
        return new Receiving(id);
    }

    private final class Receiving implements Incoming {

        private final UploadId id;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean failed;
        private boolean ended;

        Receiving(UploadId id) {
            this.id = id;
        }

        /** Refuses the step after a failure, or when this upload or the store is closed. */
        private void begin(String name) throws StoreException {
            if (failed || ended || closed) {
                throw new StoreException.Failed("storing this upload failed before, or has ended", null);
            }
            failed = true;
            step(name);
        }

        @Override
        public void write(ByteBuffer more) throws StoreException {
            begin("write");
            byte[] copy = new byte[more.remaining()];
            more.get(copy);
            bytes.writeBytes(copy);
            failed = false;
        }

        @Override
        public void force() throws StoreException {
            begin("force");
            failed = false;
        }

        @Override
        public void publish(ExpiryHour hour) throws StoreException {
            begin("publish");
            synchronized (memory) {
                if (memory.hour(hour).isTaken(id)) {
                    throw new StoreException.Taken(id.toString(), null);
                }
                memory.hours
                        .computeIfAbsent(hour, each -> new Hour())
                        .uploads
                        .put(id, new Stored(id, bytes.toByteArray()));
            }
            failed = false;
        }

        @Override
        public void close() throws StoreException {
            if (!ended) {
                ended = true;
                receiving.remove(id);
                step("close");
            }
        }
    }

    @Override
    public boolean publishesLater() {
        return publishesLater;
    }

    @Override
    public boolean isDraining() {
        return draining;
    }

    @Override
    public boolean reaches(Location location) {
        return location.base().toString().equals(reached);
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) throws StoreException {
        step("isTaken");
        synchronized (memory) {
            return memory.hour(hour).isTaken(id);
        }
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        step("find");
        synchronized (memory) {
            return Optional.ofNullable(memory.hour(hour).uploads.get(id));
        }
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        step("claim");
        synchronized (memory) {
            Hour known = memory.hour(hour);
            if (!known.claims.getOrDefault(id, claim).equals(claim)) {
                return false;
            }
            if (!known.uploads.containsKey(id)) {
                throw new StoreException.Gone(id.toString(), null);
            }
            known.claims.put(id, claim);
            return true;
        }
    }

    @Override
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) {
        synchronized (memory) {
            return Optional.ofNullable(memory.hour(hour).claims.get(id));
        }
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        step("discard");
        synchronized (memory) {
            boolean there = remove(id, hour);
            if (there) {
                memory.hour(hour).discarded.add(id);
            }
            return there;
        }
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        step("withdraw");
        synchronized (memory) {
            remove(id, hour);
        }
    }

    private boolean remove(UploadId id, ExpiryHour hour) {
        Stored upload = memory.hour(hour).uploads.remove(id);
        if (upload != null) {
            upload.gone = true;
        }
        return upload != null;
    }

    @Override
    public int purge(Instant now) throws StoreException {
        purges.add(now);
        step("purge");
        synchronized (memory) {
            List<ExpiryHour> over = memory.hours.keySet().stream()
                    .filter(hour -> hour.isOver(now))
                    .toList();
            for (ExpiryHour hour : over) {
                memory.hours.remove(hour).uploads.values().forEach(upload -> upload.gone = true);
            }
            return over.size();
        }
    }

    @Override
    public Optional<Instant> time() {
        return time;
    }

    @Override
    public long freeSpace() throws StoreException {
        step("freeSpace");
        return freeSpace;
    }

    @Override
    public void close() {
        closed = true;
    }
}
