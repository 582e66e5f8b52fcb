package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.handover.HandOver;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.handover.Verdict.Status;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HandOversTest {

    @TempDir
    Path directory;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-29T09:00:00Z"));
    private final List<UploadEvent> events = new CopyOnWriteArrayList<>();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Map<String, HandOver> parties = new LinkedHashMap<>();
    private UploadStore store;
    private UploadHost host;
    private Engine engine;
    private HandOvers handOvers;

    @BeforeEach
    void openStore() throws IOException {
        store = LocalUploadStore.builder(directory.resolve("store"))
                .durability(Durability.BUFFERED)
                .open();
    }

    private void start() {
        UploadHost.Builder builder = UploadHost.builder(TestRings.photos(), store)
                .internalUrl("http://192.0.2.7:8080")
                .encryptReceipts(true)
                .listener(events::add)
                .clock(clock);
        parties.forEach(builder::handOver);
        host = builder.build();
        engine = HostAccess.engine(host);
        handOvers = HostAccess.handOvers(host);
    }

    private void restart() throws IOException {
        host.close();
        store.close();
        openStore();
        start();
    }

    @AfterEach
    void close() throws IOException {
        host.close();
        store.close();
    }

    /** Adds a party that responds so, one response for each time that it is told, and the last one from then on. */
    private void party(String name, Verdict... responses) {
        parties.put(name, receipt -> {
            long before = told.stream().filter(name::equals).count();
            told.add(name);
            return responses[(int) Math.min(before, responses.length - 1)];
        });
    }

    private void failingParty(String name, int failures) {
        parties.put(name, receipt -> {
            told.add(name);
            if (told.stream().filter(name::equals).count() <= failures) {
                throw new IOException("index is down");
            }
            return Verdict.done();
        });
    }

    private IssuedReceipt publish() throws Exception {
        Admission anyone = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        try (IncomingUpload upload = engine.receive(anyone, 0, "a.txt", "text/plain")) {
            upload.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            return upload.publish();
        }
    }

    private UploadReceipt upload() throws Exception {
        IssuedReceipt issued = publish();
        engine.stored(issued);
        return issued.receipt();
    }

    private Verdict verdict(UploadReceipt receipt) throws Exception {
        return handOvers.verdict(receipt.owner()).get(120, TimeUnit.SECONDS);
    }

    private static void until(Await.Condition condition, String what) throws Exception {
        Await.until(what, condition);
    }

    private void awaitVerdict(UploadReceipt receipt, Verdict expected) throws Exception {
        until(() -> verdict(receipt).equals(expected), "the verdict " + expected);
    }

    private void awaitTold(int count) throws Exception {
        until(() -> told.size() >= count, count + " tellings, but " + told);
    }

    private void awaitEvent(UploadEvent event) throws Exception {
        until(() -> events.contains(event), event + ", but " + events);
    }

    private ProblemType refusal(CompletableFuture<?> future) throws Exception {
        try {
            future.get(120, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return ((RefusedException) e.getCause()).problem().type();
        }
        throw new AssertionError("not refused");
    }

    private boolean finish(UploadReceipt receipt, String party, Verdict verdict) throws Exception {
        return handOvers.finish(receipt.owner(), party, verdict).get(120, TimeUnit.SECONDS);
    }

    private void assertUnfinished(UploadReceipt receipt, Status status) {
        var strict = engine.uploads(false);
        List<ThrowingCallable> uses = List.of(
                () -> strict.open(receipt, receipt.owner()),
                () -> strict.claim(receipt.owner(), Claim.of("order-7")),
                () -> strict.isFreeFor(receipt.owner(), Claim.of("order-7")));
        for (var use : uses) {
            assertThatExceptionOfType(UnfinishedException.class)
                    .isThrownBy(use)
                    .satisfies(e -> assertThat(e.verdict().status()).isEqualTo(status));
        }
    }

    private List<String> files(UploadReceipt receipt) throws IOException {
        Path hour = directory.resolve("store/uploads/" + receipt.owner().hour());
        try (var files = Files.list(hour)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("lock"))
                    .map(name -> name.substring(22))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void noParty_noFileAndDone() throws Exception {
        start();
        UploadReceipt receipt = upload();
        assertThat(files(receipt)).containsExactly("");
        assertThat(verdict(receipt)).isEqualTo(Verdict.done());
        assertThat(engine.uploads(false).open(receipt, receipt.owner()).size()).isEqualTo(3);
    }

    @Test
    void parties_toldInOrder_lastDataCounts() throws Exception {
        party("one", Verdict.done("{\"one\":1}"));
        party("two", Verdict.done("{\"two\":2}"));
        party("three", Verdict.done());
        start();
        UploadReceipt receipt = upload();
        awaitVerdict(receipt, Verdict.done("{\"two\":2}"));
        assertThat(told).containsExactly("one", "two", "three");
        assertThat(files(receipt)).containsExactly("", "-verdict");
        assertThat(engine.uploads(false).claim(receipt.owner(), Claim.of("order-7")))
                .isTrue();
        assertThat(events).contains(new UploadEvent.HandedOver(receipt.id(), "two", Status.DONE));
        until(() -> handOvers.open() == 0, "nothing is open any more");
    }

    @Test
    void refusal_endsItAndNobodyUsesTheUpload() throws Exception {
        party("one", Verdict.refused("It has a virus."));
        party("two", Verdict.done());
        start();
        UploadReceipt receipt = upload();
        awaitVerdict(receipt, Verdict.refused("It has a virus."));
        assertThat(told).containsExactly("one");
        assertUnfinished(receipt, Status.REFUSED);
        assertThat(engine.uploads(true).open(receipt, receipt.owner()).size()).isEqualTo(3);
    }

    @Test
    void published_notToldBeforeItIsKept_butUnfinished() throws Exception {
        party("one", Verdict.done());
        start();
        IssuedReceipt issued = publish();
        assertThat(files(issued.receipt())).containsExactly("", "-handover");
        handOvers.tellDue();
        assertUnfinished(issued.receipt(), Status.WAITING);
        assertThat(told).isEmpty();
        engine.withdraw(issued.receipt().owner());
        assertThat(files(issued.receipt())).isEmpty();
        engine.stored(issued);
        assertThat(told).isEmpty();
    }

    /** A form and a resumable upload may race for one slot of a ticket, which has one id. */
    @Test
    void publish_twoOfOneId_theOneThatIsStoredIsHandedOver() throws Exception {
        List<Long> sizes = new CopyOnWriteArrayList<>();
        parties.put("one", upload -> {
            sizes.add(upload.receipt().size());
            return Verdict.waiting();
        });
        start();
        Admission anyone = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        FileTerms terms = FileTerms.of(anyone, 0, "a.txt", "text/plain", engine.internalUrl());
        IssuedReceipt winner = issue(terms, 3);
        IssuedReceipt loser = issue(terms, 4);
        CountDownLatch stored = new CountDownLatch(1);
        List<CompletableFuture<Boolean>> losing = new ArrayList<>();
        engine.publish(terms, winner, hour -> {
            losing.add(CompletableFuture.supplyAsync(() -> loses(terms, loser, stored)));
            pause(300); // in which the loser would replace the record
            store(terms.id(), hour);
            stored.countDown();
        });
        assertThat(losing.get(0).get(120, TimeUnit.SECONDS)).isTrue();
        engine.stored(winner);
        awaitEvent(new UploadEvent.HandedOver(terms.id(), "one", Status.WAITING));
        assertThat(sizes).containsExactly(3L);
        assertUnfinished(winner.receipt(), Status.WAITING);
    }

    private IssuedReceipt issue(FileTerms terms, long size) throws Exception {
        Instant now = engine.now();
        return engine.issue(
                terms, Optional.empty(), now, engine.expiry(terms, now), size, ContentDigest.of(new byte[32]));
    }

    private boolean loses(FileTerms terms, IssuedReceipt loser, CountDownLatch stored) {
        try {
            engine.publish(terms, loser, hour -> {
                awaitStored(stored);
                throw new StoreException.Taken(terms.id().toString(), null);
            });
            return false;
        } catch (StoreException e) {
            return e instanceof StoreException.Taken;
        }
    }

    private static void awaitStored(CountDownLatch stored) {
        try {
            assertThat(stored.await(120, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void store(UploadId id, ExpiryHour hour) throws StoreException {
        try (UploadStore.Incoming incoming = store.create(id, hour)) {
            incoming.write(ByteBuffer.allocate(3));
            incoming.publish(hour);
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void publish_recordCannotBeWritten_refusedWithoutUpload() throws Exception {
        party("one", Verdict.done());
        start();
        Path uploads = directory.resolve("store/uploads");
        Files.move(uploads, uploads.resolveSibling("away"));
        assertThatThrownBy(this::publish).isInstanceOf(RefusedException.class);
        Files.move(uploads.resolveSibling("away"), uploads);
        assertThat(store.latestHour()).isEmpty();
    }

    @Test
    void failures_retriedByTheHostsClock() throws Exception {
        failingParty("index", 6);
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandOverFailed(receipt.id(), "index", 1));
        List<Duration> pauses = List.of(
                Duration.ofSeconds(5),
                Duration.ofMinutes(1),
                Duration.ofMinutes(5),
                Duration.ofMinutes(30),
                Duration.ofHours(2),
                Duration.ofHours(5));
        for (int i = 0; i < pauses.size(); i++) {
            clock.now = clock.now.plus(pauses.get(i).multipliedBy(79).dividedBy(100));
            handOvers.tellDue();
            Thread.sleep(20);
            assertThat(told).as("before pause " + i).hasSize(i + 1);
            clock.now = clock.now.plus(pauses.get(i).multipliedBy(42).dividedBy(100));
            awaitTold(i + 2);
            if (i < pauses.size() - 1) {
                awaitEvent(new UploadEvent.HandOverFailed(receipt.id(), "index", i + 2));
            }
        }
        awaitVerdict(receipt, Verdict.done());
    }

    @Test
    void pause_respectsWhatWasAskedFor() {
        start();
        for (int i = 0; i < 100; i++) {
            assertThat(Telling.pause(0, Optional.of(Duration.ofSeconds(90)))).isEqualTo(Duration.ofSeconds(90));
            assertThat(Telling.pause(0, Optional.of(Duration.ofSeconds(1))))
                    .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
            assertThat(Telling.pause(77, Optional.empty())).isBetween(Duration.ofHours(4), Duration.ofHours(6));
        }
    }

    @Test
    void party_errorAndNull_areFailures() throws Exception {
        parties.put("one", receipt -> {
            told.add("one");
            if (told.size() == 1) {
                throw new NoClassDefFoundError("the application's own trouble");
            }
            return told.size() == 2 ? null : Verdict.done();
        });
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandOverFailed(receipt.id(), "one", 1));
        clock.now = clock.now.plusSeconds(7);
        awaitEvent(new UploadEvent.HandOverFailed(receipt.id(), "one", 2));
        clock.now = clock.now.plusSeconds(80);
        awaitVerdict(receipt, Verdict.done());
    }

    @Test
    void restart_afterPublishing_told() throws Exception {
        party("one", Verdict.done());
        start();
        UploadReceipt receipt = publish().receipt();
        restart();
        awaitVerdict(receipt, Verdict.done());
        assertThat(told).containsExactly("one");
    }

    @Test
    void restart_betweenParties_goesOn() throws Exception {
        party("one", Verdict.done("1"));
        failingParty("two", 1);
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandOverFailed(receipt.id(), "two", 1));
        restart();
        until(() -> handOvers.open() == 1, "adoption");
        assertThat(told).as("not before its time").containsExactly("one", "two");
        clock.now = clock.now.plusSeconds(7);
        awaitVerdict(receipt, Verdict.done("1"));
        assertThat(told).containsExactly("one", "two", "two");
    }

    @Test
    void restart_whileWaiting_notToldAgain() throws Exception {
        party("scanner", Verdict.waiting());
        party("index", Verdict.done());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        restart();
        until(() -> handOvers.open() == 1, "adoption");
        clock.now = clock.now.plus(Duration.ofHours(6));
        handOvers.tellDue();
        assertThat(finish(receipt, "scanner", Verdict.done())).isTrue();
        awaitVerdict(receipt, Verdict.done());
        assertThat(told).containsExactly("scanner", "index");
    }

    @Test
    void restart_betweenVerdictAndEnd_decided() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        Path record = directory.resolve("store/uploads/" + receipt.owner().hour() + "/" + receipt.id() + "-handover");
        byte[] open = Files.readAllBytes(record);
        finish(receipt, "scanner", Verdict.refused("no"));
        Files.write(record, open);
        restart();
        until(() -> !Files.exists(record), "end of what was decided");
        assertThat(verdict(receipt)).isEqualTo(Verdict.refused("no"));
        assertThat(told).containsExactly("scanner");
    }

    @Test
    void restart_recordWithoutUpload_dropped() throws Exception {
        party("one", Verdict.done());
        start();
        IssuedReceipt issued = publish();
        Files.delete(directory.resolve("store/uploads/"
                + issued.receipt().owner().hour() + "/" + issued.receipt().id()));
        restart();
        until(() -> files(issued.receipt()).isEmpty(), "no file");
        assertThat(told).isEmpty();
    }

    @Test
    void restart_partyIsGone_uploadStaysUnfinished() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        parties.clear();
        restart();
        until(() -> handOvers.open() == 1, "adoption");
        assertUnfinished(receipt, Status.WAITING);
        assertThat(finish(receipt, "scanner", Verdict.done()))
                .as("it may still say so")
                .isTrue();
    }

    @Test
    void finish_twiceOtherwiseStrangeOrLate() throws Exception {
        party("scanner", Verdict.waiting());
        party("index", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        assertThat(refusal(handOvers.finish(receipt.owner(), "stranger", Verdict.done())))
                .isEqualTo(ProblemType.NOT_WAITING);
        assertThat(refusal(handOvers.finish(receipt.owner(), "index", Verdict.done())))
                .isEqualTo(ProblemType.NOT_WAITING);
        assertThat(finish(receipt, "scanner", Verdict.done())).isTrue();
        assertThat(finish(receipt, "scanner", Verdict.done())).isFalse();
        assertThat(refusal(handOvers.finish(receipt.owner(), "scanner", Verdict.refused("no"))))
                .isEqualTo(ProblemType.NOT_WAITING);
        awaitTold(2);
        assertThat(finish(receipt, "index", Verdict.refused("no"))).isTrue();
        assertThat(finish(receipt, "index", Verdict.refused("no, no"))).isFalse();
        assertThat(finish(receipt, "scanner", Verdict.done())).isFalse();
        assertThat(refusal(handOvers.finish(receipt.owner(), "index", Verdict.done())))
                .isEqualTo(ProblemType.NOT_WAITING);
        assertThat(verdict(receipt)).isEqualTo(Verdict.refused("no"));
        assertThat(refusal(handOvers.finish(receipt.owner(), "stranger", Verdict.done())))
                .isEqualTo(ProblemType.NOT_WAITING);
        clock.now = receipt.expiresAt().plus(Duration.ofHours(1));
        assertThat(refusal(handOvers.finish(receipt.owner(), "index", Verdict.done())))
                .isEqualTo(ProblemType.UPLOAD_GONE);
        assertThatThrownBy(() -> handOvers.finish(receipt.owner(), "index", Verdict.waiting()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void finish_ofAnUploadThatNobodyWasToldOf() throws Exception {
        start();
        UploadReceipt receipt = upload();
        assertThat(refusal(handOvers.finish(receipt.owner(), "scanner", Verdict.done())))
                .isEqualTo(ProblemType.UPLOAD_GONE);
    }

    @ParameterizedTest
    @EnumSource(names = {"WAITING", "DONE"})
    void finish_beforeThePartyHasResponded_counts(Status response) throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch finished = new CountDownLatch(1);
        parties.put("scanner", receipt -> {
            called.countDown();
            finished.await();
            return new Verdict(response, Optional.empty(), Optional.empty());
        });
        party("index", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        called.await();
        assertThat(finish(receipt, "scanner", Verdict.done())).isTrue();
        awaitTold(1);
        finished.countDown();
        finish(receipt, "index", Verdict.done());
        awaitVerdict(receipt, Verdict.done());
        assertThat(told).containsExactly("index");
    }

    @Test
    void finish_beforeThePartyHasResponded_nextPartyIsToldOnce() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch finished = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        parties.put("scanner", receipt -> {
            called.countDown();
            finished.await();
            return Verdict.done();
        });
        parties.put("index", receipt -> {
            told.add("index");
            release.await();
            return Verdict.waiting();
        });
        start();
        UploadReceipt receipt = upload();
        called.await();
        assertThat(finish(receipt, "scanner", Verdict.done())).isTrue();
        awaitTold(1);
        finished.countDown();
        Thread.sleep(300); // a second telling would be seen by then
        release.countDown();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "index", Status.WAITING));
        assertThat(told).containsExactly("index");
    }

    @Test
    void finish_racing_oneIsNewsAndOneVerdictStays() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        for (int round = 0; round < 30; round++) {
            UploadReceipt receipt = upload();
            awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
            List<CompletableFuture<Boolean>> races = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Verdict verdict = i % 2 == 0 ? Verdict.done() : Verdict.refused("no");
                races.add(handOvers.finish(receipt.owner(), "scanner", verdict));
            }
            long news = 0;
            for (CompletableFuture<Boolean> race : races) {
                news += race.handle((fresh, failure) -> failure == null && fresh)
                                .get()
                        ? 1
                        : 0;
            }
            assertThat(news).isEqualTo(1);
        }
    }

    @Test
    void discard_whileWaiting_nothingIsLeft() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        CompletableFuture<Verdict> waiting = handOvers.await(receipt.owner(), Duration.ofMinutes(5));
        until(() -> !waiting.isDone(), "it waits");
        Thread.sleep(50);
        engine.discard(receipt.owner());
        assertThat(refusal(waiting)).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(refusal(handOvers.finish(receipt.owner(), "scanner", Verdict.done())))
                .isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(files(receipt)).containsExactly("-discarded");
        until(() -> handOvers.open() == 0, "nothing is open any more");
    }

    @Test
    void expiry_endsTheWaitVisibly() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        CompletableFuture<Verdict> waiting = handOvers.await(receipt.owner(), Duration.ofMinutes(5));
        Thread.sleep(50);
        clock.now = receipt.expiresAt();
        handOvers.tellDue();
        awaitEvent(new UploadEvent.HandOverExpired(receipt.id(), "scanner"));
        assertThat(refusal(waiting)).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(refusal(handOvers.finish(receipt.owner(), "scanner", Verdict.done())))
                .isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(store.purge(clock.now.plus(Duration.ofHours(3)))).isEqualTo(1);
    }

    /** The disk is slow, and whoever waits for one upload does not wait until it has the end of the others. */
    @Test
    void expiry_ofSeveral_endsAllWaitsAtOnce() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        List<CompletableFuture<Verdict>> waiting = new ArrayList<>();
        List<Long> ended = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 3; i++) {
            UploadReceipt receipt = upload();
            awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
            waiting.add(handOvers.await(receipt.owner(), Duration.ofMinutes(5)));
        }
        Thread.sleep(50);
        engine.listen(event -> {
            if (event instanceof UploadEvent.HandOverExpired) {
                ended.add(waiting.stream().filter(CompletableFuture::isDone).count());
            }
        });
        clock.now = clock.now.plus(Duration.ofDays(30));
        handOvers.tellDue();
        until(() -> ended.size() == 3, "three that expire");
        assertThat(ended).containsOnly(3L);
    }

    @Test
    void expiry_restart_toldOnce() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        host.close();
        store.close();
        clock.now = receipt.expiresAt();
        openStore();
        start();
        awaitEvent(new UploadEvent.HandOverExpired(receipt.id(), "scanner"));
        restart();
        UploadReceipt other = upload();
        awaitEvent(new UploadEvent.HandedOver(other.id(), "scanner", Status.WAITING));
        clock.now = other.expiresAt();
        awaitEvent(new UploadEvent.HandOverExpired(other.id(), "scanner"));
        assertThat(events)
                .as("before the other expired, the restart has looked at this one")
                .containsOnlyOnce(new UploadEvent.HandOverExpired(receipt.id(), "scanner"));
    }

    @Test
    void expiry_byAClockThatWasAhead_isNone() throws Exception {
        failingParty("index", 1);
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandOverFailed(receipt.id(), "index", 1));
        Instant right = clock.now;
        clock.now = receipt.expiresAt();
        awaitEvent(new UploadEvent.HandOverExpired(receipt.id(), "index"));
        until(() -> handOvers.open() == 0, "nothing is open any more");
        clock.now = right.plusSeconds(7);
        awaitVerdict(receipt, Verdict.done());
        assertThat(told).containsExactly("index", "index");
    }

    /** In a rolling deployment, another process on this store may finish what this one waits for. */
    @Test
    void expiry_finishedByASibling_isNone() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        try (LocalUploadStore sibling = LocalUploadStore.at(directory.resolve("store"))) {
            HandOverStore records = HandOverStores.of(sibling).orElseThrow();
            String known = records.open(receipt.id(), receipt.owner().hour()).orElseThrow();
            records.decide(
                    receipt.id(),
                    receipt.owner().hour(),
                    known,
                    new Decision(Verdict.done(), List.of("scanner"), 0).toJson());
        }
        assertThat(verdict(receipt)).isEqualTo(Verdict.done());
        UploadReceipt other = upload();
        awaitEvent(new UploadEvent.HandedOver(other.id(), "scanner", Status.WAITING));
        clock.now = other.expiresAt();
        awaitEvent(new UploadEvent.HandOverExpired(other.id(), "scanner"));
        assertThat(events).doesNotContain(new UploadEvent.HandOverExpired(receipt.id(), "scanner"));
    }

    @Test
    void await_completesWithTheVerdict_orWaiting() throws Exception {
        party("scanner", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        assertThat(handOvers.await(receipt.owner(), Duration.ofMillis(50)).get())
                .isEqualTo(Verdict.waiting());
        CompletableFuture<Verdict> waiting = handOvers.await(receipt.owner(), Duration.ofMinutes(5));
        finish(receipt, "scanner", Verdict.done("{}"));
        assertThat(waiting.get(120, TimeUnit.SECONDS)).isEqualTo(Verdict.done("{}"));
    }

    @Test
    void sealed_contentKeyIsNotOnTheDisk() throws Exception {
        store.close();
        store = LocalUploadStore.builder(directory.resolve("sealed")).sealed().open();
        party("one", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        Path record = directory.resolve("sealed/uploads/" + receipt.owner().hour() + "/" + receipt.id() + "-handover");
        String content = Files.readString(record);
        assertThat(content).contains("\"receipt\":\"ey").doesNotContain("cek");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(record)))
                .isEqualTo("rw-------");
    }

    @Test
    void manyOpen_needLittleMemory() throws Exception {
        start();
        Schedule schedule = new Schedule();
        Instant end = clock.now.plus(Duration.ofDays(1));
        int count = 100_000;
        long before = used();
        for (int i = 0; i < count; i++) {
            schedule.put(new Schedule.Entry(UploadId.random(), ExpiryHour.of(end), "scanner", "scanner", end, end));
        }
        assertThat(used() - before).isLessThan(60L << 20);
        assertThat(schedule.size()).isEqualTo(count);
        assertThat(schedule.due(end)).hasSize(count);
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @ParameterizedTest
    @CsvSource({"webhook", "Scanner", "''", "a_b", "123456789012345678901234567890123"})
    void name_ofParty_refused(String name) {
        start();
        assertThatThrownBy(
                        () -> UploadHost.builder(TestRings.photos(), store).handOver(name, receipt -> Verdict.done()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void name_twice_refused() {
        start();
        UploadHost.Builder builder =
                UploadHost.builder(TestRings.photos(), store).handOver("one", upload -> Verdict.done());
        assertThatThrownBy(() -> builder.handOver("one", upload -> Verdict.done()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void memoryStore_restart_goesOn() throws Exception {
        store.close();
        InMemoryUploadStore memory = InMemoryUploadStore.create();
        store = memory;
        party("scanner", Verdict.waiting());
        start();
        UploadReceipt receipt = upload();
        awaitEvent(new UploadEvent.HandedOver(receipt.id(), "scanner", Status.WAITING));
        host.close();
        memory.close();
        store = memory.reopened();
        start();
        until(() -> handOvers.open() == 1, "adoption");
        assertThat(finish(receipt, "scanner", Verdict.done())).isTrue();
        assertThat(engine.uploads(false).open(receipt, receipt.owner()).size()).isEqualTo(3);
    }

    @Test
    void store_publishFails_recordIsGone() throws Exception {
        store.close();
        InMemoryUploadStore memory = InMemoryUploadStore.create();
        store = memory;
        party("one", Verdict.done());
        start();
        memory.fail(InMemoryUploadStore.Step.PUBLISH, new StoreException.Failed("broken", null));
        assertThatThrownBy(this::publish).isInstanceOf(RefusedException.class);
        assertThat(handOvers.open()).isZero();
        memory.mend();
        awaitVerdict(upload(), Verdict.done());
    }
}
