package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Possessions.Kept;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A final request, which is sent until it is accepted. */
final class Order implements Unfinished {

    private static final int GONE = 410;

    private final String claim;
    private final List<Kept> receipts;
    private final List<Content> files;
    private boolean lost;
    private boolean over;

    private Order(String claim, List<Kept> receipts, List<Content> files) {
        this.claim = claim;
        this.receipts = receipts;
        this.files = files;
    }

    /** Returns an order that fetches uploads and leaves them where they are. */
    static Order look(List<Kept> receipts) {
        return new Order("", receipts, List.of());
    }

    /** Returns an order that claims uploads and discards them. Nobody else has these receipts any more. */
    static Order use(String claim, List<Kept> receipts, List<Content> files) {
        return new Order(claim, receipts, files);
    }

    @Override
    public boolean hasBegun() {
        return files.isEmpty();
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void step(Session session, Possessions possessions) throws IOException {
        Request request = Forms.order(claim, receipts, files, session.random);
        if (session.chance(10)) {
            lost = true;
            session.breakOff(request);
            return;
        }
        Optional<Response> response = session.send(request, !files.isEmpty(), false, GONE);
        if (response.isEmpty()) {
            lost = true;
        } else if (response.get().status() == GONE) {
            over = true;
            requireDiscarded(session, response.get());
        } else if (response.get().isSuccess()) {
            over = true;
            check(session, response.get());
        }
    }

    /** Uploads are gone only if an earlier request of this order may have discarded them. */
    private void requireDiscarded(Session session, Response response) {
        if (!lost || claim.isEmpty()) {
            session.judge().findings().add("uploads are gone", response.toString());
        }
    }

    private void check(Session session, Response response) {
        session.judge().figures().count(claim.isEmpty() ? "orders that look" : "orders that use");
        session.judge().figures().add("uploads fetched", receipts.size() + files.size());
        List<String> expected = Stream.concat(
                        receipts.stream().map(Kept::digest), files.stream().map(Content::digest))
                .toList();
        if (!response.body().lines().toList().equals(expected)) {
            session.judge()
                    .findings()
                    .add("other bytes are fetched", "expected " + expected + " got " + response.body());
        }
    }

    @Override
    public String toString() {
        return "order " + claim + " of " + receipts.size() + " receipts and " + files.size() + " files";
    }
}
