package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/** A body of a few kilobytes, which is kept in memory. */
public final class SmallBody implements BodyParser {

    /** Forms of browsers have who sends them in the body, so strangers could hold all places that others need. */
    private static final Semaphore FORMS = new Semaphore(8);

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final boolean orElsewhere;

    private SmallBody(boolean orElsewhere) {
        this.orElsewhere = orElsewhere;
    }

    /**
     * Reads a body. What has not come with the request is awaited by one of a few threads.
     *
     * @param maxBytes how many bytes it may have
     * @param orElsewhere whether nothing is returned of a body that a filter in front has read; the caller finds it
     *     elsewhere
     * @throws RefusedException if it is too long or too slow, or was read before
     */
    public static byte[] read(
            HttpServletRequest request,
            Engine engine,
            InFlight inFlight,
            Watchdog watchdog,
            int maxBytes,
            boolean orElsewhere)
            throws IOException, RefusedException {
        UploadLimits limits = UploadLimits.builder()
                .maxRequestSize(maxBytes)
                .deadline(DEADLINE)
                .build();
        Admission admission = Admission.of(UploadPermit.anyone(limits));
        Reception reception =
                new Reception(engine, Way.RAW, admission, inFlight.enter(admission, request.getRemoteAddr()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            SmallBody body = new SmallBody(orElsewhere);
            Semaphore places = orElsewhere ? FORMS : WaitingThreads.PLACES;
            receive(request, Receiver.of(request, reception, body), watchdog, places);
            return body.kept.toByteArray();
        } finally {
            reception.abandon();
            reception.memory().close();
        }
    }

    private static void receive(HttpServletRequest request, Receiver receiver, Watchdog watchdog, Semaphore places)
            throws IOException, RefusedException {
        if (receiver.receiveEarly()) {
            receiver.receiveAll(watchdog); // which takes the end, and waits for nothing
            return;
        }
        WaitingThreads.enter(places);
        try {
            receiver.invite(request);
            receiver.receiveAll(watchdog);
        } finally {
            places.release();
        }
    }

    @Override
    public void push(byte[] bytes, int offset, int length) {
        kept.write(bytes, offset, length);
    }

    @Override
    public void end() {}

    @Override
    public void endEmpty(boolean declared) throws RefusedException {
        if (declared && !orElsewhere) {
            throw BodyParser.readBefore(true);
        }
    }
}
