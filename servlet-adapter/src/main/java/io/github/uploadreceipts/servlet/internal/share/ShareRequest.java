package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.share.LinkRequest;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.response.Accept;
import io.github.uploadreceipts.servlet.internal.resume.UploadUrls;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/** What a request for a share link asks for, and what it shows. */
record ShareRequest(HttpServletRequest request) {

    /** The query of the link to a file that is to be saved. */
    static final String DOWNLOAD = "download";

    /** The query of the link to a file that is to be shown. */
    static final String VIEW = "view";

    /** The query of the URL at which a page asks for a ticket. */
    static final String TICKET = "ticket";

    private static final String BASIC = "basic ";

    /**
     * Returns the last segment of the path, as it was minted. A path with parameters has none: they would become
     * attributes of the cookies for it.
     */
    String token() {
        String uri = request.getRequestURI();
        return uri.indexOf(';') < 0 ? UploadUrls.token(uri) : "";
    }

    boolean isPost() {
        return request.getMethod().equals("POST");
    }

    /**
     * Returns whether the response depends on more than the URL: a browser gets a page, and others get the file. Whoever
     * passes a link on may have added a query of their own.
     */
    boolean isNegotiated() {
        return !isForSaving() && !VIEW.equals(request.getQueryString());
    }

    /** Returns whether a person is to see the response in a browser. */
    boolean isNavigation() {
        String mode = request.getHeader("Sec-Fetch-Mode");
        return Accept.prefersPage(request) && (mode == null || mode.equals("navigate"));
    }

    /** Returns whether a browser sends the request, for a person or for a page. It would ask for Basic by a dialog. */
    boolean isBrowser() {
        return isNavigation() || request.getHeader("Sec-Fetch-Mode") != null;
    }

    /** Returns whether a page asks for a ticket, by which its files will be sent. */
    boolean isForTicket() {
        return TICKET.equals(request.getQueryString());
    }

    boolean isForPage() {
        return isNegotiated() && isNavigation();
    }

    /** Returns whether the file is to be saved, whatever the link permits. */
    boolean isForSaving() {
        return DOWNLOAD.equals(request.getQueryString());
    }

    /**
     * Checks that no page of another site makes browsers try passwords: the guesses would come from many addresses, and
     * be those of people who know nothing of them.
     */
    void requireSameSite() throws RefusedException {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN));
        }
    }

    /** Returns what decides whether the link may be used. */
    LinkRequest link(Optional<String> formPassword, Optional<String> subject) {
        LinkCookies cookies = new LinkCookies(request);
        return new LinkRequest(
                token(),
                formPassword.or(this::basicPassword),
                cookies.pass(),
                cookies.lease(),
                request.getRemoteAddr(),
                subject,
                request.getMethod().equals("GET") && !isForPage());
    }

    /** Returns the password of HTTP Basic (RFC 7617), whatever the user's name. */
    private Optional<String> basicPassword() {
        String field = request.getHeader("Authorization");
        if (field == null || !field.toLowerCase(Locale.ROOT).startsWith(BASIC)) {
            return Optional.empty();
        }
        try {
            byte[] pair =
                    Base64.getDecoder().decode(field.substring(BASIC.length()).strip());
            String text = new String(pair, StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            return colon < 0 || colon + 1 == text.length() ? Optional.empty() : Optional.of(text.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
