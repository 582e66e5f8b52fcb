package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Judge.Attempt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Asks a host for something small again and again: whatever happens to other hosts, it must respond soon. */
final class Watch {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int UPLOAD_EACH = 8;
    private static final int MOST_RECEIPTS = 4;

    private final Member member;
    private final Session session;
    private final Possessions possessions;
    private final Random random;
    private final List<Long> nanos = new ArrayList<>();

    /** @param session leads to this host only */
    Watch(Member member, Session session, Possessions possessions) {
        this.member = member;
        this.session = session;
        this.possessions = possessions;
        this.random = session.random;
    }

    void run(long end) throws IOException {
        for (int i = 0; System.nanoTime() - end < 0; i++) {
            if (i % UPLOAD_EACH == 0) {
                upload();
            } else {
                timed(Request.of("GET", "/", ""));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** The file is small, and so is the number of those that stay. */
    private void upload() throws IOException {
        Content content = new Content(random.nextLong(), 100);
        for (String receipt : timed(Request.of("PUT", "/uploads", "Content-Type: image/png\r\n", content.bytes()))) {
            possessions.keep(receipt, content.digest());
        }
        if (possessions.kept().size() > MOST_RECEIPTS) {
            List<Possessions.Kept> all = List.copyOf(possessions.kept());
            possessions.kept().clear();
            possessions.unfinished().add(Order.use("watch-" + random.nextLong(), all, List.of()));
        }
        for (Unfinished order : List.copyOf(possessions.unfinished())) {
            order.step(session, possessions);
            possessions.unfinished().removeIf(Unfinished::isOver);
        }
    }

    private List<String> timed(Request request) throws IOException {
        long begin = System.nanoTime();
        List<String> receipts =
                session.send(request, true, false).map(Response::receipts).orElse(List.of());
        long took = System.nanoTime() - begin;
        Attempt attempt = new Attempt(member, request, begin, true, false);
        if (session.judge().isWell(attempt)) {
            nanos.add(took);
            if (took > MOST_NANOS) {
                session.judge().report("a healthy host is slow", attempt, "");
            }
        }
        return receipts;
    }

    /** Returns how long responses took while the host had no fault itself, in order. */
    List<Long> nanos() {
        Collections.sort(nanos);
        return nanos;
    }
}
