package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLink;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a sender wants of a link.
 *
 * @param password without which the link gives nothing, if one is set
 * @param life for how long the link works
 * @param downloads how often the file may be downloaded; 0 if there is no limit
 */
record Wishes(Optional<String> password, Duration life, int downloads) {

    private static final Duration DEFAULT_LIFE = Duration.ofDays(1);
    private static final long MAX_SECONDS = Duration.ofDays(30).toSeconds();
    private static final int MAX_DOWNLOADS = 65_535;
    private static final int MAX_PASSWORD = 1_000;

    /**
     * Reads them from the header fields {@code Link-Password}, {@code Link-Expires} and {@code Link-Downloads}.
     *
     * @throws UploadRefusedException if one is malformed
     */
    static Wishes ofHeader(HttpServletRequest request) throws UploadRefusedException {
        return of(name -> header(request, name), "Link-Password", "Link-Expires", "Link-Downloads");
    }

    /** Containers read header fields as Latin-1, and curl sends them as they were typed, which is UTF-8. */
    private static String header(HttpServletRequest request, String name) {
        String value = request.getHeader(name);
        return value == null ? "" : new String(value.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /**
     * Reads them from the fields of the page's form.
     *
     * @throws UploadRefusedException if one is malformed
     */
    static Wishes ofForm(HttpServletRequest request) throws UploadRefusedException {
        return of(
                name -> Optional.ofNullable(request.getParameter(name)).orElse(""), "password", "expires", "downloads");
    }

    private static Wishes of(UnaryOperator<String> values, String password, String expires, String downloads)
            throws UploadRefusedException {
        Optional<Duration> life =
                number(expires, values.apply(expires), MAX_SECONDS).map(Duration::ofSeconds);
        Optional<Long> most = number(downloads, values.apply(downloads), MAX_DOWNLOADS);
        Optional<String> secret = Optional.of(values.apply(password)).filter(text -> !text.isEmpty());
        if (secret.isPresent() && secret.get().length() > MAX_PASSWORD) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.MALFORMED_REQUEST, password + " must have at most " + MAX_PASSWORD + " characters."));
        }
        return new Wishes(secret, life.orElse(DEFAULT_LIFE), most.orElse(0L).intValue());
    }

    private static Optional<Long> number(String name, String text, long most) throws UploadRefusedException {
        if (text.isBlank()) {
            return Optional.empty();
        }
        if (text.matches("[1-9][0-9]{0,9}") && Long.parseLong(text) <= most) {
            return Optional.of(Long.valueOf(text));
        }
        throw new UploadRefusedException(
                Problem.of(ProblemType.MALFORMED_REQUEST, name + " must be a number from 1 to " + most + "."));
    }

    /** Returns the link to an upload that these wishes describe. */
    ShareLink link(UploadReceipt receipt) {
        ShareLink.Builder link = ShareLink.of(receipt).expiresIn(life).inline().shortened();
        password.ifPresent(link::password);
        if (downloads > 0) {
            link.downloads(downloads);
        }
        return link.build();
    }
}
