package io.github.uploadreceipts.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.testing.UploadStoreContract;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalUploadStoreTest extends UploadStoreContract {

    @TempDir
    Path directory;

    private Path root;
    private LocalUploadStore store;

    @Override
    protected UploadStore open() throws IOException {
        root = directory.toRealPath().resolve("store");
        store = openAnother();
        return store;
    }

    /** Opens a second store on the same root, as another JVM does. */
    private LocalUploadStore openAnother() throws IOException {
        return LocalUploadStore.builder(root).durability(Durability.BUFFERED).open();
    }

    /** Returns the paths of all files below the root, relative to it, except lock files. */
    private List<String> files() throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(file -> !file.matches(".*lock|incoming/spare-[0-9]+"))
                    .sorted()
                    .toList();
        }
    }

    private UploadId published(ExpiryHour hour) throws IOException {
        UploadId id = UploadId.random();
        publish(store, id, hour, "hello");
        return id;
    }

    @Test
    void publish_oneFile_inTheDirectoryOfItsHour() throws IOException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(bytes("hel"));
            incoming.write(bytes("lo"));
            incoming.force();
            assertThat(files()).as("received outside uploads").hasSize(1).noneMatch(file -> file.startsWith("uploads"));
            incoming.publish(HOUR);
        }
        assertThat(store.find(id, HOUR).orElseThrow().file()).contains(root.resolve("uploads/2026-11-22T09/" + id));
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + id);
    }

    @Test
    void incomingClosed_unpublished_leavesNoFile() throws IOException {
        UploadStore.Incoming incoming = store.create(UploadId.random(), HOUR);
        incoming.write(bytes("hello"));
        assertThat(files()).hasSize(1);
        incoming.close();
        incoming.close();
        assertThat(files()).isEmpty();
        assertThatIOException().isThrownBy(() -> incoming.write(bytes("more")));
        assertThatIOException().isThrownBy(() -> incoming.publish(HOUR));
        assertThat(files()).isEmpty();
    }

    /**
     * An interrupt makes the force fail, as a broken disk would. A second force would succeed although the bytes are
     * not durable.
     */
    @Test
    void force_failedOnce_isFinal() throws IOException {
        LocalUploadStore forced = LocalUploadStore.at(root);
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = forced.create(id, HOUR)) {
            incoming.write(bytes("hello"));
            Thread.currentThread().interrupt();
            assertThatIOException().isThrownBy(incoming::force);
            assertThat(Thread.interrupted()).isTrue();
            assertThatIOException().isThrownBy(incoming::force).withMessage("storing this upload failed before");
            assertThatIOException().isThrownBy(() -> incoming.write(bytes("x")));
            assertThatIOException()
                    .isThrownBy(() -> incoming.publish(HOUR))
                    .withMessage("storing this upload failed before");
        }
        assertThat(files()).isEmpty();
        forced.close();
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void modes_configured_andSetGroupIdKept() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.setAttribute(shared, "unix:mode", 02750);
        UploadId id = UploadId.random();
        try (LocalUploadStore open =
                LocalUploadStore.builder(shared).fileMode("rw-r--r--").open()) {
            publish(open, id, HOUR, "hello");
        }
        Path hour = shared.resolve("uploads").resolve(HOUR.toString());
        assertThat((int) Files.getAttribute(hour, "unix:mode") & 07777).isEqualTo(02755);
        assertThat((int) Files.getAttribute(hour.getParent(), "unix:mode") & 07777)
                .isEqualTo(02755);
        assertThat(mode(hour.resolve(id.toString()))).isEqualTo("rw-r--r--");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LocalUploadStore.builder(shared).fileMode("r--------"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LocalUploadStore.builder(shared).fileMode("640"));
    }

    @Test
    void publish_refused_leavesNoFile() throws IOException {
        UploadId id = published(HOUR);
        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> publish(store, id, HOUR, "other"));
        assertThat(read(store.find(id, HOUR).orElseThrow())).isEqualTo("hello");
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + id);
    }

    /** Two JVMs share the root. The second began to receive before the first published. */
    @Test
    void publish_afterADiscardInAnotherJvm_isRefused() throws IOException {
        UploadId id = UploadId.random();
        try (LocalUploadStore second = LocalUploadStore.at(root);
                UploadStore.Incoming late = second.create(id, HOUR)) {
            publish(store, id, HOUR, "hello");
            assertThat(store.discard(id, HOUR)).isTrue();
            assertThat(store.isTaken(id, HOUR)).isTrue();
            late.write(bytes("other"));
            assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> late.publish(HOUR));
        }
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThat(store.discard(id, HOUR)).isFalse();
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + id + "-discarded");
    }

    @Test
    void withdraw_leavesNothing() throws IOException {
        UploadId id = published(HOUR);
        store.withdraw(id, HOUR);
        assertThat(files()).isEmpty();
    }

    @Test
    void claim_aFileBesideTheUpload_thatAnotherJvmSees() throws IOException {
        UploadId id = published(HOUR);
        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        try (LocalUploadStore second = LocalUploadStore.at(root)) {
            assertThat(second.claim(id, HOUR, Claim.of("order-8"))).isFalse();
        }
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + id, "uploads/2026-11-22T09/" + id + "-claim");
        assertThat(read(store.find(id, HOUR).orElseThrow())).isEqualTo("hello");
    }

    @Test
    void claim_manyThreadsOfTwoStores_exactlyOneClaimWins() throws Exception {
        try (LocalUploadStore second = openAnother()) {
            for (int round = 0; round < 50; round++) {
                UploadId id = published(HOUR);
                List<Boolean> results = together(IntStream.range(0, 16)
                        .<Callable<Boolean>>mapToObj(i ->
                                () -> (i < 8 ? store : second).claim(id, HOUR, Claim.of("order-" + i % 2)))
                        .toList());
                boolean even = results.get(0);
                assertThat(results)
                        .isEqualTo(IntStream.range(0, 16)
                                .mapToObj(i -> even == (i % 2 == 0))
                                .toList());
                assertThat(store.claim(id, HOUR, Claim.of("order-" + (even ? 0 : 1))))
                        .isTrue();
            }
        }
        assertThat(files()).as("50 uploads and 50 claims, no drafts").hasSize(100);
    }

    /** If the record of a claim were purged before its upload, a second order could claim the upload. */
    @Test
    void purge_whileOthersClaim_noSecondUse() throws Exception {
        for (int round = 0; round < 20; round++) {
            List<UploadId> ids = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                ids.add(published(HOUR));
                store.claim(ids.get(i), HOUR, Claim.of("first"));
            }
            AtomicBoolean purged = new AtomicBoolean();
            List<Boolean> results = together(List.of(
                    () -> {
                        store.purge(HOUR.start().plusSeconds(7200));
                        purged.set(true);
                        return false;
                    },
                    () -> isAnyClaimed(ids, Claim.of("second"), purged)));
            assertThat(results).as("round " + round).containsExactly(false, false);
        }
        assertThat(files()).isEmpty();
    }

    private boolean isAnyClaimed(List<UploadId> ids, Claim claim, AtomicBoolean stop) throws IOException {
        while (!stop.get()) {
            for (UploadId id : ids) {
                try {
                    if (store.claim(id, HOUR, claim)) {
                        return true;
                    }
                } catch (StoreException.Gone e) {
                    // purged already
                }
            }
        }
        return false;
    }

    @Test
    void publish_twoStoresBothFirstInAnHour() throws Exception {
        try (LocalUploadStore second = openAnother()) {
            for (int i = 0; i < 200; i++) {
                ExpiryHour hour = ExpiryHour.of(HOUR.start().plusSeconds(3600L * i));
                List<UploadId> ids = together(List.of(store, second, store, second).stream()
                        .<Callable<UploadId>>map(into -> () -> {
                            UploadId id = UploadId.random();
                            publish(into, id, hour, "hello");
                            return id;
                        })
                        .toList());
                for (UploadId id : ids) {
                    assertThat(store.find(id, hour)).isPresent();
                }
            }
        }
    }

    @Test
    void discard_recordsStay() throws IOException {
        UploadId id = published(HOUR);
        UploadId other = published(HOUR);
        store.claim(id, HOUR, Claim.of("order-7"));
        assertThat(store.discard(id, HOUR)).isTrue();
        assertThat(files())
                .containsExactlyInAnyOrder(
                        "uploads/2026-11-22T09/" + other,
                        "uploads/2026-11-22T09/" + id + "-claim",
                        "uploads/2026-11-22T09/" + id + "-discarded");
    }

    /**
     * Reading a range fails if the file is too short. A peer would take the end of the file for the end of the range.
     */
    @Test
    void open_fileBecameShorter_throwsWhereBytesAreMissing() throws IOException {
        UploadId id = published(HOUR);
        StoredUpload upload = store.find(id, HOUR).orElseThrow();
        Path file = upload.file().orElseThrow();
        try (InputStream in = upload.open(1, 4)) {
            assertThat(in.read()).isEqualTo('e');
            Files.writeString(file, "hel");
            assertThat(in.read()).isEqualTo('l');
            assertThatExceptionOfType(EOFException.class).isThrownBy(in::read);
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> in.read(new byte[10]));
        }
        try (InputStream in = upload.open(4, 1)) {
            assertThatExceptionOfType(EOFException.class).isThrownBy(in::readAllBytes);
        }
        try (InputStream in = upload.open(0, 3)) {
            assertThat(in.readAllBytes()).as("the remaining bytes").isEqualTo("hel".getBytes(UTF_8));
        }
    }

    @Test
    void open_fileBecameLonger_noMoreThanTheRange() throws IOException {
        UploadId id = published(HOUR);
        StoredUpload upload = store.find(id, HOUR).orElseThrow();
        Files.writeString(upload.file().orElseThrow(), "hello world");
        assertThat(read(upload)).isEqualTo("hello");
        try (InputStream in = upload.open(0, 5)) {
            assertThat(in.read(new byte[0])).isZero();
            assertThat(in.readNBytes(5)).hasSize(5);
            assertThat(in.read(new byte[0])).isZero();
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void purge_whatIsNotOursStays() throws IOException {
        UploadId first = published(HOUR);
        store.claim(first, HOUR, Claim.of("a"));
        UploadId second = published(LATER);
        Path strange = Files.createDirectories(root.resolve("uploads/not-an-hour"));
        Path target = Files.createDirectory(directory.resolve("elsewhere"));
        Files.writeString(target.resolve("precious"), "x");
        Files.createSymbolicLink(root.resolve("uploads/2020-01-01T00"), target);

        assertThat(store.purge(Instant.parse("2026-11-22T10:59:59Z"))).isZero();
        assertThat(store.find(first, HOUR)).isPresent();
        assertThat(store.purge(Instant.parse("2026-11-22T11:00:00Z"))).isEqualTo(1);
        assertThat(files()).containsExactly("uploads/2026-11-22T10/" + second);
        assertThat(strange).isDirectory();
        assertThat(target.resolve("precious")).exists();
        assertThat(store.purge(Instant.parse("2026-11-22T12:00:00Z"))).isEqualTo(1);
        assertThat(root.resolve("uploads/2026-11-22T10")).doesNotExist();
    }

    /** Following a link that an attacker put in place of a directory would delete files elsewhere. */
    @Test
    void discardAndPurge_linksAreALink_notFollowed() throws IOException {
        UploadId discarded = published(HOUR);
        UploadId purged = published(LATER);
        Path target = Files.createDirectory(directory.resolve("elsewhere"));
        Files.writeString(target.resolve("precious"), "x");
        Path first = root.resolve("uploads/" + HOUR + "/" + discarded + "-links");
        Path second = root.resolve("uploads/" + LATER + "/" + purged + "-links");
        Files.createSymbolicLink(first, target);
        Files.createSymbolicLink(second, target);

        assertThat(store.discard(discarded, HOUR)).isTrue();
        assertThat(Files.exists(first, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(target.resolve("precious")).exists();
        assertThat(store.purge(LATER.end().plusSeconds(3600))).isEqualTo(2);
        assertThat(second.getParent()).doesNotExist();
        assertThat(target.resolve("precious")).exists();
    }

    @Test
    void open_twoStoresOfOneJvm() throws IOException {
        UploadStore.Incoming first = store.create(StoreProgram.FIRST, HOUR);
        first.write(bytes("hello"));
        try (LocalUploadStore second = LocalUploadStore.at(root);
                UploadStore.Incoming same = second.create(StoreProgram.SECOND, HOUR)) {
            same.write(bytes("never published"));
            first.publish(HOUR);
            assertThat(second.find(StoreProgram.FIRST, HOUR)).isPresent();
        }
        first.close();
        assertThat(files()).containsExactly("uploads/2026-11-22T09/" + StoreProgram.FIRST);
        assertThatCode(() -> published(HOUR)).doesNotThrowAnyException();
    }

    @Test
    void close_whileReceiving_leavesNothing() throws IOException {
        UploadStore.Incoming incoming = store.create(UploadId.random(), HOUR);
        incoming.write(bytes("hello"));
        store.close();
        assertThat(files()).isEmpty();
        try (Stream<Path> left = Files.list(root.resolve("incoming"))) {
            assertThat(left.filter(Files::isDirectory)).isEmpty();
        }
        assertThatIOException().isThrownBy(() -> incoming.publish(HOUR));
        incoming.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"uploads", "incoming"})
    void open_aLinkInsteadOfADirectory(String name) throws IOException {
        Path other = Files.createDirectory(directory.resolve("other"));
        Path target = Files.createDirectory(directory.resolve("target"));
        Files.createSymbolicLink(other.resolve(name), target);
        assertThatIOException()
                .isThrownBy(() -> LocalUploadStore.at(other))
                .withMessage(other.toRealPath().resolve(name)
                        + " must be a directory, not a link, that this process can write");
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void links_insteadOfAnHourOrAnUpload() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"));
        Files.writeString(target.resolve("secret"), "x");
        Files.createSymbolicLink(root.resolve("uploads").resolve(LATER.toString()), target);
        assertThatIOException().isThrownBy(() -> published(LATER)).withMessageContaining("not a link");
        assertThat(target.resolve("secret")).exists();
        UploadId id = published(HOUR);
        Path file = store.find(id, HOUR).orElseThrow().file().orElseThrow();
        StoredUpload found = store.find(id, HOUR).orElseThrow();
        Files.delete(file);
        Files.createSymbolicLink(file, target.resolve("secret"));
        assertThat(store.find(id, HOUR)).isEmpty();
        assertThatIOException().isThrownBy(() -> found.open(0, 1));
        assertThat(Files.exists(file, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }

    @Test
    void toString_rootAndDurability() {
        assertThat(store).hasToString(root + " (buffered)");
    }

    @Test
    void time_ofTheDisk_leavesNothing() throws IOException {
        Instant before = Instant.now().minusSeconds(5);
        assertThat(store.time().orElseThrow()).isBetween(before, Instant.now().plusSeconds(5));
        assertThat(files()).isEmpty();
        Files.move(root, directory.resolve("elsewhere"));
        assertThat(store.time()).isEmpty();
        Files.move(directory.resolve("elsewhere"), root);
    }

    @Test
    void latestHour_ofAResumableUploadToo_butNotOfOtherFiles() throws IOException {
        UploadId id = published(HOUR);
        PartialStores.of(store).orElseThrow().create(id, LATER, "state");
        assertThat(store.latestHour()).contains(LATER);
        PartialStores.of(store).orElseThrow().delete(id, LATER);
        Files.createDirectory(root.resolve("uploads").resolve("lost+found"));
        Files.createFile(root.resolve("uploads").resolve(LATER.toString()));
        assertThat(store.latestHour()).contains(HOUR);
    }

    @Test
    void isDraining_whileAnOperatorSaysSo() throws IOException {
        assertThat(store.isDraining()).isFalse();
        Path drain = Files.createFile(root.resolve("drain"));
        assertThat(store.isDraining()).isTrue();
        Files.delete(drain);
        assertThat(store.isDraining()).isFalse();
    }

    @Test
    void reaches_noUploadOfAnotherHost() {
        assertThat(store.reaches(new Location(URI.create("http://app2.lan"), HOUR, UploadId.random())))
                .isFalse();
    }

    /** A cleaner of temporary files deletes what nobody has touched for long. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void receivingDirectoryDeleted_madeAnew_andLocked(boolean all) throws IOException {
        UploadId id = published(HOUR);
        UploadStore.Incoming lost = store.create(UploadId.random(), HOUR);
        lost.write(bytes("hello"));
        LockedDirectory.deleteTree(all ? root.resolve("incoming") : receiving());

        assertThat(store.claim(id, HOUR, Claim.of("order-7"))).isTrue();
        UploadId other = published(HOUR);
        assertThatExceptionOfType(StoreException.Unavailable.class).isThrownBy(() -> lost.publish(HOUR));
        lost.close();
        assertThat(files())
                .containsExactlyInAnyOrder(
                        "uploads/2026-11-22T09/" + id,
                        "uploads/2026-11-22T09/" + id + "-claim",
                        "uploads/2026-11-22T09/" + other);
        assertThat(mode(root.resolve("incoming"))).isEqualTo("rwx------");
        assertThat(receiving().resolve("lock")).exists();
        LockedDirectory.deleteIfOrphan(receiving());
        assertThat(receiving()).as("locked by this JVM").isDirectory();
        store.close();
        assertThat(files()).noneMatch(file -> file.startsWith("incoming"));
    }

    private Path receiving() throws IOException {
        try (Stream<Path> directories = Files.list(root.resolve("incoming"))) {
            return directories.filter(Files::isDirectory).findFirst().orElseThrow();
        }
    }

    @Test
    void create_closed_failsAndLeavesNothing() throws IOException {
        store.close();
        assertThatExceptionOfType(StoreException.Failed.class)
                .isThrownBy(() -> store.create(UploadId.random(), HOUR))
                .withMessageContaining("is closed");
        assertThat(files()).isEmpty();
    }

    /** A disk that is not mounted leaves an empty directory, or none; another disk may be mounted in its place. */
    @ParameterizedTest
    @CsvSource({"., false", "., true", "uploads, false", "uploads, true"})
    void notThere_unavailableNotGone_andNothingIsCreated_thenBack(Path what, boolean replaced) throws IOException {
        UploadId id = published(HOUR);
        StoredUpload found = store.find(id, HOUR).orElseThrow();
        UploadStore.Incoming incoming = store.create(UploadId.random(), HOUR);
        incoming.write(bytes("hello"));
        incoming.force();
        Path moved = root.resolve(what).normalize();
        Path elsewhere = Files.move(moved, directory.toRealPath().resolve("elsewhere"));
        if (replaced) {
            Files.createDirectories(root.resolve("uploads").resolve(HOUR.toString()));
        }
        Claim claim = Claim.of("order-7");

        assertAway(() -> store.find(id, HOUR));
        assertAway(() -> found.open(0, 1));
        assertAway(() -> store.claim(id, HOUR, claim));
        assertAway(() -> store.claimOf(id, HOUR));
        assertAway(() -> store.discard(id, HOUR));
        assertAway(() -> store.withdraw(id, HOUR));
        assertAway(() -> store.purge(LATER.start().plusSeconds(1 << 20)));
        assertAway(() -> incoming.publish(HOUR));
        assertAway(() -> publish(store, UploadId.random(), LATER, "hello"));
        assertAway(() -> store.requireWritable());

        if (replaced) {
            assertThat(root.resolve("uploads").resolve(HOUR.toString())).isEmptyDirectory();
            LockedDirectory.deleteTree(moved);
        }
        assertThat(moved).as("nothing is made anew").doesNotExist();
        incoming.close();
        Files.move(elsewhere, moved);
        store.requireWritable();
        assertThat(store.claim(id, HOUR, claim)).isTrue();
        UploadId later = published(LATER);
        assertThat(files())
                .containsExactlyInAnyOrder(
                        "uploads/2026-11-22T09/" + id,
                        "uploads/2026-11-22T09/" + id + "-claim",
                        "uploads/2026-11-22T10/" + later);
    }

    private void assertAway(ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(StoreException.Unavailable.class)
                .isThrownBy(call)
                .withMessageStartingWith(root.toString())
                .withMessageContaining(" is not the directory that this host has opened: store-");
    }

    /** The directory goes while bytes come, and is perhaps back before anybody looks: that never fails for good. */
    @Test
    void notThere_inTheMiddleOfAnUpload_unavailable() throws IOException {
        UploadStore.Incoming incoming = store.create(UploadId.random(), HOUR);
        Path elsewhere = Files.move(root, directory.toRealPath().resolve("elsewhere"));
        incoming.write(bytes("hello"));
        assertThatExceptionOfType(StoreException.Unavailable.class)
                .isThrownBy(incoming::force)
                .withMessageContaining(" is not there: its disk is not mounted");
        assertAway(store::freeSpace);
        incoming.close();
        Files.move(elsewhere, root);
        assertThat(store.freeSpace()).isPositive();
    }

    /** New directories at the place of those that are missing would be empty. */
    @ParameterizedTest
    @CsvSource({"uploads, false", "uploads, true", "partial, false", "partial, true"})
    void open_directoryNotThere_fails_thenBack(Path what, boolean replaced) throws IOException {
        UploadId id = published(HOUR);
        Path moved = root.resolve(what);
        Path elsewhere = Files.move(moved, directory.resolve("elsewhere"));
        if (replaced) {
            Files.createDirectory(moved);
        }
        assertThatIOException()
                .isThrownBy(this::openAnother)
                .withMessageStartingWith(
                        moved + " is not the directory that this store had: mount its disk, or move the"
                                + " directory back. To begin anew without its uploads, delete " + root + "/store-");
        Files.deleteIfExists(moved);
        Files.move(elsewhere, moved);
        try (LocalUploadStore again = openAnother()) {
            assertThat(again.find(id, HOUR)).isPresent();
        }
    }

    /** Nothing is lost where two JVMs make marks at once, or an earlier version made none. */
    @Test
    void open_withoutMarks_marked() throws IOException {
        UploadId id = published(HOUR);
        for (Path marked : List.of(root, root.resolve("uploads"), root.resolve("partial"))) {
            try (Stream<Path> entries = Files.list(marked)) {
                Files.delete(
                        entries.filter(entry -> entry.getFileName().toString().startsWith("store-"))
                                .findFirst()
                                .orElseThrow());
            }
        }
        try (LocalUploadStore again = openAnother()) {
            again.requireWritable();
            assertThat(again.find(id, HOUR)).isPresent();
            assertThat(again.find(UploadId.random(), HOUR)).isEmpty();
        }
    }
}
