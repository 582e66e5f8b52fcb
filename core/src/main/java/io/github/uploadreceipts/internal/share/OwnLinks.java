package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The short links to uploads that this host keeps. It alone decides about them, whichever host is asked, so that
 * attempts at passwords and downloads are counted in one place.
 */
final class OwnLinks {

    private final Engine engine;
    private final Optional<LinkStore> store;
    private final LinkRecords records;
    private final LinkChecks checks;
    private final Background background;

    OwnLinks(Engine engine, LinkChecks checks, Background background) {
        this.engine = engine;
        this.store = LinkStores.of(engine.store());
        this.records = new LinkRecords(engine.keyRing(), engine.clock());
        this.checks = checks;
        this.background = background;
    }

    /**
     * Keeps a link, durably.
     *
     * @throws StoreException.Gone if the upload is not here
     * @throws IllegalStateException if uploads of this host can have no short links
     */
    void create(ShortLink link, LinkTerms terms) throws StoreException {
        LinkStore known = store.orElseThrow(() -> new IllegalStateException(
                "no short share link can be made: only a store on the local disk keeps them"));
        if (!LinkRecords.isOf(terms, link)) {
            throw new IllegalStateException("the link is to another upload");
        }
        known.create(link.id(), link.hour(), link.name(), records.seal(terms, link));
    }

    /** Revokes a link, durably, and returns whether it was there. */
    boolean revoke(ShortLink link) throws StoreException {
        return store.isPresent() && store.get().revoke(link.id(), link.hour(), link.name());
    }

    /** Decides about a request, as {@link LinkGate#admit} does. */
    CompletableFuture<Admission> admit(ShortLink link, LinkRequest request) {
        return Background.unwrapped(background
                .run(link.id(), () -> terms(link))
                .thenCompose(terms -> checks.check(request, terms))
                .thenCompose(admission -> count(link, request, admission)));
    }

    private LinkTerms terms(ShortLink link) throws StoreException, RefusedException {
        Optional<byte[]> record =
                store.isPresent() ? store.get().find(link.id(), link.hour(), link.name()) : Optional.empty();
        if (record.isEmpty()) {
            throw refused(isOver(link) ? ProblemType.UPLOAD_GONE : ProblemType.NOT_FOUND);
        }
        if (record.get().length == 0) { // revoked
            throw refused(ProblemType.UPLOAD_GONE);
        }
        return records.open(record.get(), link);
    }

    /** Returns whether there are no links because the upload was purged or discarded. */
    private boolean isOver(ShortLink link) throws StoreException {
        boolean expired = !engine.now().isBefore(link.hour().end());
        return expired
                || (engine.store().isTaken(link.id(), link.hour())
                        && engine.store().find(link.id(), link.hour()).isEmpty());
    }

    private CompletableFuture<Admission> count(ShortLink link, LinkRequest request, Admission admission) {
        int most = admission.terms().downloads();
        if (most == 0 || !request.download()) {
            return CompletableFuture.completedFuture(admission);
        }
        return background.run(link.id(), () -> {
            String lease = link.name() + UploadId.random();
            Optional<String> counted = take(link, request, lease, most);
            return new Admission(admission.terms(), admission.pass(), counted);
        });
    }

    /** Counts a download, durably, unless it continues one. */
    private Optional<String> take(ShortLink link, LinkRequest request, String lease, int most)
            throws StoreException, RefusedException {
        Instant now = engine.now();
        Optional<byte[]> source = ClientSource.of(request.source())
                .map(network -> LinkKeys.hmac(link.key(), network.getBytes(StandardCharsets.UTF_8)));
        boolean[] outcome = new boolean[2]; // covered, counted
        store.orElseThrow().update(link.id(), link.hour(), link.name(), kept -> {
            LinkUses uses = LinkUses.parse(kept, now);
            Optional<LinkUses> shared = uses.shared(request.lease(), source);
            outcome[0] = shared.isPresent();
            outcome[1] = !outcome[0] && uses.count() < most;
            return outcome[1]
                    ? uses.plus(lease, source, now).toBytes()
                    : shared.map(LinkUses::toBytes).orElse(kept);
        });
        if (!outcome[0] && !outcome[1]) {
            throw refused(ProblemType.UPLOAD_GONE);
        }
        return outcome[1] ? Optional.of(lease) : Optional.empty();
    }

    /** Gives a counted download back, unless another request has continued it. */
    CompletableFuture<Boolean> giveBack(UploadId id, ExpiryHour hour, String lease) {
        return background.run(id, () -> {
            if (store.isPresent() && lease.length() == LinkRequest.LEASE_LENGTH) {
                Instant now = engine.now();
                String name = lease.substring(0, LinkRequest.LEASE_LENGTH / 2);
                store.get().update(id, hour, UploadId.parse(name).toString(), kept -> {
                    LinkUses uses = LinkUses.parse(kept, now);
                    LinkUses fewer = uses.minus(lease);
                    return fewer.count() == uses.count() ? kept : fewer.toBytes();
                });
            }
            return true;
        });
    }

    private static UploadRefusedException refused(ProblemType type) {
        return new UploadRefusedException(Problem.of(type));
    }
}
