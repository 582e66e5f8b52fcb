package io.github.uploadreceipts.servlet.internal.response;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UnwantedBodyTest {

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

    private AsyncContext context() {
        ServletContext application = fake(ServletContext.class, null);
        HttpServletRequest request = fake(HttpServletRequest.class, application);
        return (AsyncContext) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {AsyncContext.class}, (self, method, args) -> {
                    if (method.getName().equals("complete")) {
                        completions.incrementAndGet();
                        return null;
                    }
                    return request;
                });
    }

    private static <T> T fake(Class<T> type, @Nullable Object answer) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> answer));
    }

    @Test
    void complete_containerThatCuts_readsNoMore() {
        UnwantedBody rest = new UnwantedBody(context(), pushed);
        rest.complete();
        rest.onDataAvailable();
        rest.onAllDataRead();
        assertThat(pushed.left).isEqualTo(10);
        assertThat(completions).hasValue(1);
    }
}
