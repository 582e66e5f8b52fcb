package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.http.ContentDisposition;
import io.github.uploadreceipts.internal.share.LinkTerms;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.servlet.internal.response.RangedResponse;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** The header fields of a response to a request for a share link, and the pages that browsers get. */
final class ShareResponse {

    /** For how many seconds caches may keep the refusal of a link that is for everybody. */
    private static final int REFUSAL_AGE = 10;

    private final ShareRequest asked;
    private final HttpServletResponse response;
    private final Clock clock;
    private String realm = "";

    ShareResponse(ShareRequest asked, HttpServletResponse response, Clock clock) {
        this.asked = asked;
        this.response = response;
        this.clock = clock;
    }

    /** Sets what every response says. */
    void begin() {
        keepNowhere();
        response.setHeader("Referrer-Policy", "no-referrer"); // who has the link can use it
        response.setHeader("X-Content-Type-Options", "nosniff");
        if (asked.isNegotiated()) {
            response.addHeader("Vary", "Accept, Sec-Fetch-Mode");
        }
    }

    /** Lets nobody keep the response. */
    void keepNowhere() {
        response.setHeader("Cache-Control", "private, no-store");
    }

    /** Sets what the response calls the link if it asks for a password. */
    void realm(String id) {
        realm = id;
    }

    /** Lets the browser come back without the password in the request. */
    void redirect() {
        String uri = asked.request().getRequestURI();
        response.setStatus(HttpServletResponse.SC_SEE_OTHER);
        // relative, because a proxy may have renamed the path, and never with a query, which may have said to save the
        // file
        response.setHeader("Location", uri.endsWith("/") ? "../" + asked.token() : asked.token());
    }

    /** Says who may keep the file. */
    void cache(LinkTerms terms) {
        boolean everybody = isForEverybody(terms);
        if (everybody) {
            Duration left = Duration.between(clock.instant(), terms.upload().expiresAt());
            response.setHeader("Cache-Control", "public, immutable, max-age=" + Math.max(0, left.toSeconds()));
        }
        response.setHeader("Cross-Origin-Resource-Policy", everybody ? "cross-origin" : "same-origin");
        RangedResponse.isolate(response);
    }

    private static boolean isForEverybody(LinkTerms terms) {
        return terms.cacheable() && terms.upload().subject().isEmpty();
    }

    /** Says what the file is. */
    void describe(LinkTerms terms) {
        String name = terms.upload().name();
        String type = terms.upload().type();
        boolean shown = terms.inline() && FileKind.of(type).isShown() && !asked.isForSaving();
        response.setContentType(FileKind.typeOf(type));
        response.setHeader(
                "Content-Disposition", shown ? ContentDisposition.inline(name) : ContentDisposition.attachment(name));
    }

    /** Sets the status and the header fields of the page of a link, and returns the page. */
    byte[] page(LinkTerms terms) {
        return page(HttpServletResponse.SC_OK, SharePage.ofLink(terms, clock.instant()));
    }

    /** Sets the status and the header fields of a page, and returns it. */
    byte[] page(int status, SharePage page) {
        byte[] body = Responses.prepare(response, status, "text/html;charset=utf-8", page.html());
        response.setHeader("Cache-Control", "private, no-store");
        response.setHeader("Content-Security-Policy", page.policy());
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        return body;
    }

    /** Sets the status and the header fields of a refusal, and returns its body. */
    byte[] refusal(Problem problem, Optional<LinkTerms> terms) {
        if (terms.isPresent() && !response.isCommitted()) {
            response.reset(); // what was said of the file does not belong on the refusal
            begin();
        }
        explain(problem);
        if (asked.isNavigation()) {
            return page(problem.status(), SharePage.ofProblem(problem, asked.isPost()));
        }
        byte[] body = Responses.prepare(response, problem.status(), Problem.MEDIA_TYPE, problem.toJson());
        boolean everybody = terms.filter(ShareResponse::isForEverybody).isPresent();
        response.setHeader("Cache-Control", everybody ? "public, max-age=" + REFUSAL_AGE : "private, no-store");
        return body;
    }

    /** Sets the status and the header fields of a refusal, and returns its body, which is {@code page} for a browser. */
    byte[] refusal(Problem problem, SharePage page) {
        explain(problem);
        return asked.isNavigation()
                ? page(problem.status(), page)
                : Responses.prepare(response, problem.status(), Problem.MEDIA_TYPE, problem.toJson());
    }

    private void explain(Problem problem) {
        Responses.explain(response, problem);
        if (problem.type() == ProblemType.PASSWORD_REQUIRED && !asked.isBrowser()) {
            response.setHeader("WWW-Authenticate", "Basic realm=\"" + realm + "\", charset=\"UTF-8\"");
        }
    }
}
