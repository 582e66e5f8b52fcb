package io.github.uploadreceipts.servlet.internal.receive;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.AdapterFixture;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AsyncReceptionTest {

    /** The moments at which a container calls {@code onAllDataRead}. */
    enum Telling {
        NEVER,
        /** Undertow calls it from within {@code isReady}. */
        WHEN_ASKED,
        AFTERWARDS
    }

    @TempDir
    Path root;

    private final List<String> steps = new CopyOnWriteArrayList<>();
    private final Body body = new Body();
    private AdapterFixture fixture;
    private Reception reception;

    @BeforeEach
    void start() throws IOException {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws IOException {
        reception.abandon();
        fixture.close();
    }

    /** A body of three bytes. The test makes the container's calls. */
    private final class Body extends ServletInputStream {

        private @Nullable ReadListener listener;
        private Telling telling = Telling.NEVER;
        private int available;
        private int left = 3;

        void arrive(int count) throws IOException {
            available += count;
            listener.onDataAvailable();
            if (left == 0 && telling == Telling.AFTERWARDS) {
                listener.onAllDataRead();
            }
        }

        @Override
        public int read() {
            throw new AssertionError("bytes are read one by one");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            assertThat(available).as("bytes that can be read").isPositive();
            available--;
            left--;
            return 1;
        }

        @Override
        public boolean isFinished() {
            return left == 0;
        }

        @Override
        public boolean isReady() {
            if (left == 0 && telling == Telling.WHEN_ASKED) {
                telling = Telling.NEVER; // once
                try {
                    listener.onAllDataRead();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
            return available > 0 && left > 0;
        }

        @Override
        public void setReadListener(ReadListener value) {
            steps.add("listen");
            listener = value;
        }
    }

    /** The step that throws, once. */
    private String failing = "";

    private CompletableFuture<String> stored = CompletableFuture.completedFuture("receipts");
    private long now;

    private void step(String step) {
        steps.add(step);
        if (step.equals(failing)) {
            failing = "";
            throw new AssertionError("injected");
        }
    }

    private final class Recorded implements Exchange<String> {

        @Override
        public CompletableFuture<String> finish() {
            step("finish");
            return stored;
        }

        @Override
        public void lost(String result) {
            step("lost " + result);
        }

        @Override
        public void send(String result) {
            throw new AssertionError("the client gets its response on this thread");
        }

        @Override
        public void sendAsync(String result, Runnable whenDone) {
            step("send " + result);
            whenDone.run();
        }

        @Override
        public void refuse(RefusedException refusal) {
            step("refuse " + refusal.problem().type());
        }

        @Override
        public void breakOff() {
            steps.add("break off");
        }

        @Override
        public void abandon() {
            if (failing.equals("abandon")) {
                step("abandon");
            }
        }
    }

    private final class Taken implements BodyParser {

        @Override
        public void push(byte[] bytes, int offset, int length) {
            step("push " + length);
        }

        @Override
        public void end() {
            step("end");
        }
    }

    private AsyncReception<String> reception() throws Exception {
        Admission admission = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        reception = new Reception(
                fixture.engine, Way.RAW, admission, new InFlight().enter(admission, "127.0.0.1"), () -> now);
        Receiver receiver = new Receiver(InputStream.nullInputStream(), body, 3, reception, new Taken(), true);
        return new AsyncReception<>(completion(), receiver, new Recorded(), new Watchdog(fixture.engine));
    }

    private Completion completion() {
        ServletContext application = fake(ServletContext.class, "none", null);
        AsyncContext context = fake(AsyncContext.class, "complete", null);
        return Completion.start(
                request(application, context),
                fake(HttpServletResponse.class, "none", null),
                false,
                new RefusedBodies(new RefusedBodies.Bounds(0, 0, 0), fixture.engine.timer(), Runnable::run));
    }

    private static HttpServletRequest request(ServletContext application, AsyncContext context) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                HttpServletRequest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "startAsync" -> context;
                    case "getServletContext" -> application;
                    case "getProtocol" -> "HTTP/1.1";
                    default -> null;
                });
    }

    /** Records the calls of {@code step}. Other calls return {@code result}. */
    private <T> T fake(Class<T> type, String step, @Nullable Object result) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (method.getName().equals(step)) {
                        steps.add(step);
                        return null;
                    }
                    return method.getReturnType() == long.class ? 30_000L : result; // the time-out of a context
                }));
    }

    @ParameterizedTest
    @EnumSource
    void body_allRead_requestEndsOnce(Telling telling) throws Exception {
        body.telling = telling;
        reception().begin(body);
        body.arrive(1);
        assertThat(steps).containsExactly("listen", "push 1");
        body.arrive(2);
        assertThat(steps)
                .containsExactly("listen", "push 1", "push 1", "push 1", "end", "finish", "send receipts", "complete");
    }

    /** A container does not end a request while a listener is being set for its body. */
    @Test
    void supersede_beforeTheBeginning_refusedOnceThereIsAListener() throws Exception {
        AsyncReception<String> superseded = reception();
        superseded.supersede();
        assertThat(steps).isEmpty();
        superseded.begin(body);
        assertThat(steps).containsExactly("listen", "refuse TAKEN_OVER", "complete");
        superseded.supersede();
        body.arrive(3);
        assertThat(steps).hasSize(3);
    }

    @Test
    void supersede_afterTheBeginning_refusedAtOnce() throws Exception {
        AsyncReception<String> superseded = reception();
        superseded.begin(body);
        superseded.supersede();
        superseded.supersede();
        assertThat(steps).containsExactly("listen", "refuse TAKEN_OVER", "complete");
    }

    @ParameterizedTest
    @ValueSource(strings = {"push 1", "end", "finish", "send receipts", "abandon"})
    void anyStepThrowsAnError_requestEnds(String step) throws Exception {
        failing = step;
        reception().begin(body);
        body.arrive(3);
        assertThat(failing).isEmpty();
        assertThat(steps).endsWith("complete").containsOnlyOnce("complete");
    }

    /** The store cannot be stopped. What it publishes later is taken back, because the client was told otherwise. */
    @Test
    void storeTakesTooLong_clientIsToldToComeBack() throws Exception {
        stored = new CompletableFuture<>();
        AsyncReception<String> late = reception();
        late.begin(body);
        body.arrive(3);
        now = UploadLimits.defaults().idleTimeout().toNanos() * 5 / 2;
        assertThat(late.isLate()).isFalse();
        now *= 2;
        assertThat(late.isLate()).isTrue();
        late.endIfLate();
        late.endIfLate();
        assertThat(late.isLate()).isFalse();
        assertThat(steps).endsWith("finish", "refuse UNAVAILABLE", "complete").containsOnlyOnce("complete");
        stored.complete("receipts");
        assertThat(steps).endsWith("complete", "lost receipts");
    }
}
