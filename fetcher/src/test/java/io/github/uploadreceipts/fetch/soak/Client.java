package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Request.Kind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** A client that does something at random again and again. It has receipts, and uploads and orders to finish. */
final class Client {

    private static final int MOST_UNFINISHED = 8;
    private static final int MOST_FILES = 4;
    private static final int MOST_RECEIPTS = 12;
    private static final int BATCH = 40;

    /** More than any upload or order needs that is not refused. */
    private static final int MOST_STEPS = 20;

    /** A receipt and the digest of what was sent for it. */
    record Kept(String receipt, String digest) {}

    private final String name;
    private final Session session;
    private final ReceiptVerifier verifier;
    private final Random random;
    private final List<Kept> kept = new ArrayList<>();
    private final List<Unfinished> unfinished = new ArrayList<>();
    private int orders;

    Client(String name, Session session, KeyRing ring) {
        this.name = name;
        this.session = session;
        this.verifier = ReceiptVerifier.create(ring, Clock.systemUTC(), false);
        this.random = session.random;
    }

    Session session() {
        return session;
    }

    Report report() {
        return session.judge().report();
    }

    List<Unfinished> unfinished() {
        return unfinished;
    }

    /** Keeps a receipt, which must be for these bytes. */
    void keep(String receipt, String digest) {
        report().count("receipts", 1);
        try {
            UploadReceipt verified = verifier.verify(receipt);
            if (!verified.digest().hex().equals(digest)) {
                report().finding("receipt for other bytes", verified.toString());
            }
        } catch (RefusedException e) {
            report().finding("receipt that is none", e.getMessage());
        }
        kept.add(new Kept(receipt, digest));
    }

    /** Keeps receipts that an order did not need. */
    void keepAgain(List<Kept> receipts) {
        kept.addAll(receipts);
    }

    /** Does one thing. */
    void step() throws IOException {
        if (!unfinished.isEmpty() && (unfinished.size() >= MOST_UNFINISHED || session.chance(60))) {
            proceed(unfinished.get(random.nextInt(unfinished.size())));
            return;
        }
        switch (random.nextInt(12)) {
            case 0, 1 -> upload(List.of(Content.any(random)), false);
            case 2, 3 -> upload(contents(), true);
            case 4, 5, 6 -> unfinished.add(ResumableUpload.any(random));
            case 7 -> unfinished.add(Concatenation.any(random));
            case 8, 9 -> look();
            case 10 -> use(some(MOST_RECEIPTS), List.of());
            default -> use(some(MOST_FILES), contents());
        }
    }

    /** Sends the next request for something that is not finished. */
    void proceed(Unfinished one) throws IOException {
        one.step(this);
        if (one.isOver()) {
            unfinished.remove(one);
        }
    }

    /** Sends files in one request: a form, or the bytes of one file. */
    private void upload(List<Content> files, boolean form) throws IOException {
        Request request = form
                ? Forms.files(files)
                : Request.of(
                        Kind.NEW,
                        session.chance(50) ? "PUT" : "POST",
                        "/uploads",
                        "Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename=\"raw.jpg\"\r\n",
                        files.get(0).bytes());
        if (session.chance(30)) {
            request = request.inChunks();
        }
        if (session.chance(12)) {
            session.breakOff(request);
            return;
        }
        Optional<Response> response = session.send(request, false).filter(Response::isSuccess);
        if (response.isPresent()) {
            List<String> receipts = response.get().receipts();
            if (receipts.size() != files.size()) {
                report().finding("no receipt", files.size() + " files, but " + response.get());
                return;
            }
            for (int i = 0; i < receipts.size(); i++) {
                keep(receipts.get(i), files.get(i).digest());
            }
        }
    }

    private List<Content> contents() {
        return Stream.generate(() -> Content.any(random))
                .limit(1 + random.nextInt(MOST_FILES))
                .toList();
    }

    private void look() throws IOException {
        List<Kept> some = some(MOST_RECEIPTS);
        if (!some.isEmpty()) {
            Order.look(some).step(this);
        }
    }

    /** The receipts are the order's now. */
    private void use(List<Kept> receipts, List<Content> files) throws IOException {
        if (!receipts.isEmpty() || !files.isEmpty()) {
            kept.removeAll(receipts);
            Order order = Order.use(name + "-" + orders++, receipts, files);
            unfinished.add(order);
            proceed(order);
        }
    }

    /** Returns some of the receipts, in any order. */
    private List<Kept> some(int most) {
        List<Kept> some = new ArrayList<>();
        if (!kept.isEmpty()) {
            int first = random.nextInt(kept.size());
            for (int i = 0; i < Math.min(kept.size(), 1 + random.nextInt(most)); i++) {
                some.add(random.nextInt(some.size() + 1), kept.get((first + i) % kept.size()));
            }
        }
        return some;
    }

    /** Finishes everything. What is not finished in time is given up if disks are full, and else a finding. */
    void finishAll(long end, boolean full) throws IOException {
        for (int i = 0; !unfinished.isEmpty() && System.nanoTime() - end < 0 && (!full || i < MOST_STEPS); i++) {
            for (Unfinished one : List.copyOf(unfinished)) {
                proceed(one);
            }
        }
        for (Unfinished one : unfinished) {
            if (full) {
                one.giveUp(this);
            } else {
                report().finding("not finished", one.toString());
            }
        }
        unfinished.clear();
    }

    /** Fetches everything for which there is a receipt. */
    void fetchAll(long end) throws IOException {
        for (int i = 0; i < kept.size(); i += BATCH) {
            Order look = Order.look(List.copyOf(kept.subList(i, Math.min(kept.size(), i + BATCH))));
            do {
                look.step(this);
            } while (!look.isOver() && System.nanoTime() - end < 0);
            if (!look.isOver()) {
                report().finding("not fetched", look.toString());
            }
        }
        report().count("receipts honoured at the end", kept.size());
    }
}
