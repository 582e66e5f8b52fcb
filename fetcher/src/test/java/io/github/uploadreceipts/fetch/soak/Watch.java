package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Judge.Attempt;
import io.github.uploadreceipts.fetch.soak.Request.Kind;
import java.io.File;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks a host for something small again and again: whatever happens to other hosts, it must respond soon. Looks also
 * whether the host's disk is so full that it has used up its spare files.
 */
final class Watch {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int UPLOAD_EACH = 8;
    private static final int FEW_SPARES = 8;

    private final Host host;
    private final Client client;

    /** @param client goes to this host only */
    Watch(Host host, Client client) {
        this.host = host;
        this.client = client;
    }

    void run(long end) throws IOException {
        boolean full = false;
        for (int i = 0; System.nanoTime() - end < 0; i++) {
            if (full != hasFewSpares()) {
                full = !full;
                note(full);
            }
            ask(i % UPLOAD_EACH == 0);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean hasFewSpares() {
        File[] spares =
                host.disk().store().resolve("incoming").toFile().listFiles((in, name) -> name.startsWith("spare-"));
        return spares != null && spares.length < FEW_SPARES;
    }

    private void note(boolean full) {
        if (full) {
            client.session().judge().begin(host, Fault.SPARES_USED_UP);
        } else {
            client.session().judge().end(host, Fault.SPARES_USED_UP);
        }
    }

    private void ask(boolean upload) throws IOException {
        Content content = new Content(client.session().random.nextLong(), 100);
        Request request = upload
                ? Request.of(Kind.NEW, "PUT", "/uploads", "Content-Type: image/png\r\n", content.bytes())
                : Request.of(Kind.SMALL, "GET", "/", "");
        long begin = System.nanoTime();
        client.session()
                .send(request, false)
                .ifPresent(response -> response.receipts().forEach(receipt -> client.keep(receipt, content.digest())));
        long took = System.nanoTime() - begin;
        Attempt attempt = new Attempt(host, request, begin, false);
        if (client.session().judge().isWell(attempt)) {
            client.report().took(took);
            if (took > MOST_NANOS) {
                client.session().judge().finding("a healthy host is slow", attempt, "");
            }
        }
    }
}
