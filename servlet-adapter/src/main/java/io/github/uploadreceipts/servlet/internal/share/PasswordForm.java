package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.finish.FormFields;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.WaitingThreads;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The form in which a person types the password of a link, as the browser sends it. */
final class PasswordForm implements BodyParser {

    /** The name of its field. */
    static final String FIELD = "password";

    /** A password of 1,000 bytes, each of them percent-encoded, and some room. */
    private static final int MAX_BYTES = 4 << 10;

    private static final UploadLimits LIMITS = UploadLimits.builder()
            .maxRequestSize(MAX_BYTES)
            .deadline(Duration.ofSeconds(10))
            .build();

    private final HttpServletRequest request;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private List<String> values = List.of();

    private PasswordForm(HttpServletRequest request) {
        this.request = request;
    }

    /**
     * Reads the password. What has not come with the request is awaited by one of a few threads.
     *
     * @throws RefusedException if the body is no such form, too long or too slow
     */
    static Optional<String> read(HttpServletRequest request, Engine engine, InFlight inFlight, Watchdog watchdog)
            throws IOException, RefusedException {
        if (!MediaType.ofBody(request.getContentType()).essence().equals("application/x-www-form-urlencoded")) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the password in an urlencoded form."));
        }
        Admission admission = Admission.of(UploadPermit.anyone(LIMITS));
        Reception reception =
                new Reception(engine, Way.RAW, admission, inFlight.enter(admission, request.getRemoteAddr()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            PasswordForm form = new PasswordForm(request);
            form.receive(Receiver.of(request, reception, form), watchdog);
            return form.values.stream().filter(value -> !value.isEmpty()).findFirst();
        } finally {
            reception.abandon();
            reception.memory().close();
        }
    }

    private void receive(Receiver receiver, Watchdog watchdog) throws IOException, RefusedException {
        if (receiver.receiveEarly()) {
            receiver.receiveAll(watchdog); // which takes the end, and waits for nothing
            return;
        }
        WaitingThreads.enter();
        try {
            receiver.invite(request);
            receiver.receiveAll(watchdog);
        } finally {
            WaitingThreads.leave();
        }
    }

    @Override
    public void push(byte[] bytes, int offset, int length) {
        kept.write(bytes, offset, length);
    }

    @Override
    public void end() throws UploadRefusedException {
        values = FormFields.ofQuery(kept.toString(StandardCharsets.ISO_8859_1)).values(FIELD);
    }

    /** Takes the field from the container if a filter in front has made it read the form. */
    @Override
    public void endEmpty(boolean declared) {
        String value = request.getParameter(FIELD);
        values = value == null ? List.of() : List.of(value);
    }
}
