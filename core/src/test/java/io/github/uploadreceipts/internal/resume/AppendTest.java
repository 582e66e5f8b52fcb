package io.github.uploadreceipts.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Appends that another request takes over. */
class AppendTest {

    private static final int RACES = 300;

    @TempDir
    Path directory;

    private final AtomicInteger told = new AtomicInteger();
    private UploadHost host;
    private ResumableUploads uploads;

    @BeforeEach
    void start() throws IOException {
        host = UploadHost.builder(TestRings.photos(), new WatchedStore(directory))
                .internalUrl("http://app1.lan:8080")
                .developmentMode()
                .build();
        uploads = HostAccess.resumable(host).orElseThrow();
    }

    @AfterEach
    void stop() throws IOException {
        host.close();
    }

    private UploadResource create() throws Exception {
        return uploads.create(
                Admission.of(UploadPermit.anyone(UploadLimits.defaults())),
                new Creation("photo.jpg", Optional.empty(), Optional.of(10L), Optional.empty(), Role.REGULAR));
    }

    @Test
    void takenOver_hookSetBefore_runsOnce() throws Exception {
        UploadResource resource = create();
        try (Append append = uploads.open(resource)) {
            append.onTakenOver(told::incrementAndGet);
            assertThat(told).hasValue(0);
            uploads.status(resource);
            append.stop(); // as by a request that found this append before it ended
            assertThat(told).hasValue(1);
        }
    }

    /** The other request may take over before this one has set its hook. */
    @Test
    void takenOver_hookSetAfterwards_runsAtOnceAndOnce() throws Exception {
        UploadResource resource = create();
        try (Append append = uploads.open(resource)) {
            uploads.status(resource);
            append.onTakenOver(told::incrementAndGet);
            assertThat(told).hasValue(1);
            append.stop();
            assertThat(told).hasValue(1);
        }
    }

    @Test
    void ended_notTakenOver_hookDoesNotRun() throws Exception {
        UploadResource resource = create();
        try (Append append = uploads.open(resource)) {
            append.onTakenOver(told::incrementAndGet);
            append.write(ByteBuffer.allocate(10));
            append.complete();
        }
        uploads.status(resource);
        assertThat(told).hasValue(0);
    }

    /** The hook may wait for another thread that uses the append. */
    @Test
    void hook_runsOutsideTheLock() throws Exception {
        UploadResource resource = create();
        for (boolean before : new boolean[] {true, false}) {
            try (Append append = uploads.open(resource)) {
                Runnable hook = () -> {
                    CompletableFuture.supplyAsync(append::offset)
                            .orTimeout(20, TimeUnit.SECONDS)
                            .join();
                    told.incrementAndGet();
                };
                if (before) {
                    append.onTakenOver(hook);
                    append.stop();
                } else {
                    append.stop();
                    append.onTakenOver(hook);
                }
            }
        }
        assertThat(told).hasValue(2);
    }

    @Test
    void hook_fails_otherRequestContinues() throws Exception {
        UploadResource resource = create();
        try (Append append = uploads.open(resource)) {
            append.onTakenOver(() -> {
                throw new IllegalStateException("the container has ended the request");
            });
            assertThat(uploads.status(resource).offset()).isZero();
        }
    }

    @Test
    void hookSetAndTakenOverAtOnce_runsOnce() throws Exception {
        UploadResource resource = create();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (int race = 1; race <= RACES; race++) {
                CyclicBarrier start = new CyclicBarrier(3);
                try (Append append = uploads.open(resource)) {
                    Runnable register = () -> append.onTakenOver(told::incrementAndGet);
                    List<Future<?>> ends = Stream.of(register, append::stop, append::stop)
                            .<Callable<?>>map(step -> () -> {
                                start.await(20, TimeUnit.SECONDS);
                                step.run();
                                return null;
                            })
                            .<Future<?>>map(threads::submit)
                            .toList();
                    for (Future<?> end : ends) {
                        end.get(20, TimeUnit.SECONDS);
                    }
                    assertThat(told).hasValue(race);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
