package io.github.uploadreceipts.servlet.internal.guard;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.finish.FinalSettings;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.WaitingThreads;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;

/** How forms are read ahead: held to the limits of a final request, by a thread that waits where bytes have yet to come. */
public final class FormReading {

    private final Engine engine;
    private final FinalSettings settings;
    private final InFlight inFlight = new InFlight();
    private final Watchdog watchdog;

    public FormReading(Engine engine, FinalSettings settings) {
        this.engine = engine;
        this.settings = settings;
        this.watchdog = new Watchdog(engine);
    }

    /** Refuses the forms that are being read. */
    public void stop() {
        watchdog.stop();
    }

    /**
     * Reads a form ahead: an urlencoded one as a whole, a multipart one up to its first file.
     *
     * @throws RefusedException if it is too large, malformed or too slow
     */
    FormStart read(HttpServletRequest request, MediaType type) throws IOException, RefusedException {
        Admission admission = Admission.of(UploadPermit.anyone(limits(type)));
        Reception reception =
                new Reception(engine, Way.FINAL_REQUEST, admission, inFlight.enter(admission, request.getRemoteAddr()));
        try {
            FormStart start = FormStart.of(type, request, reception.memory());
            if (!start.isMultipart()) {
                reception.requireRequestSize(request.getContentLengthLong());
            }
            receive(Receiver.ofUnread(request, reception, start), request, start);
            start.parse();
            return start;
        } catch (IOException | RefusedException | RuntimeException | Error e) {
            reception.memory().close();
            if (e instanceof IOException) {
                reception.tellAbandoned();
            }
            throw e;
        } finally {
            reception.abandon();
        }
    }

    private void receive(Receiver receiver, HttpServletRequest request, FormStart start)
            throws IOException, RefusedException {
        if (!ContainerManners.isExpectant(request) && (receiver.receiveEarly() || !start.wantsMore())) {
            return;
        }
        WaitingThreads.enter();
        try {
            receiver.invite(request);
            receiver.receiveWanted(watchdog);
        } finally {
            WaitingThreads.leave();
        }
    }

    private UploadLimits limits(MediaType type) {
        UploadLimits.Builder limits = UploadLimits.builder().deadline(settings.deadline());
        return FormStart.isMultipart(type)
                ? limits.build()
                : limits.maxRequestSize(settings.maxBodySize()).build();
    }
}
