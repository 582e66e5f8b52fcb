package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.receipt.ContentDigest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The downloads of a short link that were counted, and the leases by which clients continue them. Kept as a number of 4
 * bytes, and for each lease of the last hour
 *
 * <pre>
 * lease     16 bytes, the first of its SHA-256
 * time      4 bytes of seconds since 1970
 * source    8 bytes, the first of the MAC of the client's network under the link's key; 0 if that is not known
 * shared    1 byte: 1 once another request has continued the download, 0 before that
 * </pre>
 */
final class LinkUses {

    private static final Duration LIFE = Duration.ofHours(1);
    private static final int LEASE_BYTES = 16;
    private static final int SOURCE_BYTES = 8;
    private static final int ENTRY_BYTES = LEASE_BYTES + 4 + SOURCE_BYTES + 1;
    private static final int MOST_LEASES = 1000;

    private final int count;
    private final List<Lease> leases;

    private record Lease(ByteBuffer hash, long time, ByteBuffer source, boolean shared) {

        Lease share() {
            return new Lease(hash, time, source, true);
        }
    }

    private LinkUses(int count, List<Lease> leases) {
        this.count = count;
        this.leases = leases;
    }

    /** @throws IllegalArgumentException if these are not the bytes of uses */
    static LinkUses parse(byte[] kept, Instant now) {
        if (kept.length == 0) {
            return new LinkUses(0, List.of());
        }
        if (kept.length < 4 || (kept.length - 4) % ENTRY_BYTES != 0) {
            throw new IllegalArgumentException("the uses of a link are cut off");
        }
        ByteBuffer in = ByteBuffer.wrap(kept);
        int count = in.getInt();
        List<Lease> leases = new ArrayList<>();
        while (in.hasRemaining()) {
            ByteBuffer hash = bytes(in, LEASE_BYTES);
            long time = Integer.toUnsignedLong(in.getInt());
            leases.add(new Lease(hash, time, bytes(in, SOURCE_BYTES), in.get() != 0));
        }
        leases.removeIf(lease -> lease.time() <= now.minus(LIFE).getEpochSecond());
        return new LinkUses(count, leases);
    }

    private static ByteBuffer bytes(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return ByteBuffer.wrap(bytes);
    }

    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(4).putInt(count).array());
        for (Lease lease : leases) {
            out.writeBytes(lease.hash().array());
            out.writeBytes(ByteBuffer.allocate(4).putInt((int) lease.time()).array());
            out.writeBytes(lease.source().array());
            out.write(lease.shared() ? 1 : 0);
        }
        return out.toByteArray();
    }

    int count() {
        return count;
    }

    /**
     * Returns the uses after a request that continues a counted download, or empty if it continues none. What it continues
     * can no longer be given back: how much the two requests got together is not known.
     */
    Optional<LinkUses> shared(Optional<String> lease, Optional<byte[]> source) {
        Optional<ByteBuffer> hash = lease.map(LinkUses::hash);
        ByteBuffer from = source(source);
        Predicate<Lease> continued =
                live -> (source.isPresent() && live.source().equals(from))
                        || hash.filter(live.hash()::equals).isPresent();
        if (leases.stream().noneMatch(continued)) {
            return Optional.empty();
        }
        return Optional.of(new LinkUses(
                count,
                leases.stream()
                        .map(live -> continued.test(live) ? live.share() : live)
                        .toList()));
    }

    LinkUses plus(String lease, Optional<byte[]> source, Instant now) {
        List<Lease> more = new ArrayList<>(leases);
        if (more.size() == MOST_LEASES) {
            more.remove(0);
        }
        more.add(new Lease(hash(lease), now.getEpochSecond(), source(source), false));
        return new LinkUses(count + 1, more);
    }

    /** Returns the uses without the download of this lease; the same object if no such one can be given back. */
    LinkUses minus(String lease) {
        ByteBuffer hash = hash(lease);
        List<Lease> fewer = leases.stream()
                .filter(live -> live.shared() || !live.hash().equals(hash))
                .toList();
        return fewer.size() == leases.size() ? this : new LinkUses(count - 1, fewer);
    }

    private static ByteBuffer hash(String lease) {
        byte[] hash = ContentDigest.newHash().digest(lease.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(Arrays.copyOf(hash, LEASE_BYTES));
    }

    private static ByteBuffer source(Optional<byte[]> mac) {
        return ByteBuffer.wrap(Arrays.copyOf(mac.orElse(new byte[0]), SOURCE_BYTES));
    }
}
