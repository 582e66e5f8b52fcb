package io.github.uploadreceipts.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
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
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
    private WatchedStore store;
    private UploadHost host;
    private ResumableUploads uploads;

    @BeforeEach
    void start() throws IOException {
        store = new WatchedStore(directory);
        host = UploadHost.builder(TestRings.photos(), store)
                .internalUrl("http://app1.lan:8080")
                .developmentMode()
                .build();
        uploads = HostAccess.resumable(host).orElseThrow();
    }

    @AfterEach
    void stop() throws IOException {
        host.close();
    }

    private void restart() throws IOException {
        stop();
        start();
    }

    private UploadResource create() throws UploadRefusedException {
        return create(Optional.of(10L));
    }

    private UploadResource create(Optional<Long> length) throws UploadRefusedException {
        return uploads.create(
                Admission.of(UploadPermit.anyone(UploadLimits.defaults())),
                new Creation("photo.jpg", Optional.empty(), length, Optional.empty(), Role.REGULAR));
    }

    private Path file(UploadResource resource) {
        return directory
                .resolve("partial")
                .resolve(resource.hour().toString())
                .resolve(resource.id().toString());
    }

    private static ProblemType refusal(ThrowingCallable call) {
        return catchThrowableOfType(UploadRefusedException.class, call)
                .problem()
                .type();
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

    /** A client whose upload has failed may never resume it. */
    @Test
    void failed_cutBackAtOnce_toWhatIsAcknowledged() throws Exception {
        UploadResource resource = create();
        try (Append append = uploads.open(resource)) {
            append.write(ByteBuffer.allocate(4));
            append.complete();
        }
        Append append = uploads.open(resource);
        append.write(ByteBuffer.allocate(5));
        store.fail("acknowledge 9");
        append.close();
        assertThat(Files.size(file(resource))).isEqualTo(4);
        assertThat(uploads.status(resource).offset()).isEqualTo(4);
    }

    /** What has arrived is kept when there is no room for more. */
    @Test
    void noSpace_whatHasArrivedStays() throws Exception {
        UploadResource resource = create(Optional.empty());
        try (Append append = uploads.open(resource)) {
            append.write(ByteBuffer.allocate(8 << 20));
            store.freeSpace = UploadLimits.defaults().freeSpaceFloor();
            assertThatExceptionOfType(UploadRefusedException.class)
                    .isThrownBy(() -> append.write(ByteBuffer.allocate(1)))
                    .matches(refusal -> refusal.problem().type() == ProblemType.NO_SPACE);
        }
        assertThat(Files.size(file(resource))).isEqualTo(8 << 20);
        assertThat(uploads.status(resource).offset()).isEqualTo(8 << 20);
    }

    /** New uploads leave the floor alone, and uploads of which there are bytes may use half of it. */
    @Test
    void noSpace_halfTheFloorIsForUploadsOfWhichThereAreBytes() throws Exception {
        long floor = UploadLimits.defaults().freeSpaceFloor();
        UploadResource empty = create();
        UploadResource begun = create();
        try (Append append = uploads.open(begun)) {
            append.write(ByteBuffer.allocate(4));
            append.complete();
        }
        restart();
        store.freeSpace = floor;
        assertThat(refusal(() -> create())).isEqualTo(ProblemType.NO_SPACE);
        assertThat(refusal(() -> uploads.open(empty))).isEqualTo(ProblemType.NO_SPACE);
        store.freeSpace = floor / 2 + 5;
        assertThat(refusal(() -> uploads.open(begun))).isEqualTo(ProblemType.NO_SPACE);
        store.freeSpace = floor / 2 + 6;
        try (Append append = uploads.open(begun)) {
            append.write(ByteBuffer.allocate(6));
            assertThat(append.complete().receipt()).isPresent();
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
                            .orTimeout(120, TimeUnit.SECONDS)
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
                                start.await(120, TimeUnit.SECONDS);
                                step.run();
                                return null;
                            })
                            .<Future<?>>map(threads::submit)
                            .toList();
                    for (Future<?> end : ends) {
                        end.get(120, TimeUnit.SECONDS);
                    }
                    assertThat(told).hasValue(race);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
