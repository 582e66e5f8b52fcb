package io.github.uploadreceipts.spring.test;

import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.web.servlet.setup.ConfigurableMockMvcBuilder;
import org.springframework.util.Assert;
import org.springframework.util.StringUtils;
import org.springframework.web.util.WebUtils;

/** Filters that make mock requests such as clients send them, on the paths of our own filters. */
final class MockFilters {

    private final StoredReceipts stored;
    private final String field;
    private final JsonBody json;

    MockFilters(StoredReceipts stored, String field, JsonBody json) {
        this.stored = stored;
        this.field = field;
        this.json = json;
    }

    /** Adds what comes before an upload filter. A mock request's stream takes no listener, so a thread must read it. */
    void addUploads(ConfigurableMockMvcBuilder<?> builder, FilterRegistrationBean<UploadFilter> uploads) {
        add(builder, uploads, before(request -> {
            request.setAsyncSupported(false);
            MockBody.completeForm(request);
        }));
    }

    /**
     * Adds what comes before a receipts filter; and that filter itself if MockMvc has no filters, because controllers get
     * receipts from it alone.
     */
    void addFinals(
            ConfigurableMockMvcBuilder<?> builder, FilterRegistrationBean<ReceiptsFilter> finals, boolean filtered) {
        add(builder, finals, before(request -> {
            if (!filtered) {
                request.setRemoteUser(RequestUser.name(request).orElse(null)); // no filter of Spring Security does
            }
            putIn(request, stored.tokens(request));
            MockBody.becomeForm(request);
            MockBody.completeForm(request);
        }));
        ReceiptsFilter filter = finals.getFilter();
        if (!filtered && filter != null) {
            add(builder, finals, filter);
        }
    }

    private static void add(ConfigurableMockMvcBuilder<?> builder, FilterRegistrationBean<?> ours, Filter filter) {
        if (ours.isEnabled()) {
            builder.addFilter(
                    filter,
                    null,
                    Map.of(),
                    EnumSet.of(DispatcherType.REQUEST),
                    StringUtils.toStringArray(ours.getUrlPatterns()));
        }
    }

    private static Filter before(Consumer<MockHttpServletRequest> change) {
        return (request, response, chain) -> {
            MockHttpServletRequest mock =
                    WebUtils.getNativeRequest((HttpServletRequest) request, MockHttpServletRequest.class);
            Assert.state(mock != null, "MockMvc's request is no MockHttpServletRequest");
            Principal principal = mock.getUserPrincipal();
            if (principal != null && mock.getRemoteUser() == null) {
                mock.setRemoteUser(principal.getName()); // as in a container
            }
            change.accept(mock);
            chain.doFilter(request, response);
        };
    }

    private void putIn(MockHttpServletRequest request, List<String> tokens) {
        if (tokens.isEmpty()) {
            return;
        }
        String given = request.getContentType();
        MediaType type = given == null ? MediaType.APPLICATION_FORM_URLENCODED : MediaType.parseMediaType(given);
        if (MockBody.isExpected(request) && isForm(type)) {
            tokens.forEach(token -> request.addParameter(field, token));
        } else if (MockBody.isExpected(request) && type.getSubtype().endsWith("json")) {
            MockBody.set(request, json.with(tokens, MockBody.content(request)));
        } else {
            throw new IllegalStateException("receipts go into a form or a JSON body by POST, PUT or PATCH, not into a "
                    + request.getMethod() + " of " + type);
        }
    }

    private static boolean isForm(MediaType type) {
        return MediaType.APPLICATION_FORM_URLENCODED.isCompatibleWith(type)
                || MediaType.MULTIPART_FORM_DATA.isCompatibleWith(type);
    }
}
