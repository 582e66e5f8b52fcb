package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.WaitingThreads;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;

/** A body that is short enough to be kept. */
final class SmallBody implements BodyParser {

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    private SmallBody() {}

    /**
     * Reads a body. What has not come with the request is awaited by one of a few threads.
     *
     * @return the body; empty if a filter in front has made the container read it
     * @throws RefusedException if it is too long or too slow
     */
    static byte[] read(ShareEndpoint endpoint, HttpServletRequest request, int maxBytes)
            throws IOException, RefusedException {
        Admission admission = Admission.of(UploadPermit.anyone(UploadLimits.builder()
                .maxRequestSize(maxBytes)
                .deadline(Duration.ofSeconds(10))
                .build()));
        Reception reception = new Reception(
                endpoint.engine, Way.RAW, admission, endpoint.inFlight.enter(admission, request.getRemoteAddr()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            SmallBody body = new SmallBody();
            receive(endpoint, request, Receiver.of(request, reception, body));
            return body.kept.toByteArray();
        } finally {
            reception.abandon();
            reception.memory().close();
        }
    }

    private static void receive(ShareEndpoint endpoint, HttpServletRequest request, Receiver receiver)
            throws IOException, RefusedException {
        if (receiver.receiveEarly()) {
            receiver.receiveAll(endpoint.watchdog); // which takes the end, and waits for nothing
            return;
        }
        WaitingThreads.enter();
        try {
            receiver.invite(request);
            receiver.receiveAll(endpoint.watchdog);
        } finally {
            WaitingThreads.leave();
        }
    }

    @Override
    public void push(byte[] bytes, int offset, int length) {
        kept.write(bytes, offset, length);
    }

    @Override
    public void end() {}

    @Override
    public void endEmpty(boolean declared) {}
}
