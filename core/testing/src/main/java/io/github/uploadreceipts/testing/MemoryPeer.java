package io.github.uploadreceipts.testing;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URISyntaxException;
import java.util.Map;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.jspecify.annotations.Nullable;

/**
 * A host as its peers see it: its delivery filter, without a container. What the filter decides (the address, the token,
 * the claim, what is gone, which bytes) it decides from servlet objects, so the real one is asked, and nothing is decided
 * here. It calls a dozen of their methods. These are proxies and not the mocks of spring-test, which would bring Spring
 * into the tests of everybody.
 */
final class MemoryPeer {

    private final DeliveryFilter filter;
    private volatile boolean running = true;

    MemoryPeer(UploadHost host) {
        filter = DeliveryFilter.create(host);
        ServletContext context = proxy(ServletContext.class, (method, args) -> switch (method) {
            case "getFilterRegistrations" -> Map.of();
            default -> throw unsupported(method);
        });
        filter.init(proxy(FilterConfig.class, (method, args) -> switch (method) {
            case "getServletContext" -> context;
            default -> throw unsupported(method);
        }));
    }

    void running(boolean value) {
        running = value;
    }

    boolean isRunning() {
        return running;
    }

    /**
     * Responds to a request.
     *
     * @param address of the host that asks
     */
    ClassicHttpResponse respond(HttpUriRequestBase request, String address) throws IOException {
        MemoryResponse response = new MemoryResponse();
        filter.doFilter(
                servletRequest(request, address), proxy(HttpServletResponse.class, response), (unread, unwritten) -> {
                    throw new IllegalStateException("the filter passes nothing on");
                });
        return response.sent(request.getMethod());
    }

    private static HttpServletRequest servletRequest(HttpUriRequestBase request, String address) throws IOException {
        String path = path(request);
        return proxy(HttpServletRequest.class, (method, args) -> switch (method) {
            case "getMethod" -> request.getMethod();
            case "getRequestURI" -> path;
            case "getContextPath" -> "";
            case "getProtocol" -> "HTTP/1.1";
            case "getRemoteAddr" -> address;
            case "getHeader" -> value(request.getFirstHeader((String) args[0]));
            case "getAttribute" -> null;
            case "isAsyncSupported" -> false;
            default -> throw unsupported(method);
        });
    }

    private static String path(HttpUriRequestBase request) throws IOException {
        try {
            return request.getUri().getRawPath();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    private static @Nullable String value(@Nullable Header header) {
        return header == null ? null : header.getValue();
    }

    /** The methods of a servlet object. */
    interface Methods {
        @Nullable
        Object call(String method, Object[] args);
    }

    static UnsupportedOperationException unsupported(String method) {
        return new UnsupportedOperationException(method + " of a servlet object has no meaning in memory");
    }

    private static <T> T proxy(Class<T> type, Methods methods) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, args) -> methods.call(method.getName(), args == null ? new Object[0] : args)));
    }
}
