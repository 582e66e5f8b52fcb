package io.github.uploadreceipts.servlet.internal.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A request is completed exactly once, whichever event comes first. */
class CompletionTest {

    private static final int RACES = 300;

    /** The calls to the request and its response. */
    private final List<String> steps = new CopyOnWriteArrayList<>();

    private final Body body = new Body();
    private final HandTimer timer = new HandTimer();
    private final ServletContext cutting = fake(ServletContext.class, method -> null);
    private final ServletContext waiting = TestContexts.undertow();

    private RefusedBodies refusedBodies = new RefusedBodies(new RefusedBodies.Bounds(20, 1, 1), timer, timer);
    private String expectation = "";
    private String protocol = "HTTP/1.1";

    /** A timer whose checks of the bodies' rates run when the test calls them. */
    private static final class HandTimer extends ScheduledThreadPoolExecutor {

        private Runnable look;

        HandTimer() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long delay, long period, TimeUnit unit) {
            look = task;
            return new FutureTask(task);
        }

        /** A scheduled task that can be cancelled. */
        private static final class FutureTask extends java.util.concurrent.FutureTask<@Nullable Void>
                implements ScheduledFuture<@Nullable Void> {

            FutureTask(Runnable task) {
                super(task, null);
            }

            @Override
            public long getDelay(TimeUnit unit) {
                throw new AssertionError("nobody asks");
            }

            @Override
            public int compareTo(Delayed other) {
                throw new AssertionError("nobody asks");
            }
        }
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private void bound(long maxBytes, int maxBodies) {
        refusedBodies = new RefusedBodies(new RefusedBodies.Bounds(maxBytes, 1, maxBodies), timer, timer);
    }

    /** The body of a request. The test makes the container's calls. */
    private final class Body extends ServletInputStream {

        private @Nullable ReadListener listener;
        private boolean takesNoListener;
        private boolean breaks;
        private int available;
        private int left = 10;

        void arrive(int count) throws IOException {
            available += count;
            listener.onDataAvailable();
        }

        @Override
        public int read() {
            throw new AssertionError("bytes are read one by one");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (breaks) {
                throw new IOException("reset");
            }
            if (left == 0) {
                return -1;
            }
            assertThat(available).as("bytes that can be read").isPositive();
            int count = Math.min(length, available);
            available -= count;
            left -= count;
            return count;
        }

        @Override
        public int available() {
            return available;
        }

        @Override
        public boolean isFinished() {
            return left == 0;
        }

        @Override
        public boolean isReady() {
            return breaks || (available > 0 && left > 0);
        }

        @Override
        public void setReadListener(ReadListener value) {
            if (takesNoListener || listener != null) {
                throw new IllegalStateException("no listener is taken");
            }
            steps.add("listen");
            listener = value;
        }
    }

    /** Forwards the container's calls to the completion, as a receiver of the body does after its response. */
    private record Forwarding(Completion completion) implements ReadListener {

        @Override
        public void onDataAvailable() {
            completion.onDataAvailable();
        }

        @Override
        public void onAllDataRead() {
            completion.onAllDataRead();
        }

        @Override
        public void onError(Throwable failure) {
            completion.onError(failure);
        }
    }

    private interface Answering {
        @Nullable
        Object response(String method) throws Exception;
    }

    private static <T> T fake(Class<T> type, Answering answering) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> answering.response(method.getName())));
    }

    private final class Output extends ServletOutputStream {

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new AssertionError("nothing is written");
        }

        @Override
        public void write(int b) {
            throw new AssertionError("nothing is written");
        }

        @Override
        public void close() {
            steps.add("end response");
        }
    }

    /** Starts a request in {@code container}. {@code announced} says whether its header announces a body. */
    private Completion begin(ServletContext container, boolean announced) {
        HttpServletResponse response = fake(HttpServletResponse.class, method -> switch (method) {
            case "isCommitted" -> false;
            case "setContentLength" -> null;
            case "flushBuffer" -> {
                steps.add("end response");
                yield null;
            }
            default -> new Output();
        });
        AsyncContext[] context = new AsyncContext[1];
        HttpServletRequest request = fake(HttpServletRequest.class, method -> switch (method) {
            case "startAsync" -> context[0];
            case "getServletContext" -> container;
            case "getInputStream" -> body;
            case "getProtocol" -> protocol;
            case "getHeader" -> expectation;
            case "getAttribute" -> null;
            default -> throw new AssertionError(method);
        });
        context[0] = fake(AsyncContext.class, method -> switch (method) {
            case "getRequest" -> request;
            case "getResponse" -> response;
            case "getTimeout" -> 30_000L;
            case "setTimeout", "addListener" -> null;
            case "complete" -> {
                steps.add("complete");
                yield null;
            }
            default -> throw new AssertionError(method);
        });
        return Completion.start(request, response, announced, refusedBodies);
    }

    private Completion listen(ServletContext container) {
        Completion completion = begin(container, true);
        assertThat(completion.listen(body, new Forwarding(completion))).isTrue();
        steps.clear();
        return completion;
    }

    private Stream<ServletContext> containers() {
        return Stream.of(cutting, waiting);
    }

    private void begin() {
        body.left = 10;
        body.available = 0;
        body.listener = null;
        steps.clear();
    }

    @Test
    void responded_endsTheResponseAndReadsOnUntilTheEnd() throws Exception {
        for (ServletContext container : containers().toList()) {
            begin();
            Completion completion = listen(container);
            body.arrive(3);
            assertThat(body.left)
                    .as("it is whoever listens who reads what is wanted")
                    .isEqualTo(10);
            completion.responded();
            assertThat(steps).containsExactly("end response");
            assertThat(body.left).as("what had come").isEqualTo(7);
            body.arrive(4);
            assertThat(steps).containsExactly("end response");
            body.arrive(3);
            assertThat(steps).containsExactly("end response", "complete");
            body.listener.onAllDataRead(); // the container may call this, too
            completion.responded();
            assertThat(steps).containsExactly("end response", "complete");
        }
    }

    @Test
    void responded_unlistened_readsOnUntilTheEnd() throws Exception {
        for (ServletContext container : containers().toList()) {
            begin();
            Completion completion = begin(container, true);
            completion.responded();
            assertThat(steps).containsExactly("end response", "listen");
            body.arrive(9);
            assertThat(steps).doesNotContain("complete");
            body.listener.onAllDataRead();
            assertThat(steps).containsExactly("end response", "listen", "complete");
        }
    }

    /** Some containers never call a listener to a body that has already ended. */
    @Test
    void responded_unlistened_allHasCome_completes() {
        for (ServletContext container : containers().toList()) {
            begin();
            Completion completion = begin(container, true);
            body.available = 10;
            completion.responded();
            assertThat(steps).containsExactly("end response", "complete");
        }
    }

    @Test
    void responded_moreBytesThanAreRead_completes() throws Exception {
        bound(5, 1);
        Completion completion = listen(cutting);
        completion.responded();
        body.arrive(4);
        assertThat(steps).containsExactly("end response");
        body.arrive(1);
        assertThat(steps).containsExactly("end response", "complete");
        body.arrive(5);
        assertThat(body.left).as("nothing more is read").isEqualTo(5);
        assertAPlaceIsFree();
    }

    /** The container closes the connection when its listener throws, and only then the request is completed. */
    @Test
    void responded_moreBytesThanAreRead_containerThatWaitsIsThrownAt() throws Exception {
        bound(5, 1);
        Completion completion = listen(waiting);
        completion.responded();
        body.arrive(5);
        assertThat(steps).containsExactly("end response");
        assertThatIllegalStateException().isThrownBy(() -> body.arrive(1));
        assertThat(steps).containsExactly("end response");
        assertAPlaceIsFree();
        body.listener.onError(new IllegalStateException("as thrown"));
        timer.submit(() -> {}).get(120, TimeUnit.SECONDS);
        assertThat(steps).containsExactly("end response", "complete");
    }

    /** The container calls again only after all bytes that had come were read. */
    @Test
    void responded_moreBytesHaveComeThanAreRead_containerThatWaitsCallsAgain() throws Exception {
        bound(2, 1);
        Completion completion = listen(waiting);
        body.available = 5;
        completion.responded();
        assertThat(body.available).isZero();
        assertThatIllegalStateException().isThrownBy(() -> body.arrive(1));
    }

    private void assertAPlaceIsFree() {
        assertThat(refusedBodies.enter()).isPresent();
    }

    @Test
    void responded_tooManyAtOnce_nothingIsRead() throws Exception {
        bound(20, 0);
        Completion completion = listen(cutting);
        body.available = 5;
        completion.responded();
        assertThat(steps).containsExactly("complete");
        body.arrive(5);
        body.listener.onAllDataRead();
        body.listener.onError(new IOException("gone"));
        completion.responded();
        assertThat(body.left).isEqualTo(10);
        assertThat(steps).containsExactly("complete");

        begin();
        Completion unlistened = begin(waiting, true);
        unlistened.responded();
        body.arrive(1); // read, to learn that there are more
        assertThatIllegalStateException().isThrownBy(() -> body.arrive(1));
    }

    @Test
    void responded_clientThatWasNotInvited_nothingIsRead() {
        expectation = "100-continue";
        begin(cutting, true).responded();
        assertThat(steps).containsExactly("complete");
    }

    /** The container resets the stream, and the connection stays open. */
    @Test
    void responded_http2_nothingIsRead() {
        protocol = "HTTP/2.0";
        listen(cutting).responded();
        assertThat(steps).containsExactly("complete");
    }

    @Test
    void responded_http2InAContainerThatWaits_readsOn() throws Exception {
        protocol = "HTTP/2.0";
        listen(waiting).responded();
        body.arrive(10);
        assertThat(steps).containsExactly("end response", "complete");
    }

    /** Looks at the rates, and waits until what that ends has ended: the timer must not wait for it. */
    private void look() throws Exception {
        timer.look.run();
        timer.submit(() -> {}).get(120, TimeUnit.SECONDS);
    }

    @Test
    void responded_bytesComeTooSlowly_completes() throws Exception {
        listen(cutting).responded();
        look();
        assertThat(steps).containsExactly("end response", "complete");
        assertAPlaceIsFree();
    }

    @Test
    void responded_bytesComeTooSlowly_containerThatWaitsIsThrownAt() throws Exception {
        listen(waiting).responded();
        look();
        assertThat(steps).containsExactly("end response");
        assertAPlaceIsFree();
        assertThatIllegalStateException().isThrownBy(() -> body.arrive(1));
    }

    @Test
    void responded_bytesComeFastEnough_readsOn() throws Exception {
        refusedBodies = new RefusedBodies(new RefusedBodies.Bounds(20_000_000, 1, 1), timer, timer);
        listen(cutting).responded();
        body.left = 100;
        body.arrive(10); // the rate over ten seconds
        look();
        assertThat(steps).containsExactly("end response");
        body.arrive(9);
        look();
        assertThat(steps).containsExactly("end response", "complete");
    }

    @Test
    void responded_allRead_completesAtOnce() {
        Completion listened = listen(waiting);
        body.left = 0;
        listened.responded();
        assertThat(steps).containsExactly("complete");
        begin(waiting, true).responded();
        assertThat(steps).containsExactly("complete", "complete");
    }

    @Test
    void responded_noBody_completesAtOnce() {
        begin(waiting, false).responded();
        assertThat(steps).containsExactly("complete");
    }

    /** An HTTP/2 request can have a body that its header does not announce. */
    @Test
    void responded_bodyThatWasNotAnnounced_isReadOnIfSomebodyListened() throws Exception {
        Completion completion = begin(waiting, false);
        completion.listen(body, new Forwarding(completion));
        completion.responded();
        assertThat(steps).containsExactly("listen", "end response");
        body.arrive(10);
        assertThat(steps).containsExactly("listen", "end response", "complete");
    }

    @Test
    void discarding_clientLeaves_completes() throws Exception {
        Completion completion = listen(waiting);
        completion.responded();
        body.listener.onError(new IOException("gone"));
        assertThat(steps).containsExactly("end response", "complete");
    }

    @Test
    void discarding_streamBreaks_completes() throws Exception {
        Completion completion = listen(waiting);
        completion.responded();
        body.breaks = true;
        body.arrive(1);
        assertThat(steps).containsExactly("end response", "complete");
    }

    @Test
    void discarding_streamThatTakesNoListener_completes() {
        body.takesNoListener = true;
        begin(waiting, true).responded();
        assertThat(steps).containsExactly("end response", "complete");
    }

    @Test
    void listen_bodyThatHasEnded_nobodyListens() {
        body.left = 0;
        Completion completion = begin(waiting, true);
        assertThat(completion.listen(body, new Forwarding(completion))).isFalse();
        completion.responded();
        assertThat(steps).containsExactly("complete");
    }

    @Test
    void listen_streamThatTakesNoListener_saysSoAndCompletesAllTheSame() {
        body.takesNoListener = true;
        Completion completion = begin(waiting, true);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> completion.listen(body, new Forwarding(completion)));
        completion.responded();
        assertThat(steps).containsExactly("end response", "complete");
    }

    @Test
    void told_beforeTheResponse_doesNothing() throws Exception {
        Completion completion = listen(waiting);
        completion.onDataAvailable();
        completion.onAllDataRead();
        completion.onError(new IOException("gone"));
        assertThat(completion.isResponded()).isFalse();
        assertThat(steps).isEmpty();
    }

    @Test
    void readWanted_untilTheResponse() throws Exception {
        Completion completion = listen(cutting);
        assertThat(completion.readWanted(() -> 5)).isEqualTo(5);
        completion.responded();
        assertThat(completion.isResponded()).isTrue();
        assertThatIOException()
                .isThrownBy(() -> completion.readWanted(() -> {
                    throw new AssertionError("nothing more is wanted");
                }));
    }

    /** The container may end the request itself when its application stops or the client disconnects. */
    @Test
    void responded_requestThatHasEnded_isNoFailure() {
        AsyncContext ended = fake(AsyncContext.class, method -> {
            if (method.equals("complete")) {
                steps.add("complete");
                throw new IllegalStateException("it has ended");
            }
            return method.equals("getTimeout") ? 30_000L : null;
        });
        Completion completion = Completion.start(
                fake(HttpServletRequest.class, method -> method.equals("startAsync") ? ended : cutting),
                fake(HttpServletResponse.class, method -> null),
                false,
                refusedBodies);
        completion.responded();
        completion.responded();
        assertThat(steps).containsExactly("complete");
    }

    @Test
    void everybodyAtOnce_completesOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int race = 0; race < RACES; race++) {
                Completion completion = listen(waiting);
                body.available = 10;
                CyclicBarrier start = new CyclicBarrier(4);
                List<Future<?>> ends = Stream.<Runnable>of(
                                completion::responded,
                                completion::responded,
                                completion::onDataAvailable,
                                completion::onAllDataRead)
                        .<Callable<?>>map(step -> () -> {
                            start.await(120, TimeUnit.SECONDS);
                            step.run();
                            return null;
                        })
                        .<Future<?>>map(threads::submit)
                        .toList();
                for (Future<?> end : ends) {
                    end.get(120, TimeUnit.SECONDS);
                }
                assertThat(steps).containsOnlyOnce("complete");
                body.left = 10;
                body.listener = null;
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
