package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.share.Admission;
import io.github.uploadreceipts.internal.share.UploadRequests;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** What a browser keeps for one link: that it has given the password, and that a download of it is counted. */
final class LinkCookies {

    private static final String PASS = "upload-link-pass";
    private static final String LEASE = "upload-link-lease";
    private static final Duration PASS_LIFE = Duration.ofMinutes(10);
    private static final Duration LEASE_LIFE = Duration.ofHours(1);

    private final HttpServletRequest request;

    LinkCookies(HttpServletRequest request) {
        this.request = request;
    }

    Optional<String> pass() {
        return value(PASS);
    }

    Optional<String> lease() {
        return value(LEASE);
    }

    private Optional<String> value(String name) {
        Cookie[] cookies = request.getCookies();
        return Arrays.stream(cookies == null ? new Cookie[0] : cookies)
                .filter(cookie -> cookie.getName().equals(name))
                .map(Cookie::getValue)
                .findFirst();
    }

    /** Lets the browser keep what it was given. */
    void set(HttpServletResponse response, Admission admission) {
        admission.pass().ifPresent(pass -> set(response, PASS, pass, PASS_LIFE));
        admission.lease().ifPresent(lease -> set(response, LEASE, lease, LEASE_LIFE));
    }

    /** Lets the browser keep a pass for an upload-request link. */
    void set(HttpServletResponse response, String pass) {
        set(response, PASS, pass, UploadRequests.PASS_LIFE);
    }

    /** Sets a cookie for the requested path only: the browser sends it with no other link. */
    private void set(HttpServletResponse response, String name, String value, Duration life) {
        String secure = isSecure() ? "; Secure" : "";
        response.addHeader(
                "Set-Cookie",
                name + "=" + value + "; Path=" + request.getRequestURI() + "; Max-Age=" + life.toSeconds()
                        + "; HttpOnly; SameSite=Lax" + secure);
    }

    /** Returns whether the browser uses https, as far as the front server says so; a client that lies harms itself. */
    private boolean isSecure() {
        return request.isSecure() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
    }
}
