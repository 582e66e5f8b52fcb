package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.finish.FormFields;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.SmallBody;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The form in which a person types the password of a link, as the browser sends it. */
final class PasswordForm {

    /** The name of its field. */
    static final String FIELD = "password";

    /** A password of 1,000 bytes, each of them percent-encoded, and some room. */
    private static final int MAX_BYTES = 4 << 10;

    private PasswordForm() {}

    /**
     * Reads the password; from the container if a filter in front has made it read the form.
     *
     * @throws RefusedException if the body is no such form, too long or too slow
     */
    static Optional<String> read(HttpServletRequest request, Engine engine, InFlight inFlight, Watchdog watchdog)
            throws IOException, RefusedException {
        if (!MediaType.ofBody(request.getContentType()).essence().equals("application/x-www-form-urlencoded")) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the password in an urlencoded form."));
        }
        byte[] body = SmallBody.read(request, engine, inFlight, watchdog, MAX_BYTES, true);
        Optional<String> password = body.length == 0
                ? Optional.ofNullable(request.getParameter(FIELD))
                : FormFields.ofQuery(new String(body, StandardCharsets.ISO_8859_1)).values(FIELD).stream()
                        .filter(value -> !value.isEmpty())
                        .findFirst();
        return password.filter(value -> !value.isEmpty());
    }
}
