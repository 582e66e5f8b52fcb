package io.github.uploadreceipts.spring.test;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.test.web.support.WebTestUtils;
import org.springframework.util.ClassUtils;

/** Who will be the user of a mock request, before Spring Security's filters have seen it. */
final class RequestUser {

    private static final String BASIC = "Basic ";
    private static final boolean SECURITY = ClassUtils.isPresent(
            "org.springframework.security.test.web.support.WebTestUtils", RequestUser.class.getClassLoader());

    private RequestUser() {}

    /** Returns the user's name, or empty if nobody is signed in. */
    static Optional<String> name(MockHttpServletRequest request) {
        return Optional.ofNullable(request.getRemoteUser())
                .or(() -> SECURITY ? SecurityUser.name(request) : Optional.empty())
                .or(() -> ofBasic(request.getHeader(HttpHeaders.AUTHORIZATION)));
    }

    private static Optional<String> ofBasic(@Nullable String credentials) {
        if (credentials == null || !credentials.startsWith(BASIC)) {
            return Optional.empty();
        }
        try {
            byte[] decoded = Base64.getDecoder().decode(credentials.substring(BASIC.length()));
            String pair = new String(decoded, StandardCharsets.UTF_8);
            return Optional.of(pair.substring(0, Math.max(0, pair.indexOf(':'))));
        } catch (IllegalArgumentException e) { // to which the application responds
            return Optional.empty();
        }
    }

    /** What {@code with(user(…))}, {@code @WithMockUser} or a session say. Loaded only where there is Spring Security. */
    private static final class SecurityUser {

        static Optional<String> name(MockHttpServletRequest request) {
            Authentication known = WebTestUtils.getSecurityContextRepository(request)
                    .loadDeferredContext(request)
                    .get()
                    .getAuthentication();
            return Optional.ofNullable(known)
                    .filter(user -> !(user instanceof AnonymousAuthenticationToken) && user.isAuthenticated())
                    .map(Principal::getName);
        }
    }
}
