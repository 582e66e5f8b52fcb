package io.github.uploadreceipts.servlet.internal.container;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CompletionTest {

    private final AtomicInteger completions = new AtomicInteger();
    private final Pushed pushed = new Pushed();

    /** What a client goes on pushing. */
    private static final class Pushed extends ServletInputStream {

        int left = 10;

        @Override
        public int read() {
            return left-- > 0 ? 'v' : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            return left-- > 0 ? length : -1;
        }

        @Override
        public boolean isFinished() {
            return left < 0;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new AssertionError("somebody listens already");
        }
    }

    private HttpServletRequest request() {
        ServletContext application = fake(ServletContext.class, (method, args) -> null);
        AsyncContext[] context = new AsyncContext[1];
        HttpServletRequest request = fake(HttpServletRequest.class, (method, args) -> switch (method) {
            case "startAsync" -> context[0];
            case "getServletContext" -> application;
            case "getInputStream" -> pushed;
            default -> throw new UnsupportedOperationException(method);
        });
        context[0] = fake(AsyncContext.class, (method, args) -> {
            if (method.equals("complete")) {
                completions.incrementAndGet();
            }
            return method.equals("getRequest") ? request : null;
        });
        return request;
    }

    private interface Answering {
        @Nullable
        Object answer(String method, @Nullable Object[] args);
    }

    private static <T> T fake(Class<T> type, Answering answering) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, args) -> answering.answer(method.getName(), args)));
    }

    @Test
    void responded_containerThatCuts_readsNoMore() {
        Completion completion =
                Completion.start(request(), fake(HttpServletResponse.class, (method, args) -> null), true);
        completion.responded();
        completion.onDataAvailable();
        completion.onAllDataRead();
        assertThat(pushed.left).isEqualTo(10);
        assertThat(completions).hasValue(1);
    }
}
