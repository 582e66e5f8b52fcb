package io.github.uploadreceipts.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.internal.connect.FetcherAccess;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/**
 * A fleet in this JVM, without a socket: hosts with stores in memory, and fetchers whose requests to peers go through
 * memory. Everything else is what runs in production.
 *
 * <pre>{@code
 * try (TestFleet fleet = TestFleet.create(3)) {
 *     UploadReceipt photo = fleet.upload(0, "dawn.jpg", bytes);
 *     new OrderService(fleet.fetcher(2), printer).place("order-7", List.of(photo));
 *     fleet.assertDiscarded(photo);
 * }
 * }</pre>
 *
 * <p>Hosts are numbered from 0. They relay no requests to each other, and keep no partial uploads. Safe for use by several
 * threads.
 */
public final class TestFleet implements AutoCloseable {

    private static final int MAX_HOSTS = 100;

    private final MovedClock clock = new MovedClock();
    private final MemoryNetwork network = new MemoryNetwork();
    private final AtomicReference<KeyRing> keys = new AtomicReference<>(KeyRing.generate("test-fleet"));
    private final KeyRing ring = RingKeys.following(keys::get);
    private final Map<UploadId, String> tokens = new ConcurrentHashMap<>();
    private final List<Member> members = new ArrayList<>();

    private record Member(InMemoryUploadStore store, UploadHost host, PeerFetcher fetcher) {}

    private TestFleet() {}

    /**
     * Returns a fleet of running hosts. The caller closes it; {@link TestFleetExtension} does it for JUnit.
     *
     * @throws IllegalArgumentException if {@code hosts} is not from 1 to 100
     */
    public static TestFleet create(int hosts) {
        return create(hosts, host -> host);
    }

    /**
     * Returns a fleet of running hosts.
     *
     * @param settings sets what differs from the defaults on each host, such as its listener or whether receipts are
     *     encrypted; clock and internal URL are the fleet's. The hosts are at 10.0.0.1 and up, port 8080: peer addresses
     *     and peer ports must allow that
     */
    public static TestFleet create(int hosts, UnaryOperator<UploadHost.Builder> settings) {
        if (hosts < 1 || hosts > MAX_HOSTS) {
            throw new IllegalArgumentException("a fleet has 1 to " + MAX_HOSTS + " hosts, not " + hosts);
        }
        TestFleet fleet = new TestFleet();
        try {
            for (int i = 0; i < hosts; i++) {
                fleet.add(i, settings);
            }
            return fleet;
        } catch (RuntimeException | Error e) {
            fleet.close();
            throw e;
        }
    }

    private void add(int index, UnaryOperator<UploadHost.Builder> settings) {
        InMemoryUploadStore store = InMemoryUploadStore.create();
        UploadHost host = settings.apply(UploadHost.builder(ring, store))
                .internalUrl("http://host" + index + ".test:8080")
                .developmentMode() // in which the name does not have to resolve
                .clock(clock)
                .build();
        network.add(host);
        PeerFetcher.Builder fetcher =
                FetcherAccess.transport(PeerFetcher.builder(host), network.from("10.0.0." + (index + 1)));
        members.add(new Member(store, host, fetcher.build()));
    }

    private Member member(int index) {
        if (index < 0 || index >= members.size()) {
            throw new IllegalArgumentException(
                    "there is no host " + index + "; the fleet has hosts 0 to " + (members.size() - 1));
        }
        return members.get(index);
    }

    /** Returns a host, for filters and whatever else takes one. Do not close it. */
    public UploadHost host(int index) {
        return member(index).host();
    }

    /** Returns the fetcher of a host, for the code under test. Do not close it. */
    public PeerFetcher fetcher(int index) {
        return member(index).fetcher();
    }

    /** Returns the store of a host, which can be made to fail. */
    public InMemoryUploadStore store(int index) {
        return member(index).store();
    }

    /**
     * Stores a file on a host, as anybody's upload with the default limits, and returns its verified receipt.
     *
     * @throws UploadRefusedException if the host refuses it, such as with a store that was made to fail
     * @throws IllegalStateException if the host is stopped
     */
    public UploadReceipt upload(int host, String name, byte[] content) throws UploadRefusedException {
        return upload(host, UploadPermit.anyone(UploadLimits.defaults()), name, Receipts.TYPE, content);
    }

    /**
     * Stores a file on a host, hands it over, and returns its verified receipt. Nobody tells the host's listener.
     *
     * @param permit to whom the receipt is bound, its context and its place in a batch: give the next file
     *     {@code batch.plus(1)}. Of the limits, {@code maxFileSize} and {@code freeSpaceFloor} apply
     * @param name the client's name for the file; the receipt has a safe form of it
     * @param type the client's media type for the file
     * @throws UploadRefusedException if the permit does not allow the file, or the host refuses it
     * @throws IllegalStateException if the host is stopped
     */
    public UploadReceipt upload(int host, UploadPermit permit, String name, String type, byte[] content)
            throws UploadRefusedException {
        if (!network.peer(host(host)).isRunning()) {
            throw new IllegalStateException("host " + host + " is stopped; start it, or upload to another one");
        }
        Engine engine = HostAccess.engine(host(host));
        engine.requireOpen(permit.limits(), content.length);
        try (IncomingUpload upload = engine.receive(Admission.of(permit), 0, name, type)) {
            upload.expect(content.length);
            upload.write(ByteBuffer.wrap(content));
            upload.force();
            IssuedReceipt issued = upload.publish();
            tokens.put(issued.receipt().id(), issued.token());
            engine.handOvers().stored(issued);
            return issued.receipt();
        }
    }

    /**
     * Returns the token that the client got for an upload, and sends with the final request. Every host of this fleet
     * verifies it.
     *
     * @throws IllegalArgumentException if the upload was not stored by {@link #upload}
     */
    public String token(UploadReceipt receipt) {
        String token = tokens.get(receipt.id());
        if (token == null) {
            throw new IllegalArgumentException("this fleet stored no upload " + receipt.id() + "; store it by upload");
        }
        return token;
    }

    /**
     * Stops a host: whoever asks it gets no connection, until it is started again. A fetch from it fails after less than a
     * second, as in production. What it stores stays.
     */
    public void stop(int host) {
        network.peer(host(host)).running(false);
    }

    /** Starts a host that was stopped. */
    public void start(int host) {
        network.peer(host(host)).running(true);
    }

    /** Returns the fleet's clock, which all hosts have. It stands still until {@link #advance}. */
    public Clock clock() {
        return clock;
    }

    /**
     * Moves the clock, and purges what has expired by then: receipts are refused once they expire, and their uploads are
     * gone two hours after that at the latest.
     */
    public void advance(Duration duration) {
        clock.advance(duration);
        try {
            for (Member member : members) {
                member.store().purge(clock.instant());
            }
        } catch (StoreException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives all hosts new keys, which sign from now on. What was signed before is still accepted for 8 days. */
    public void rotateKeys() {
        Instant now = clock.instant();
        keys.updateAndGet(old -> old.rotate(now, now, KeyRing.DEFAULT_RETIREMENT));
    }

    /** Fails unless an upload is stored at its owner. */
    public void assertStored(UploadReceipt receipt) {
        assertThat(isStored(receipt)).as("%s is stored", describe(receipt)).isTrue();
    }

    /** Fails unless an upload was discarded at its owner. */
    public void assertDiscarded(UploadReceipt receipt) {
        Location owner = receipt.owner();
        boolean known = find(receipt, store -> store.isTaken(owner.id(), owner.hour()));
        assertThat(known && !isStored(receipt))
                .as("%s was discarded", describe(receipt))
                .isTrue();
    }

    /** Fails unless an upload was claimed for this use. That it was discarded since makes no difference. */
    public void assertClaimed(UploadReceipt receipt, Claim claim) {
        Location owner = receipt.owner();
        Optional<Claim> found = find(receipt, store -> store.claimOf(owner.id(), owner.hour()));
        assertThat(found).as("claim of %s", describe(receipt)).contains(claim);
    }

    private boolean isStored(UploadReceipt receipt) {
        Location owner = receipt.owner();
        return find(receipt, store -> store.find(owner.id(), owner.hour())).isPresent();
    }

    private static String describe(UploadReceipt receipt) {
        return receipt.name() + " (" + receipt.id() + ")";
    }

    private interface Question<T> {
        T ask(InMemoryUploadStore store) throws StoreException;
    }

    private <T> T find(UploadReceipt receipt, Question<T> question) {
        Member owner = members.stream()
                .filter(member ->
                        member.host().internalUrl().equals(receipt.owner().base()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        describe(receipt) + " is of " + receipt.owner().base() + ", which is no host of this fleet"));
        try {
            return question.ask(owner.store());
        } catch (StoreException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends all fetches, and closes all hosts. */
    @Override
    public void close() {
        try {
            for (Member member : members) {
                member.fetcher().close();
                member.host().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
