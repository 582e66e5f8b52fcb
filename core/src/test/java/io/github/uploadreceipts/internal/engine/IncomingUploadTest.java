package io.github.uploadreceipts.internal.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Place;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore.Step;
import io.github.uploadreceipts.testing.RecordedLog;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IncomingUploadTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:59:58.7Z");

    private final InMemoryUploadStore store = InMemoryUploadStore.create();
    private final SettableClock clock = new SettableClock(NOW);
    private final UploadHost host = UploadHost.builder(TestRings.photos(), store)
            .internalUrl("http://app1.lan:8080")
            .developmentMode()
            .timeToLive(Duration.ofHours(24))
            .clock(clock)
            .executor(Runnable::run)
            .build();
    private final Engine engine = HostAccess.engine(host);

    @AfterEach
    void close() throws IOException {
        host.close();
        assertThat(store.receiving()).as("still being received").isEmpty();
    }

    private static UploadPermit permit() {
        return UploadPermit.of("ann", UploadLimits.defaults());
    }

    private static Admission admission(UploadLimits.Builder limits) {
        return Admission.of(UploadPermit.of("ann", limits.build()));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static Problem refusal(ThrowingCallable call) {
        UploadRefusedException refusal = catchThrowableOfType(UploadRefusedException.class, call);
        assertThat(refusal).isNotNull();
        return refusal.problem();
    }

    @Test
    void publish_receiptSaysWhatWasStored() throws Exception {
        Admission admission = Admission.of(permit().batch(new Batch("b", 5, 2)).context("{\"album\":7}"));
        IssuedReceipt issued;
        try (IncomingUpload upload = engine.receive(admission, 3, "C:\\x\\caf\u00E9.jpg", "Image/JPEG")) {
            upload.write(bytes("hel"));
            upload.write(bytes(""));
            upload.write(bytes("lo"));
            assertThat(upload.size()).isEqualTo(5);
            upload.force();
            assertThat(store.published()).isEmpty();
            issued = upload.publish();
        }
        UploadReceipt receipt = issued.receipt();
        assertThat(receipt.name()).isEqualTo("caf\u00E9.jpg");
        assertThat(receipt.type()).isEqualTo("Image/JPEG");
        assertThat(receipt.size()).isEqualTo(5);
        assertThat(receipt.digest()).hasToString("sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:");
        assertThat(receipt.subject()).contains("ann");
        assertThat(receipt.batch()).contains(new Batch("b", 5, 5));
        assertThat(receipt.context()).contains("{\"album\":7}");
        assertThat(receipt.issuedAt()).isEqualTo("2026-11-21T09:59:58Z");
        assertThat(receipt.expiresAt()).isEqualTo("2026-11-22T09:59:58Z");
        assertThat(receipt.locations())
                .hasToString("[http://app1.lan:8080/internal/uploads/2026-11-22T09/" + receipt.id() + "]");
        assertThat(store.published()).containsOnlyKeys("2026-11-22T09/" + receipt.id());
        assertThat(store.published().values()).containsExactly("hello".getBytes(UTF_8));
        assertThat(engine.reaches(receipt.owner())).isTrue();
        assertThat(host.receipts().subject("ann").verify(issued.token())).isEqualTo(receipt);
    }

    @Test
    void publish_slowUpload_livesAsLongAsAQuickOne() throws Exception {
        try (IncomingUpload upload = engine.receive(admission(UploadLimits.builder()), 0, "a", null)) {
            upload.write(bytes("hello"));
            clock.now = NOW.plus(Duration.ofHours(30));
            IssuedReceipt issued = upload.publish();
            assertThat(issued.receipt().expiresAt()).isEqualTo("2026-11-23T15:59:58Z");
            assertThat(host.receipts().subject("ann").verify(issued.token())).isEqualTo(issued.receipt());
            assertThat(store.published())
                    .containsOnlyKeys("2026-11-23T15/" + issued.receipt().id());
        }
    }

    /**
     * Such a store keeps the upload until the hour that was given at its creation, so the receipt must not live longer.
     */
    @Test
    void publish_slowUpload_storeThatPublishesNoLater_lifeCountsFromItsCreation() throws Exception {
        store.publishesLater(false);
        try (IncomingUpload upload = engine.receive(admission(UploadLimits.builder()), 0, "a", null)) {
            upload.write(bytes("hello"));
            clock.now = NOW.plus(Duration.ofHours(20));
            IssuedReceipt issued = upload.publish();
            assertThat(issued.receipt().issuedAt()).isEqualTo("2026-11-22T05:59:58Z");
            assertThat(issued.receipt().expiresAt()).isEqualTo("2026-11-22T09:59:58Z");
            assertThat(store.published())
                    .containsOnlyKeys("2026-11-22T09/" + issued.receipt().id());
        }
    }

    /** An upload that took longer than its life gets no receipt, so its bytes must be deleted. */
    @Test
    void publish_laterThanItsLife_refused_andNothingIsLeft() throws Exception {
        store.publishesLater(false);
        try (IncomingUpload upload = engine.receive(admission(UploadLimits.builder()), 0, "a", null)) {
            upload.write(bytes("hello"));
            clock.now = NOW.plus(Duration.ofHours(24));
            refusal(upload::publish);
        }
        assertThat(store.published()).isEmpty();
    }

    @Test
    void write_exactlyTheLimit() throws Exception {
        Admission admission = admission(UploadLimits.builder().maxFileSize(5));
        try (IncomingUpload upload = engine.receive(admission, 0, "a", null)) {
            upload.write(bytes("hell"));
            upload.write(bytes("o"));
            assertThat(upload.publish().receipt().size()).isEqualTo(5);
        }
    }

    @Test
    void write_tooLarge_refusedMidStream() throws Exception {
        Admission admission = admission(UploadLimits.builder().maxFileSize(5));
        try (IncomingUpload upload = engine.receive(admission, 0, "a", null)) {
            upload.write(bytes("hello"));
            Problem problem = refusal(() -> upload.write(bytes("!?")));
            assertThat(problem.type()).isEqualTo(ProblemType.FILE_TOO_LARGE);
            assertThat(problem.limit()).isEqualTo(OptionalLong.of(5));
            assertThat(problem.actual()).isEqualTo(OptionalLong.of(7));
        }
        assertThat(store.published()).isEmpty();
    }

    @Test
    void receive_noSpaceAtTheStart() {
        store.freeSpace(99);
        Admission admission = admission(UploadLimits.builder().freeSpaceFloor(100));
        assertThat(refusal(() -> engine.receive(admission, 0, "a", null)).type())
                .isEqualTo(ProblemType.NO_SPACE);
        store.freeSpace(100);
        assertThatCode(() -> engine.receive(admission, 0, "a", null).close()).doesNotThrowAnyException();
    }

    @Test
    void write_noSpaceMidStream() throws Exception {
        store.freeSpace(100 + (8 << 20));
        Admission admission = admission(UploadLimits.builder().freeSpaceFloor(100));
        try (IncomingUpload upload = engine.receive(admission, 0, "a", null)) {
            upload.write(bytes("hello"));
            store.freeSpace(99);
            upload.write(bytes("not looked at for every few bytes"));
            Problem problem = refusal(() -> upload.write(ByteBuffer.allocate(8 << 20)));
            assertThat(problem.type()).isEqualTo(ProblemType.NO_SPACE);
        }
    }

    /** A reservation does not keep others from using the disk. */
    @Test
    void write_declared_noSpaceMidStream() throws Exception {
        store.freeSpace(100 + (32 << 20));
        Admission admission = admission(UploadLimits.builder().freeSpaceFloor(100));
        try (IncomingUpload upload = engine.receive(admission, 0, "a", null)) {
            upload.expect(32 << 20);
            upload.write(ByteBuffer.allocate(8 << 20));
            store.freeSpace(99);
            Problem problem = refusal(() -> upload.write(bytes("!")));
            assertThat(problem.type()).isEqualTo(ProblemType.NO_SPACE);
        }
    }

    /** The files of a form declare no length, but the form does. What is left of it may be known a little too small. */
    @Test
    void write_noMoreThanAnnouncedIsReserved() throws Exception {
        store.freeSpace(110);
        Admission admission = admission(UploadLimits.builder().freeSpaceFloor(100));
        try (IncomingUpload upload = engine.receive(admission, 0, "a", null)) {
            upload.expectAtMost(8);
            upload.write(bytes("123456"));
            store.freeSpace(104);
            upload.write(bytes("7890"));
            assertThat(upload.size()).isEqualTo(10);
        }
    }

    /** What is declared, or 8 MiB ahead of what is not, counts for the uploads that begin meanwhile, until they end. */
    @Test
    void reservedForUploadsInFlight_goesBackAtEveryEnd() throws Exception {
        int size = 10 << 20;
        store.freeSpace(100L + size);
        Admission admission = admission(UploadLimits.builder().freeSpaceFloor(100));
        IncomingUpload declared = engine.receive(admission, 0, "a", null);
        declared.expect(size - (8 << 20));
        IncomingUpload undeclared = engine.receive(admission, 0, "b", null);
        undeclared.write(bytes("1"));
        try (IncomingUpload third = engine.receive(admission, 0, "c", null)) {
            assertThat(refusal(() -> third.expect(2)).type()).isEqualTo(ProblemType.NO_SPACE);
            undeclared.end(); // all its bytes have come, before they are forced
            assertThat(refusal(() -> third.expect(size)).type()).isEqualTo(ProblemType.NO_SPACE);
            declared.close();
            third.expect(size);
        }
        undeclared.close();
        assertThatCode(() -> engine.requireOpen(admission.limits(), size)).doesNotThrowAnyException();
        assertThat(refusal(() -> engine.requireOpen(admission.limits(), size + 1))
                        .type())
                .isEqualTo(ProblemType.NO_SPACE);
    }

    @ParameterizedTest
    @CsvSource({
        "CREATE, FAILED, STORAGE_FAILED",
        "CREATE, FULL, NO_SPACE",
        "FREE_SPACE, FAILED, STORAGE_FAILED",
        "WRITE, FAILED, STORAGE_FAILED",
        "WRITE, FULL, NO_SPACE",
        "FORCE, FAILED, STORAGE_FAILED",
        "FORCE, FULL, NO_SPACE",
        "PUBLISH, FAILED, STORAGE_FAILED",
        "PUBLISH, FULL, NO_SPACE",
        "PUBLISH, TAKEN, SLOT_TAKEN"
    })
    void storeFails_clientLearnsOnlyThat_andNothingIsLeft(Step step, Failure failure, ProblemType type) {
        store.fail(step, failure.as("/srv/x: Input/output error"));
        Problem problem = refusal(() -> {
            try (IncomingUpload upload = engine.receive(admission(UploadLimits.builder()), 0, "a", null)) {
                upload.write(bytes("hello"));
                upload.force();
                upload.publish();
            }
        });
        assertThat(problem.type()).isEqualTo(type);
        assertThat(problem.toJson()).doesNotContain("/srv", "error");
        assertThat(store.published()).isEmpty();
        store.mend();
    }

    enum Failure {
        FAILED,
        FULL,
        TAKEN;

        StoreException as(String message) {
            return switch (this) {
                case FAILED -> new StoreException.Failed(message, null);
                case FULL -> new StoreException.Full(message, null);
                case TAKEN -> new StoreException.Taken(message, null);
            };
        }
    }

    @Test
    void close_failing_isLoggedOnly() throws Exception {
        IncomingUpload upload = engine.receive(admission(UploadLimits.builder()), 0, "a", null);
        store.fail(Step.CLOSE, new StoreException.Failed("Input/output error", null));
        assertThatCode(upload::close).doesNotThrowAnyException();
    }

    @Test
    void receive_batchHasNoMorePlaces() throws Exception {
        Admission admission = Admission.of(permit().batch(new Batch("b", 3, 2)));
        engine.receive(admission, 1, "a", null).close();
        Problem problem = refusal(() -> engine.receive(admission, 2, "a", null));
        assertThat(problem.type()).isEqualTo(ProblemType.TOO_MANY_FILES);
        assertThat(problem.limit()).isEqualTo(OptionalLong.of(3));
        assertThat(problem.actual()).isEqualTo(OptionalLong.of(4));
    }

    /** The longest name and the longest context fit into a receipt each, but not both into an encrypted one. */
    @Test
    void receive_noReceiptWouldHoldIt_refusedBeforeItsBytes() throws Exception {
        UploadHost encrypting = UploadHost.builder(TestRings.photos(), store)
                .internalUrl("http://app1.lan:8080")
                .developmentMode()
                .encryptReceipts(true)
                .clock(clock)
                .executor(Runnable::run)
                .build();
        Admission admission = Admission.of(permit().context("{\"c\":\"" + "x".repeat(1016) + "\"}"));
        Problem problem = refusal(() -> HostAccess.engine(encrypting).receive(admission, 0, "\"".repeat(255), null));
        assertThat(problem)
                .isEqualTo(Problem.of(ProblemType.FIELDS_TOO_LARGE, "The file's name is too long for its receipt."));
        HostAccess.engine(encrypting).receive(admission, 0, "a", null).close();
        encrypting.close();
    }

    @Test
    void receive_contextThatIsNoJson_isTheApplicationsBug() {
        Admission admission = Admission.of(permit().context("album 7"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> engine.receive(admission, 0, "a", null))
                .withMessageContaining("the context is a JSON object");
    }

    /** No log record contains a token, at any level. */
    @Test
    void log_neverShowsAToken() throws Exception {
        Logger logger = Logger.getLogger("io.github.uploadreceipts");
        RecordedLog log = RecordedLog.of("io.github.uploadreceipts");
        logger.setLevel(Level.ALL);
        try (IncomingUpload upload = engine.receive(admission(UploadLimits.builder()), 0, "a", null)) {
            IssuedReceipt issued = upload.publish();
            assertThat(host.receipts().subject("ann").verify(issued.token()).id())
                    .isEqualTo(issued.receipt().id());
            TokenRefusedException refusal = catchThrowableOfType(
                    TokenRefusedException.class, () -> host.receipts().verify(issued.token()));
            engine.tell(new UploadEvent.Refused(refusal.problem(), Place.UPLOAD, Optional.empty()));
            store.fail(Step.PUBLISH, new StoreException.Failed("Input/output error", null));
            refusal(upload::publish);
            assertThat(log.records())
                    .isNotEmpty()
                    .noneMatch(entry -> (entry.getMessage() + entry.getThrown()).contains("eyJ"));
            assertThat(issued.toString() + refusal).doesNotContain("eyJ");
        } finally {
            store.mend();
            log.close();
            logger.setLevel(null);
        }
    }
}
