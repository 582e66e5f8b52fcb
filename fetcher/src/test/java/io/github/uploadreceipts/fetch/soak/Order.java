package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Client.Kept;
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
    public boolean isOver() {
        return over;
    }

    @Override
    public void step(Client client) throws IOException {
        Session session = client.session();
        Request request = Forms.order(claim, receipts, files, session.random);
        if (session.chance(10)) {
            lost = true;
            session.breakOff(request);
            return;
        }
        Optional<Response> response = session.send(request, lost, GONE);
        if (response.isEmpty()) {
            lost = true;
        } else if (response.get().status() == GONE) {
            over = true;
            requireDiscarded(client, response.get());
        } else if (response.get().isSuccess()) {
            over = true;
            check(client, response.get());
        }
    }

    /** Uploads are gone only if an earlier request of this order may have discarded them. */
    private void requireDiscarded(Client client, Response response) {
        if (!lost || claim.isEmpty() || !response.problem().equals("upload-gone")) {
            client.report().finding("uploads are gone", response + " to " + this);
        }
    }

    private void check(Client client, Response response) {
        client.report().count(claim.isEmpty() ? "orders that look" : "orders that use", 1);
        client.report().count("uploads fetched", receipts.size() + files.size());
        List<String> expected = Stream.concat(
                        receipts.stream().map(Kept::digest), files.stream().map(Content::digest))
                .toList();
        if (!response.body().lines().toList().equals(expected)) {
            client.report().finding("other bytes are fetched", "expected " + expected + " got " + response.body());
        }
    }

    /** The receipts are honoured still, unless a request may have used them. */
    @Override
    public void giveUp(Client client) {
        if (!lost) {
            client.keepAgain(receipts);
        }
    }

    @Override
    public String toString() {
        return "order " + claim + " of " + receipts.size() + " receipts and " + files.size() + " files";
    }
}
