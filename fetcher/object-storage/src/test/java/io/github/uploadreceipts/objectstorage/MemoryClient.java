package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;

/** An object store in memory, which shows what it holds and can be made to fail. */
final class MemoryClient implements ObjectClient {

    static final int MIN_PART = 64 << 10;

    final ConcurrentSkipListMap<String, Kept> objects = new ConcurrentSkipListMap<>();
    final AtomicInteger unfinished = new AtomicInteger();
    final AtomicInteger puts = new AtomicInteger();
    volatile Predicate<String> failing = request -> false;
    volatile boolean failsAfterwards;
    volatile Function<String, StoreException> failure =
            request -> new StoreException.Unavailable(request + ": 503", null);
    volatile Optional<Instant> time = Optional.empty();
    volatile int maxParts = 1000;
    volatile long millis;
    private final boolean atomic;
    private final AtomicInteger etags = new AtomicInteger();

    MemoryClient(boolean atomic) {
        this.atomic = atomic;
    }

    /** An object, whose bytes nobody changes. */
    static final class Kept {

        private final byte[] bytes;
        private final String etag;
        private final Instant at;

        Kept(byte[] bytes, String etag, Instant at) {
            this.bytes = bytes;
            this.etag = etag;
            this.at = at;
        }

        byte[] bytes() {
            return bytes;
        }

        String etag() {
            return etag;
        }

        Head head() {
            return new Head(bytes.length, etag, at);
        }
    }

    private interface Step<T> {
        T run() throws StoreException;
    }

    private <T> T request(String request, Step<T> step) throws StoreException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new StoreException.Failed("interrupted", e);
        }
        boolean fails = failing.test(request);
        if (fails && !failsAfterwards) {
            throw failure.apply(request);
        }
        T result = step.run();
        if (fails) {
            throw new StoreException.Unavailable(request + ": cut", null);
        }
        return result;
    }

    private Kept object(byte[] bytes) {
        return new Kept(bytes, "e" + etags.incrementAndGet(), Instant.now());
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    @Override
    public Head put(String name, ByteBuffer bytes, Optional<Instant> expiresAt) throws StoreException {
        return request("PUT " + name, () -> {
            puts.incrementAndGet();
            Kept object = object(copy(bytes));
            objects.put(name, object);
            return object.head();
        });
    }

    @Override
    public boolean putIfAbsent(String name, ByteBuffer bytes, Optional<Instant> expiresAt) throws StoreException {
        if (!atomic) {
            throw new AssertionError("not atomic here");
        }
        return request("PUT " + name, () -> objects.putIfAbsent(name, object(copy(bytes))) == null);
    }

    @Override
    public boolean hasAtomicPut() {
        return atomic;
    }

    @Override
    public Parts begin(String name, Optional<Instant> expiresAt) throws StoreException {
        return request("POST " + name, () -> {
            unfinished.incrementAndGet();
            return new MemoryParts(name);
        });
    }

    private final class MemoryParts implements Parts {

        private final String name;
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private boolean done;
        private int last = MIN_PART;

        MemoryParts(String name) {
            this.name = name;
        }

        @Override
        public void write(ByteBuffer bytes) throws StoreException {
            request("PART " + name, () -> {
                if (last < MIN_PART) {
                    throw new StoreException.Failed("EntityTooSmall", null);
                }
                last = bytes.remaining();
                all.writeBytes(copy(bytes));
                return name;
            });
        }

        @Override
        public Head complete() throws StoreException {
            return request("COMPLETE " + name, () -> {
                Kept object = object(all.toByteArray());
                objects.put(name, object);
                end();
                return object.head();
            });
        }

        private void end() {
            if (!done) {
                unfinished.decrementAndGet();
            }
            done = true;
        }

        @Override
        public void close() throws StoreException {
            request("ABORT " + name, () -> {
                end();
                return name;
            });
        }
    }

    @Override
    public int minPart() {
        return MIN_PART;
    }

    @Override
    public int maxParts() {
        return maxParts;
    }

    @Override
    public Optional<Head> head(String name) throws StoreException {
        return request(
                "HEAD " + name, () -> Optional.ofNullable(objects.get(name)).map(Kept::head));
    }

    @Override
    public Optional<byte[]> get(String name, int max) throws StoreException {
        return request(
                "GET " + name, () -> Optional.ofNullable(objects.get(name)).map(Kept::bytes));
    }

    @Override
    public InputStream open(String name, long first, long length, String etag) throws StoreException {
        return request("GET " + name, () -> {
            Kept object = objects.get(name);
            if (object == null || !object.etag().equals(etag)) {
                throw new StoreException.Gone(name, null);
            }
            return new ByteArrayInputStream(object.bytes(), (int) first, (int) length);
        });
    }

    @Override
    public Head copy(String from, String etag, String to, Optional<Instant> expiresAt) throws StoreException {
        return request("COPY " + from, () -> {
            Kept object = objects.get(from);
            if (object == null || !object.etag().equals(etag)) {
                throw new StoreException.Gone(from, null);
            }
            Kept copy = object(object.bytes());
            objects.put(to, copy);
            return copy.head();
        });
    }

    @Override
    public boolean delete(String name) throws StoreException {
        return request("DELETE " + name, () -> objects.remove(name) != null);
    }

    @Override
    public List<Listed> list(String prefix, String after) throws StoreException {
        return request(
                "LIST " + prefix,
                () -> objects.tailMap(after, false).entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith(prefix))
                        .limit(1000)
                        .map(entry ->
                                new Listed(entry.getKey(), entry.getValue().bytes().length))
                        .toList());
    }

    @Override
    public List<String> directories(String prefix) throws StoreException {
        return request(
                "LIST " + prefix,
                () -> objects.keySet().stream()
                        .filter(name -> name.startsWith(prefix))
                        .map(name -> name.substring(prefix.length(), name.indexOf('/', prefix.length())))
                        .distinct()
                        .toList());
    }

    @Override
    public Optional<URI> readUrl(String name, Duration life) {
        return Optional.of(URI.create("https://store.example/" + name));
    }

    @Override
    public Optional<Instant> time() {
        return time.or(() -> Optional.of(Instant.now()));
    }

    @Override
    public void close() {}
}
