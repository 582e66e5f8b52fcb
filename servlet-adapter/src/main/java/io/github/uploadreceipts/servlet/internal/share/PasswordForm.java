package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.finish.FormFields;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** The form in which a person types the password of a link, as the browser sends it. */
final class PasswordForm {

    /** The name of its field. */
    static final String FIELD = "password";

    /** A password of 1,000 bytes, each of them percent-encoded, and some room. */
    private static final int MAX_BYTES = 4 << 10;

    private PasswordForm() {}

    /**
     * Reads the password.
     *
     * @throws RefusedException if the body is no such form, too long or too slow
     */
    static Optional<String> read(ShareEndpoint endpoint, HttpServletRequest request)
            throws IOException, RefusedException {
        if (!MediaType.ofBody(request.getContentType()).essence().equals("application/x-www-form-urlencoded")) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the password in an urlencoded form."));
        }
        byte[] body = endpoint.readSmall(request, MAX_BYTES);
        return values(body, request).stream().filter(value -> !value.isEmpty()).findFirst();
    }

    /** Takes the field from the container if a filter in front has made it read the form. */
    private static List<String> values(byte[] body, HttpServletRequest request) throws UploadRefusedException {
        if (body.length > 0) {
            return FormFields.ofQuery(new String(body, StandardCharsets.ISO_8859_1))
                    .values(FIELD);
        }
        String value = request.getParameter(FIELD);
        return value == null ? List.of() : List.of(value);
    }
}
