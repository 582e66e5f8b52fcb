package io.github.uploadreceipts.internal.direct;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.MemoryDirectStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectUploadsTest {

    private static final Instant NOW = Instant.parse("2026-11-29T09:00:00Z");
    private static final byte[] HELLO = "hello".getBytes(UTF_8);
    private static final byte[] OTHER = "olleh".getBytes(UTF_8);
    private static final Admission ANYONE = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));

    private final SettableClock clock = new SettableClock(NOW);
    private final KeyRing keyRing = TestRings.photos();
    private final InMemoryUploadStore store = InMemoryUploadStore.create();
    private final MemoryDirectStore place = MemoryDirectStore.of(store, "http://store.lan/in");
    private final List<UploadEvent> events = new CopyOnWriteArrayList<>();
    private final List<UploadHost> hosts = new ArrayList<>();
    private final UploadHost host = host(keyRing, store, 7);
    private final DirectUploads uploads = uploads(host);

    private UploadHost host(KeyRing ring, UploadStore kept, int number) {
        UploadHost built = UploadHost.builder(ring, kept)
                .internalUrl("http://192.0.2." + number + ":8080")
                .listener(events::add)
                .clock(clock)
                .build();
        hosts.add(built);
        return built;
    }

    private static DirectUploads uploads(UploadHost of) {
        return HostAccess.direct(of).orElseThrow();
    }

    @AfterEach
    void close() throws IOException {
        for (UploadHost each : hosts) {
            each.close();
        }
    }

    private DirectUploads.Begun begin() throws RefusedException {
        return uploads.begin(ANYONE, "a.txt", "text/plain", HELLO.length);
    }

    private UploadTicket.Builder ticket() {
        return UploadTicket.builder(clock).id("t1").subject("ann").uploadsExpireAt(NOW.plus(Duration.ofDays(2)));
    }

    private Admission admission(UploadTicket.Builder ticket) throws RefusedException {
        Engine engine = HostAccess.engine(host);
        String token = TicketIssuer.create(keyRing).issue(ticket.build());
        return Admission.of(UploadPermit.byTicket(UploadLimits.defaults())).with(engine.ticket(token), 0);
    }

    private UploadReceipt record(DirectUploads at, DirectUploads.Begun begun) throws RefusedException {
        try {
            return at.record(begun.token()).join().receipt();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RefusedException refused) {
                throw refused;
            }
            throw e;
        }
    }

    private UploadReceipt record(DirectUploads.Begun begun) throws RefusedException {
        return record(uploads, begun);
    }

    private static ProblemType refusal(ThrowingCallable call) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, call);
        assertThat(refused).as("a refusal").isNotNull();
        return refused.problem().type();
    }

    private static ContentDigest digest(byte[] bytes) {
        MessageDigest hash = ContentDigest.newHash();
        hash.update(bytes);
        return ContentDigest.of(hash);
    }

    private void assertNothingStored() {
        assertThat(store.isEmpty()).isTrue();
        assertThat(events).isEmpty();
    }

    private long stored() {
        return events.stream().filter(UploadEvent.Stored.class::isInstance).count();
    }

    @Test
    void record_whatTheClientHasWritten() throws Exception {
        DirectUploads.Begun begun = begin();
        assertThat(begun.write().method()).isEqualTo("PUT");
        assertThat(begun.write().expiresAt()).isEqualTo(NOW.plus(Duration.ofHours(1)));
        assertThat(begun.toString()).doesNotContain(begun.token(), "store.lan");
        place.write(begun.write().url(), HELLO);
        assertNothingStored();
        clock.now = NOW.plusSeconds(600);
        UploadReceipt receipt = record(begun);
        assertThat(receipt.name()).isEqualTo("a.txt");
        assertThat(receipt.type()).isEqualTo("text/plain");
        assertThat(receipt.size()).isEqualTo(5);
        assertThat(receipt.digest()).isEqualTo(digest(HELLO));
        assertThat(receipt.issuedAt()).isEqualTo(clock.now);
        assertThat(receipt.expiresAt()).as("fixed when it began").isEqualTo(NOW.plus(Duration.ofHours(24)));
        assertThat(store.published().values()).containsExactly(HELLO);
        assertThat(place.waiting()).isZero();
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    void record_again_hereAndElsewhere_sameUpload() throws Exception {
        DirectUploads other = uploads(host(keyRing, store, 8));
        DirectUploads.Begun begun = begin();
        place.write(begun.write().url(), HELLO);
        UploadReceipt first = record(begun);
        place.write(begun.write().url(), OTHER);
        for (DirectUploads at : List.of(uploads, other)) {
            UploadReceipt again = record(at, begun);
            assertThat(again.id()).isEqualTo(first.id());
            assertThat(again.owner().hour()).isEqualTo(first.owner().hour());
            assertThat(again.digest()).isEqualTo(first.digest());
        }
        assertThat(store.published()).hasSize(1);
        assertThat(place.waiting()).isZero();
        assertThat(place.count("copy")).isEqualTo(1);
        assertThat(stored()).as("told once").isEqualTo(1);
    }

    @Test
    void record_atTheSameTime_oneRun() throws Exception {
        CountDownLatch measuring = new CountDownLatch(1);
        place.at("measure", () -> {
            try {
                measuring.await();
            } catch (InterruptedException e) {
                throw new StoreException.Failed("interrupted", e);
            }
        });
        DirectUploads.Begun begun = begin();
        place.write(begun.write().url(), HELLO);
        var first = uploads.record(begun.token());
        first.cancel(true); // whoever asked is gone
        List<CompletableFuture<?>> waiting = List.of(uploads.record(begun.token()), uploads.record(begun.token()));
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        measuring.countDown();
        assertThat(waiting.get(0).join()).isSameAs(waiting.get(1).join());
        assertThat(place.count("copy")).isEqualTo(1);
    }

    @Test
    void form_nameAndSizeComeWithTheFile_anyHostSaysTheSame() throws Exception {
        DirectUploads other = uploads(host(keyRing, store, 8));
        List<String> tokens = new ArrayList<>();
        DirectUploads.Begun begun = uploads.beginForm(
                ANYONE,
                token -> {
                    tokens.add(token);
                    return URI.create("https://www.example.org/" + token);
                },
                new byte[] {1, 2});
        assertThat(tokens).containsExactly(begun.token());
        assertThat(begun.write().fields())
                .containsEntry("next", "https://www.example.org/" + begun.token())
                .containsEntry("most", "1000");
        assertThat(other.carried(begun.token())).containsExactly(1, 2);
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.NOT_FINISHED);
        place.write(begun.write().url(), "../a:\u202eb.png", HELLO);
        UploadReceipt receipt = record(begun);
        assertThat(receipt.name()).isEqualTo("a_b.png");
        assertThat(receipt.type()).isEqualTo("image/png");
        assertThat(receipt.size()).isEqualTo(5);
        UploadReceipt again = record(other, begun);
        assertThat(again.id()).isEqualTo(receipt.id());
        assertThat(again.name()).isEqualTo("a_b.png");
        assertThat(stored()).isEqualTo(1);
    }

    /** Somebody goes back in the browser, and chooses the next file. */
    @Test
    void form_isSentAgainWithAnotherFile_isNotSaidToBeStored() throws Exception {
        DirectUploads.Begun begun = uploads.beginForm(ANYONE, token -> URI.create("x:y"), new byte[0]);
        assertThat(uploads.carried(begun.token())).isEmpty();
        place.write(begun.write().url(), "a.png", HELLO);
        UploadReceipt receipt = record(begun);
        place.write(begun.write().url(), "b.png", HELLO);
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.SLOT_TAKEN);
        assertThat(place.waiting()).isZero();
        assertThat(record(begun).name()).isEqualTo("a.png");
        place.write(begun.write().url(), "a.png", HELLO); // or it could not be deleted
        assertThat(record(begun).id()).isEqualTo(receipt.id());
    }

    @Test
    void form_fileIsTooLarge_orNotTheTickets() throws Exception {
        UploadPermit small =
                UploadPermit.anyone(UploadLimits.builder().maxFileSize(4).build());
        DirectUploads.Begun begun = uploads.beginForm(Admission.of(small), token -> URI.create("x:y"), new byte[0]);
        assertThat(begun.write().fields()).containsEntry("most", "4");
        place.write(begun.write().url(), "a", HELLO);
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.FILE_TOO_LARGE);
        assertThat(place.waiting()).isZero();
        Admission exact = admission(ticket().size(FileSize.exactly(4)));
        DirectUploads.Begun byTicket = uploads.beginForm(exact, token -> URI.create("x:y"), new byte[0]);
        place.write(byTicket.write().url(), "a", HELLO);
        assertThat(refusal(() -> record(byTicket))).isIn(ProblemType.FILE_TOO_LARGE, ProblemType.SIZE_MISMATCH);
        for (String type : List.of("image/*", "application/*", "application/octet-stream")) {
            Admission some = admission(ticket().types(type));
            assertThat(refusal(() -> uploads.beginForm(some, token -> URI.create("x:y"), new byte[0])))
                    .as("its type cannot be known before")
                    .isEqualTo(ProblemType.TYPE_NOT_ACCEPTED);
        }
        assertNothingStored();
    }

    @Test
    void carried_wasNotBegunByAForm() throws Exception {
        DirectUploads.Begun begun = begin();
        assertThat(refusal(() -> uploads.carried(begun.token()))).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(refusal(() -> uploads.carried(begun.token() + "A"))).isEqualTo(ProblemType.NOT_FOUND);
    }

    /** The winner has deleted what the client wrote before the other host copies it. */
    @Test
    void record_anotherHostIsFaster_sameUpload() throws Exception {
        DirectUploads other = uploads(host(keyRing, store, 8));
        for (String step : List.of("arrived", "copy", "measure", "publish")) {
            DirectUploads.Begun begun = begin();
            place.write(begun.write().url(), HELLO);
            List<UploadReceipt> theirs = new ArrayList<>();
            place.at(step, () -> {
                place.at(step, null);
                try {
                    theirs.add(record(other, begun));
                } catch (RefusedException e) {
                    throw new AssertionError(e);
                }
            });
            UploadReceipt ours = record(begun);
            assertThat(theirs).as(step).hasSize(1);
            assertThat(ours.id()).isEqualTo(theirs.get(0).id());
        }
        assertThat(store.published()).hasSize(4);
    }

    /** A host that is slower must not take back what the faster one has recorded for the application. */
    @Test
    void record_handedOver_onceItIsPublished() throws Exception {
        List<UploadId> told = new CopyOnWriteArrayList<>();
        UploadHost.Builder builder = UploadHost.builder(keyRing, store)
                .clock(clock)
                .handOver("scanner", upload -> {
                    told.add(upload.receipt().id());
                    return Verdict.waiting();
                });
        UploadHost ours = builder.internalUrl("http://192.0.2.7:8080").build();
        UploadHost theirs = builder.internalUrl("http://192.0.2.8:8080").build();
        hosts.addAll(List.of(ours, theirs));
        DirectUploads.Begun begun = uploads(ours).begin(ANYONE, "a.txt", null, 5);
        place.write(begun.write().url(), HELLO);
        place.at("publish", () -> {
            place.at("publish", null);
            place.write(begun.write().url(), OTHER);
            try {
                var unused = record(uploads(theirs), begun);
            } catch (RefusedException e) {
                throw new AssertionError(e);
            }
        });
        UploadReceipt receipt = record(uploads(ours), begun);
        assertThat(receipt.digest()).isEqualTo(digest(OTHER));
        Await.until(Await.PATIENCE, told::toString, () -> told.contains(receipt.id()));
        assertThat(HostAccess.engine(ours).handOvers().verdictOfOwn(receipt.owner()))
                .contains(Verdict.waiting());
    }

    /** The other host has copied what the client wrote later. */
    @Test
    void record_anotherHostIsFaster_otherBytes_itsReceiptIsRight() throws Exception {
        DirectUploads other = uploads(host(keyRing, store, 8));
        DirectUploads.Begun begun = begin();
        place.write(begun.write().url(), HELLO);
        place.at("measure", () -> {
            place.at("measure", null);
            place.write(begun.write().url(), OTHER);
            try {
                var unused = record(other, begun);
            } catch (RefusedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(record(begun).digest()).isEqualTo(digest(OTHER));
        assertThat(store.published().values()).containsExactly(OTHER);
    }

    @Test
    void record_bytesChangedAfterTheCopy_receiptIsOfTheCopy() throws Exception {
        DirectUploads.Begun begun = begin();
        place.write(begun.write().url(), HELLO);
        place.at("measure", () -> place.write(begun.write().url(), OTHER));
        assertThat(record(begun).digest()).isEqualTo(digest(HELLO));
        place.write(begun.write().url(), OTHER);
        assertThat(record(begun).digest()).isEqualTo(digest(HELLO));
        assertThat(store.published().values()).containsExactly(HELLO);
    }

    @Test
    void record_bytesChangedBeforeTheCopy_measured() throws Exception {
        DirectUploads.Begun begun = begin();
        place.write(begun.write().url(), HELLO);
        place.at("copy", () -> place.write(begun.write().url(), "longer".getBytes(UTF_8)));
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.SIZE_MISMATCH);
        assertNothingStored();
    }

    @Test
    void record_bytesHaveNotCome_laterTheyHave() throws Exception {
        DirectUploads.Begun begun = begin();
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.NOT_FINISHED);
        assertNothingStored();
        place.write(begun.write().url(), HELLO);
        assertThat(record(begun).size()).isEqualTo(5);
    }

    @Test
    void record_ofAnotherSize_deleted_rightOneLater() throws Exception {
        DirectUploads.Begun begun = begin();
        for (String wrong : List.of("", "hell", "hello!")) {
            place.write(begun.write().url(), wrong.getBytes(UTF_8));
            assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.SIZE_MISMATCH);
            assertThat(place.waiting()).isZero();
        }
        assertNothingStored();
        place.write(begun.write().url(), HELLO);
        assertThat(record(begun).size()).isEqualTo(5);
    }

    @Test
    void record_digestOfTheTicket() throws Exception {
        Admission admission = admission(ticket().digest(digest(HELLO)).context("{\"order\":7}"));
        DirectUploads.Begun begun = uploads.begin(admission, "ä.txt", null, 5);
        place.write(begun.write().url(), OTHER);
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.DIGEST_MISMATCH);
        assertThat(place.waiting()).isZero();
        assertNothingStored();
        place.write(begun.write().url(), HELLO);
        UploadReceipt receipt = record(begun);
        assertThat(receipt.subject()).contains("ann");
        assertThat(receipt.context()).contains("{\"order\":7}");
        assertThat(receipt.name()).isEqualTo("ä.txt");
        assertThat(receipt.expiresAt()).isEqualTo(NOW.plus(Duration.ofDays(2)));
    }

    @Test
    void slot_usedTwice() throws Exception {
        Admission admission = admission(ticket());
        DirectUploads.Begun first = uploads.begin(admission, "a.txt", null, 5);
        DirectUploads.Begun second = uploads.begin(admission, "b.txt", null, 5);
        place.write(first.write().url(), HELLO);
        place.write(second.write().url(), HELLO);
        UploadReceipt receipt = record(first);
        assertThat(refusal(() -> record(second))).isEqualTo(ProblemType.SLOT_TAKEN);
        assertThat(place.waiting()).isZero();
        assertThat(refusal(() -> uploads.begin(admission, "c.txt", null, 5))).isEqualTo(ProblemType.SLOT_TAKEN);
        assertThat(refusal(() -> receiveByHost(admission))).isEqualTo(ProblemType.SLOT_TAKEN);
        HostAccess.engine(host).discard(receipt.owner());
        place.write(first.write().url(), HELLO);
        assertThat(refusal(() -> record(first))).as("discarded after use").isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(refusal(() -> record(first))).as("nothing is left").isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(store.isEmpty()).isTrue();
    }

    private void receiveByHost(Admission admission) throws RefusedException {
        try (IncomingUpload upload = HostAccess.engine(host).receive(admission, 0, "a.txt", null)) {
            upload.write(ByteBuffer.wrap(HELLO));
            upload.force();
            var unused = upload.publish();
        }
    }

    @Test
    void slot_usedByAnUploadToTheHost() throws Exception {
        Admission admission = admission(ticket());
        DirectUploads.Begun begun = uploads.begin(admission, "a.txt", null, 5);
        receiveByHost(admission);
        place.write(begun.write().url(), HELLO);
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.SLOT_TAKEN);
        assertThat(refusal(() -> uploads.begin(admission, "a.txt", null, 5))).isEqualTo(ProblemType.SLOT_TAKEN);
    }

    @Test
    void begin_whatIsNotPermitted() throws Exception {
        Admission exact = admission(ticket().size(FileSize.exactly(6)).types("image/*"));
        assertThat(refusal(() -> uploads.begin(exact, "a", "image/png", 5))).isEqualTo(ProblemType.SIZE_MISMATCH);
        assertThat(refusal(() -> uploads.begin(exact, "a", "text/plain", 6))).isEqualTo(ProblemType.TYPE_NOT_ACCEPTED);
        Admission small = Admission.of(
                UploadPermit.anyone(UploadLimits.builder().maxFileSize(4).build()));
        assertThat(refusal(() -> uploads.begin(small, "a", null, 5))).isEqualTo(ProblemType.FILE_TOO_LARGE);
        assertThat(refusal(() -> uploads.begin(ANYONE, "a", null, 1001))).isEqualTo(ProblemType.FILE_TOO_LARGE);
        Admission without = Admission.of(UploadPermit.byTicket(UploadLimits.defaults()));
        assertThat(refusal(() -> uploads.begin(without, "a", null, 5))).isEqualTo(ProblemType.TICKET_REQUIRED);
        assertThat(place.count("permit")).isZero();
    }

    /** What a client writes is not sealed. */
    @Test
    void begin_mustBeSealed() throws Exception {
        UploadHost encrypting = UploadHost.builder(keyRing, store)
                .internalUrl("http://192.0.2.9:8080")
                .encryptReceipts(true)
                .clock(clock)
                .build();
        hosts.add(encrypting);
        Admission sealed = admission(ticket().sealed());
        assertThat(refusal(() -> uploads(encrypting).begin(sealed, "a", null, 5)))
                .isEqualTo(ProblemType.FORBIDDEN);
        store.sealed(true);
        assertThat(refusal(() -> uploads(encrypting).begin(ANYONE, "a", null, 5)))
                .isEqualTo(ProblemType.FORBIDDEN);
        assertThat(place.count("permit")).isZero();
    }

    @Test
    void begin_endsWithItsTicketAndItsUpload() throws Exception {
        Admission brief = admission(ticket().expiresAt(NOW.plusSeconds(120)));
        assertThat(uploads.begin(brief, "a", null, 5).write().expiresAt()).isEqualTo(NOW.plusSeconds(120));
        Admission soon = admission(ticket().expiresAt(NOW.plusSeconds(120)).uploadsExpireAt(NOW.plusSeconds(180)));
        DirectUploads.Begun begun = uploads.begin(soon, "a", null, 5);
        place.write(begun.write().url(), HELLO);
        clock.now = NOW.plusSeconds(181);
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.TICKET_EXPIRED);
        clock.now = NOW.plusSeconds(240);
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(store.isEmpty()).isTrue();
    }

    @Test
    void record_afterItsTime() throws Exception {
        DirectUploads.Begun begun = begin();
        place.write(begun.write().url(), HELLO);
        clock.now = NOW.plus(Duration.ofHours(7)).plusSeconds(60);
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.UPLOAD_GONE);
        clock.now = NOW.plus(Duration.ofHours(7));
        assertThat(record(begun).size()).isEqualTo(5);
    }

    @Test
    void record_tokenOfAnotherFleetOrKind() throws Exception {
        String foreign = uploads(host(KeyRing.generate("photos"), store, 9))
                .begin(ANYONE, "a.txt", null, 5)
                .token();
        UploadResource resource =
                new UploadResource(URI.create("http://192.0.2.7:8080"), UploadId.random(), NOW.plusSeconds(60));
        String ofAResource = new ResourceTokens(keyRing, clock).mint(resource);
        String own = begin().token();
        for (String token : List.of(foreign, ofAResource, own.substring(1), own + "A", "", "A".repeat(6000))) {
            assertThatExceptionOfType(TokenRefusedException.class)
                    .isThrownBy(() -> uploads.record(token))
                    .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.NOT_FOUND));
        }
        assertThat(place.count("published")).isZero();
    }

    @Test
    void store_isDown_laterItIsNot() throws Exception {
        for (String step : List.of("published", "arrived", "copy", "measure", "publish")) {
            DirectUploads.Begun begun = begin();
            place.write(begun.write().url(), HELLO);
            place.at(step, () -> {
                throw new StoreException.Unavailable("the store does not respond", null);
            });
            assertThat(refusal(() -> record(begun))).as(step).isEqualTo(ProblemType.UNAVAILABLE);
            assertNothingStored();
            place.at(step, null);
            assertThat(record(begun).size()).isEqualTo(5);
            HostAccess.engine(host).withdraw(record(begun).owner());
            events.clear();
        }
        place.at("permit", () -> {
            throw new StoreException.Unavailable("the store does not respond", null);
        });
        assertThat(refusal(this::begin)).isEqualTo(ProblemType.UNAVAILABLE);
    }

    /** Another host can record it. */
    @Test
    void record_hostIsStopping() throws Exception {
        DirectUploads other = uploads(host(keyRing, store, 8));
        DirectUploads.Begun begun = begin();
        place.write(begun.write().url(), HELLO);
        HostAccess.engine(host).close();
        assertThat(refusal(() -> record(begun))).isEqualTo(ProblemType.UNAVAILABLE);
        assertThat(record(other, begun).size()).isEqualTo(5);
    }

    @Test
    void record_cannotBeDeleted_recordedAllTheSame() throws Exception {
        DirectUploads.Begun begun = begin();
        place.write(begun.write().url(), HELLO);
        place.at("delete", () -> {
            throw new StoreException.Failed("no", null);
        });
        assertThat(record(begun).size()).isEqualTo(5);
        assertThat(place.waiting()).isEqualTo(1);
        place.at("delete", null);
        assertThat(record(begun).size()).isEqualTo(5);
        assertThat(place.waiting()).isZero();
    }

    /** Front servers take URLs of 4 KiB and more. */
    @Test
    void token_ofTheLongestTerms() throws Exception {
        assertThat(begin().token()).hasSizeLessThan(400);
        Admission longest = admission(ticket().subject("s".repeat(256))
                .context("{\"c\":\"" + "x".repeat(1016) + "\"}")
                .digest(digest(HELLO))
                .size(FileSize.exactly(5)));
        DirectUploads.Begun begun = uploads.begin(longest, "n".repeat(255), "a/" + "b".repeat(120), 5);
        assertThat(begun.token()).hasSizeLessThan(4096);
        place.write(begun.write().url(), HELLO);
        assertThat(record(begun).subject()).contains("s".repeat(256));
    }

    @Test
    void direct_onlyWithSuchAStore(@TempDir Path directory) throws Exception {
        assertThat(HostAccess.direct(host(keyRing, LocalUploadStore.at(directory), 9)))
                .isEmpty();
        assertThat(HostAccess.direct(host(keyRing, InMemoryUploadStore.create(), 10)))
                .isEmpty();
    }

    @Test
    void incoming_isPurgedOnceItCannotBeRecorded() throws Exception {
        DirectTerms terms = new DirectTokens(keyRing, clock).verify(begin().token());
        assertThat(terms.incoming().hour()).isEqualTo(ExpiryHour.parse("2026-11-29T16"));
    }

    @Test
    void record_whileAllReadersAreBusy_saysAtOnceWhatIsKnown() throws Exception {
        DirectUploads.Begun known = begin();
        place.write(known.write().url(), HELLO);
        UploadReceipt receipt = record(known);
        CountDownLatch reading = new CountDownLatch(1);
        place.at("measure", () -> {
            try {
                reading.await();
            } catch (InterruptedException e) {
                throw new StoreException.Failed("interrupted", e);
            }
        });
        List<CompletableFuture<IssuedReceipt>> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                DirectUploads.Begun begun = begin();
                place.write(begun.write().url(), HELLO);
                slow.add(uploads.record(begun.token()));
            }
            assertThat(record(known).id()).isEqualTo(receipt.id());
            DirectUploads.Begun missing = begin();
            assertThat(refusal(() -> record(missing))).isEqualTo(ProblemType.NOT_FINISHED);
            assertThat(slow).noneMatch(CompletableFuture::isDone);
        } finally {
            reading.countDown();
        }
        slow.forEach(CompletableFuture::join);
        assertThat(place.waiting()).isZero();
    }
}
