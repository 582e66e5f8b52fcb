package io.github.uploadreceipts.store;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalPartialsTest {

    private static final UploadId ID = StoreProgram.FIRST;
    private static final ExpiryHour HOUR = StoreProgram.HOUR;
    private static final ExpiryHour LATER = ExpiryHour.of(HOUR.start().plus(Duration.ofHours(1)));
    private static final int SLOT = 32;

    @TempDir
    Path directory;

    private Path root;
    private Path bytesFile;
    private Path stateFile;
    private LocalUploadStore store;
    private PartialStore partials;

    @BeforeEach
    void open() throws IOException {
        root = directory.toRealPath().resolve("store");
        bytesFile = root.resolve("partial").resolve(HOUR.toString()).resolve(ID.toString());
        stateFile = bytesFile.resolveSibling(ID + "-state");
        store = LocalUploadStore.builder(root).durability(Durability.BUFFERED).open();
        partials = PartialStores.of(store).orElseThrow();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private void restart() throws IOException {
        close();
        open();
    }

    private static void write(PartialStore.Partial partial, String text) throws IOException {
        partial.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    private PartialStore.Partial opened() throws IOException {
        return partials.open(ID, HOUR).orElseThrow();
    }

    /** Creates an upload, then writes and acknowledges one chunk after the other. */
    private void begin(String... chunks) throws IOException {
        partials.create(ID, HOUR, "state");
        append(chunks);
    }

    private void append(String... chunks) throws IOException {
        try (PartialStore.Partial partial = opened()) {
            long size = partial.snapshot().acknowledged();
            for (String chunk : chunks) {
                write(partial, chunk);
                size += chunk.length();
                partial.acknowledge(size);
            }
        }
    }

    private PartialStore.Snapshot found() throws IOException {
        return partials.find(ID, HOUR).orElseThrow();
    }

    private Path published(ExpiryHour hour) {
        return root.resolve("uploads").resolve(hour.toString()).resolve(ID.toString());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(file -> !file.matches(".*lock|incoming/spare-[0-9]+"))
                    .sorted()
                    .toList();
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void create_thenFound_andTaken() throws IOException {
        assertThat(partials.find(ID, HOUR)).isEmpty();
        partials.create(ID, HOUR, "gr\u00FC\u00DFe");

        assertThat(found()).isEqualTo(new PartialStore.Snapshot(0, "gr\u00FC\u00DFe"));
        assertThat(partials.find(ID, LATER)).isEmpty();
        assertThat(store.isTaken(ID, HOUR)).isTrue();
        assertThat(store.isTaken(ID, LATER)).isFalse();
        assertThat(store.find(ID, HOUR)).isEmpty();
        assertThat(files()).containsExactly("partial/" + HOUR + "/" + ID, "partial/" + HOUR + "/" + ID + "-state");
    }

    @Test
    void rewrite_crashBeforeMoreIsAcknowledged_whatWasSetAsideCounts() throws IOException {
        begin("hello world");
        try (PartialStore.Partial partial = opened()) {
            assertThat(partial.tail(6)).asString(UTF_8).isEqualTo("world");
            assertThat(partial.rewrite(6)).asString(UTF_8).isEqualTo("world");
            write(partial, "SEC");
        }
        assertThat(bytesFile).hasContent("hello SECld");
        for (int crash = 0; crash < 3; crash++) {
            restart();
            try (PartialStore.Partial partial = opened()) {
                assertThat(partial.snapshot().acknowledged()).isEqualTo(11);
                assertThat(partial.tail(6)).asString(UTF_8).isEqualTo("world");
                assertThat(partial.rewrite(6)).asString(UTF_8).isEqualTo("world");
                write(partial, "third");
            }
        }
        try (PartialStore.Partial partial = opened()) {
            partial.rewrite(6);
            write(partial, "WORLD!");
            partial.acknowledge(12);
            assertThat(partial.tail(6))
                    .as("the one that was set aside counts no more")
                    .asString(UTF_8)
                    .isEqualTo("WORLD!");
            assertThat(partial.tail(8)).asString(UTF_8).isEqualTo("RLD!");
        }
        assertThat(bytesFile).hasContent("hello WORLD!");
    }

    @Test
    void replaceState_withTheNumber_bothAtOnce() throws IOException {
        begin("hello");
        try (PartialStore.Partial partial = opened()) {
            partial.rewrite(0);
            write(partial, "HELLO WORLD");
            assertThat(found()).isEqualTo(new PartialStore.Snapshot(5, "state"));
            partial.replaceState(11, "done");
            assertThat(partial.snapshot()).isEqualTo(new PartialStore.Snapshot(11, "done"));
        }
        restart();
        assertThat(found()).isEqualTo(new PartialStore.Snapshot(11, "done"));
        try (PartialStore.Partial partial = opened()) {
            partial.publish(HOUR);
        }
        assertThat(published(HOUR)).hasContent("HELLO WORLD");
        assertThat(files()).noneMatch(file -> file.endsWith("-tail"));
    }

    @Test
    void tail_thatWasChangedOrCutOff_doesNotCount() throws IOException {
        begin("hello world");
        try (PartialStore.Partial partial = opened()) {
            partial.rewrite(6);
        }
        Path tail = bytesFile.resolveSibling(ID + "-tail");
        byte[] content = Files.readAllBytes(tail);
        for (byte[] other : List.of(
                new byte[0],
                Arrays.copyOf(content, 31),
                Arrays.copyOf(content, content.length - 1),
                Arrays.copyOf(content, content.length + 1))) {
            Files.write(tail, other);
            try (PartialStore.Partial partial = opened()) {
                assertThat(partial.tail(6)).asString(UTF_8).isEqualTo("world");
                assertThat(partial.tail(7)).asString(UTF_8).isEqualTo("orld");
            }
        }
    }

    @Test
    void create_twice_refused_andTheFirstStays() throws IOException {
        begin("hello");

        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> partials.create(ID, HOUR, "other"));
        assertThat(found()).isEqualTo(new PartialStore.Snapshot(5, "state"));
        assertThat(bytesFile).hasContent("hello");
    }

    @Test
    void create_atOnce_oneSucceeds() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            for (int i = 0; i < 100; i++) {
                UploadId id = UploadId.random();
                Callable<Boolean> create = () -> {
                    try {
                        partials.create(id, HOUR, "state");
                        return true;
                    } catch (StoreException.Taken e) {
                        return false;
                    }
                };
                List<Future<Boolean>> created = pool.invokeAll(List.of(create, create));
                assertThat(List.of(created.get(0).get(), created.get(1).get())).containsOnlyOnce(true);
                partials.open(id, HOUR).orElseThrow().close();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /**
     * A power cut may leave the state file of a new upload without its file of bytes. No client knows the upload yet.
     */
    @Test
    void create_halfDone_isNoUpload() throws IOException {
        begin();
        Files.delete(bytesFile);

        assertThat(found().acknowledged()).isZero();
        assertThatExceptionOfType(StoreException.Gone.class).isThrownBy(() -> partials.open(ID, HOUR));
        assertThat(partials.delete(ID, HOUR)).isTrue();
        begin("hello");
        assertThat(found().acknowledged()).isEqualTo(5);
    }

    @Test
    void open_twiceInThisProcess_secondGetsNothing() throws IOException {
        begin("hello");
        try (PartialStore.Partial first = opened()) {
            assertThat(partials.open(ID, HOUR)).isEmpty();
            write(first, " world");
            first.acknowledge(11);
        }
        append("!");
        assertThat(bytesFile).hasContent("hello world!");
    }

    @Test
    void open_unknown() {
        assertThatExceptionOfType(StoreException.Gone.class).isThrownBy(() -> partials.open(ID, HOUR));
    }

    /** The disk may not be mounted, so the client must not be told that its upload is gone. */
    @ParameterizedTest
    @CsvSource({"., false", "., true", "partial, false", "partial, true"})
    void notThere_unavailableNotGone_andNothingIsCreated_thenBack(Path what, boolean replaced) throws IOException {
        begin("hello");
        Path moved = root.resolve(what).normalize();
        Path elsewhere = Files.move(moved, directory.resolve("elsewhere"));
        if (replaced) {
            Files.createDirectories(root.resolve("partial").resolve(HOUR.toString()));
        }
        List<String> before = replaced ? files() : List.of();

        assertAway(() -> partials.find(ID, HOUR), root.resolve("partial"));
        assertAway(() -> partials.open(ID, HOUR), root.resolve("partial"));
        assertAway(() -> partials.delete(ID, HOUR), root.resolve("partial"));
        assertAway(() -> partials.create(StoreProgram.SECOND, HOUR, "state"), root.resolve("partial"));
        assertAway(store::requireWritable, root);

        if (replaced) {
            assertThat(files()).isEqualTo(before);
            LockedDirectory.deleteTree(moved);
        }
        assertThat(moved).doesNotExist();
        Files.move(elsewhere, moved);
        store.requireWritable();
        append(" world");
        assertThat(found().acknowledged()).isEqualTo(11);
    }

    private static void assertAway(ThrowableAssert.ThrowingCallable call, Path directory) {
        assertThatExceptionOfType(StoreException.Unavailable.class)
                .isThrownBy(call)
                .withMessageStartingWith(directory.toString())
                .withMessageContaining(" is not the directory that this host has opened: store-")
                .withMessageContaining("Mount its disk, or move the directory back");
    }

    @Test
    void open_afterRestart_cutBackToTheAcknowledged() throws IOException {
        begin("hello");
        try (PartialStore.Partial partial = opened()) {
            write(partial, " lost");
        }
        assertThat(bytesFile).hasContent("hello lost");
        restart();

        try (PartialStore.Partial partial = opened()) {
            assertThat(partial.snapshot()).isEqualTo(new PartialStore.Snapshot(5, "state"));
            assertThat(bytesFile).hasContent("hello");
            write(partial, " world");
            partial.acknowledge(11);
        }
        assertThat(bytesFile).hasContent("hello world");
    }

    @Test
    void cutBack_whileOpen_appendContinues() throws IOException {
        begin("hello");
        try (PartialStore.Partial partial = opened()) {
            write(partial, " lost");
            partial.cutBack();
            write(partial, " world");
            partial.force();
            assertThat(partial.snapshot().acknowledged()).isEqualTo(11);
        }
        assertThat(bytesFile).hasContent("hello world");
    }

    /** A checkpoint acknowledges less than is written meanwhile. */
    @Test
    void acknowledge_lessThanWritten_onlyThat_andNeverBack() throws IOException {
        begin();
        try (PartialStore.Partial partial = opened()) {
            write(partial, "hello world");
            partial.acknowledge(7);
            partial.acknowledge(5);
            assertThat(partial.snapshot().acknowledged()).isEqualTo(7);
        }
        opened().close();
        assertThat(bytesFile).hasContent("hello w");
    }

    @Test
    void confirm_sameNumber_theOtherSlotIsNotTouched() throws IOException {
        begin("one,", "two,", "three");
        byte[] state = Files.readAllBytes(stateFile);
        try (PartialStore.Partial partial = opened()) {
            partial.confirm();
            assertThat(stateFile).hasBinaryContent(state);
            write(partial, "!");
            partial.acknowledge(14);
        }
        assertThat(found().acknowledged()).isEqualTo(14);
    }

    /** The system may show a number whose force has failed, and need not write it before it is written anew. */
    @Test
    void rewrite_numberThatTheCopyBelongsTo_writtenAnew() throws IOException {
        begin("hello world");
        try (PartialStore.Partial partial = opened()) {
            try (FileChannel channel = FileChannel.open(stateFile, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(2 * SLOT));
            }
            partial.rewrite(6);
            assertThat(found()).isEqualTo(new PartialStore.Snapshot(11, "state"));
        }
    }

    /** The system may have reported a write that did not happen. */
    @Test
    void acknowledge_bytesNotThere_fails() throws IOException {
        begin("hello");
        try (PartialStore.Partial partial = opened()) {
            write(partial, " world");
            assertThatExceptionOfType(StoreException.Failed.class)
                    .isThrownBy(() -> partial.acknowledge(12))
                    .havingCause()
                    .withMessage("12 bytes were written, but the file has 11");
            assertThatIOException().isThrownBy(() -> partial.acknowledge(11));
        }
        assertThat(found().acknowledged()).isEqualTo(5);
    }

    @Test
    void open_acknowledgedBytesLost_fails() throws IOException {
        begin("hello");
        try (FileChannel channel = FileChannel.open(bytesFile, StandardOpenOption.WRITE)) {
            channel.truncate(4);
        }
        assertThatExceptionOfType(StoreException.Failed.class)
                .isThrownBy(() -> partials.open(ID, HOUR))
                .havingCause()
                .withMessage(ID + " has lost acknowledged bytes");
        try (FileChannel channel = FileChannel.open(bytesFile, StandardOpenOption.WRITE)) {
            assertThat(channel.tryLock()).as("the lock is released").isNotNull();
        }
    }

    /** Returns the slot that was written last. */
    private int lastSlot() throws IOException {
        String state = Files.readString(stateFile, US_ASCII);
        String last = String.format("%020d", found().acknowledged());
        return state.startsWith(last) ? 0 : 1;
    }

    private void overwrite(int position, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(stateFile, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), position);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0", "1, 10", "1, 20", "1, 21", "1, 31", "2, 0", "2, 10", "2, 20", "2, 21", "2, 31", "3, 0", "3, 19", "3, 28"
    })
    void slot_torn_theOtherCounts(int chunks, int from) throws IOException {
        begin("one,", "two,", "three,", "four,", "five,");
        append(Stream.of("six,", "seven,", "eight").limit(chunks).toArray(String[]::new));
        String all = Files.readString(bytesFile);
        int slot = lastSlot();
        byte[] torn = new byte[SLOT - from];
        Arrays.fill(torn, (byte) 0);
        overwrite(slot * SLOT + from, torn);
        long before = found().acknowledged();
        assertThat(before).isBetween(23L, all.length() - 1L);

        try (PartialStore.Partial partial = opened()) {
            assertThat(bytesFile).hasContent(all.substring(0, (int) before));
            write(partial, "anew");
            partial.acknowledge(before + 4);
        }
        assertThat(found().acknowledged()).isEqualTo(before + 4);
        assertThat(lastSlot()).as("the broken slot is written first").isEqualTo(slot);
    }

    /** Text that is no number, a number with the checksum of another, and a number too large for any file. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-0000000000000000009",
                "00000000000000000009 00000000  \n",
                "99999999999999999999 00000000  \n",
                "\u0001\u0002\u0003"
            })
    void slot_garbage_theOtherCounts(String garbage) throws IOException {
        begin("hello", " world");
        overwrite(lastSlot() * SLOT, garbage.getBytes(US_ASCII));

        assertThat(found().acknowledged()).isEqualTo(5);
    }

    @Test
    void slots_bothBroken_fails() throws IOException {
        begin("hello", " world");
        overwrite(0, new byte[2 * SLOT]);

        assertThatIOException().isThrownBy(() -> partials.find(ID, HOUR)).withMessageContaining("does not say");
        assertThatIOException().isThrownBy(() -> partials.open(ID, HOUR)).withMessageContaining("does not say");
        Files.write(stateFile, new byte[2 * SLOT - 1]);
        assertThatIOException().isThrownBy(() -> partials.find(ID, HOUR)).withMessageContaining("cut off");
        assertThat(partials.delete(ID, HOUR)).isTrue();
    }

    @Test
    void replaceState_offsetStays_andAdvances() throws IOException {
        begin("hello");
        try (PartialStore.Partial partial = opened()) {
            write(partial, " wo");
            partial.replaceState("another, longer state");
            assertThat(found()).isEqualTo(new PartialStore.Snapshot(5, "another, longer state"));
            write(partial, "rld");
            partial.acknowledge(11);
            partial.replaceState("");
            assertThat(partial.snapshot()).isEqualTo(new PartialStore.Snapshot(11, ""));
        }
        restart();
        assertThat(found()).isEqualTo(new PartialStore.Snapshot(11, ""));
        append("!");
        assertThat(found()).isEqualTo(new PartialStore.Snapshot(12, ""));
    }

    /** The state file's name may already stand for another file, so an offset in the open file would be lost. */
    @Test
    void replaceState_fails_nothingAcknowledgedAfterIt() throws IOException {
        begin("hello");
        try (PartialStore.Partial partial = opened()) {
            write(partial, " world");
            Path unfinished = Files.move(root.resolve("partial"), directory.resolve("elsewhere"));
            assertThatIOException().isThrownBy(() -> partial.replaceState("other"));
            Files.move(unfinished, root.resolve("partial"));
            assertThatIOException().isThrownBy(() -> partial.acknowledge(11));
            assertThatIOException().isThrownBy(() -> partial.publish(HOUR));
        }
        assertThat(found()).isEqualTo(new PartialStore.Snapshot(5, "state"));
    }

    /**
     * An interrupt makes the force fail, as a broken disk would. A second force would succeed although the bytes are
     * not durable.
     */
    @Test
    void force_failedOnce_isFinal_untilOpenedAgain() throws IOException {
        try (LocalUploadStore forced = LocalUploadStore.at(root)) {
            begin("hello");
            try (PartialStore.Partial partial =
                    PartialStores.of(forced).orElseThrow().open(ID, HOUR).orElseThrow()) {
                write(partial, " world");
                Thread.currentThread().interrupt();
                assertThatIOException().isThrownBy(() -> partial.acknowledge(11));
                assertThat(Thread.interrupted()).isTrue();
                assertThatIOException()
                        .isThrownBy(() -> partial.acknowledge(11))
                        .withMessage("storing this upload failed before");
                assertThatIOException().isThrownBy(() -> write(partial, "x"));
                assertThatIOException().isThrownBy(() -> partial.publish(HOUR));
            }
        }
        assertThat(found().acknowledged()).isEqualTo(5);
        append(" again");
        assertThat(bytesFile).hasContent("hello again");
    }

    private void publish(ExpiryHour hour) throws IOException {
        try (PartialStore.Partial partial = opened()) {
            partial.publish(hour);
        }
    }

    @Test
    void publish_visible_andTheStateStays() throws IOException {
        begin("hello");
        try (PartialStore.Partial partial = opened()) {
            write(partial, " world");
            partial.replaceState("done");
            assertThat(store.find(ID, LATER)).isEmpty();
            partial.publish(LATER);
        }
        assertThat(published(LATER)).hasContent("hello world");
        assertThat(store.find(ID, LATER).orElseThrow().size()).isEqualTo(11);
        assertThat(found()).isEqualTo(new PartialStore.Snapshot(11, "done"));
        assertThat(files()).containsExactly("partial/" + HOUR + "/" + ID + "-state", "uploads/" + LATER + "/" + ID);
        assertThatExceptionOfType(StoreException.Gone.class).isThrownBy(() -> partials.open(ID, HOUR));
        assertThat(store.isTaken(ID, HOUR)).isTrue();
    }

    @Test
    void publish_noBytes() throws IOException {
        begin();
        publish(HOUR);
        assertThat(store.find(ID, HOUR).orElseThrow().size()).isZero();
    }

    @Test
    void publish_againAfterCrashBetweenLinkAndDelete() throws IOException {
        begin("hello");
        publish(HOUR);
        Files.createLink(bytesFile, published(HOUR));
        restart();

        publish(HOUR);
        assertThat(published(HOUR)).hasContent("hello");
        assertThat(bytesFile).doesNotExist();
    }

    @Test
    void publish_placeTaken_refused_andBothStay() throws IOException {
        begin("hello");
        try (UploadStore.Incoming other = store.create(ID, HOUR)) {
            other.write(ByteBuffer.wrap("other".getBytes(UTF_8)));
            other.publish(HOUR);
        }
        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> publish(HOUR));
        assertThat(published(HOUR)).hasContent("other");
        assertThat(bytesFile).hasContent("hello");
    }

    @Test
    void publish_againAfterADiscard_refused() throws IOException {
        begin("hello");
        publish(HOUR);
        Files.createLink(bytesFile, published(HOUR));
        store.discard(ID, HOUR);

        assertThatExceptionOfType(StoreException.Taken.class).isThrownBy(() -> publish(HOUR));
        assertThat(store.find(ID, HOUR)).isEmpty();
    }

    @Test
    void delete_nothingLeft_butWhatWasPublished() throws IOException {
        assertThat(partials.delete(ID, HOUR)).isFalse();
        begin("hello");
        assertThat(partials.delete(ID, HOUR)).isTrue();
        assertThat(partials.delete(ID, HOUR)).isFalse();
        assertThat(files()).isEmpty();
        assertThat(store.isTaken(ID, HOUR)).isFalse();

        begin("again");
        publish(HOUR);
        assertThat(partials.delete(ID, HOUR)).isTrue();
        assertThat(files()).containsExactly("uploads/" + HOUR + "/" + ID);
    }

    /** The append fails only when it publishes. */
    @Test
    void delete_whileOpen_neverPublished() throws IOException {
        begin("hello");
        try (PartialStore.Partial partial = opened()) {
            partials.delete(ID, HOUR);
            write(partial, " world");
            assertThatIOException().isThrownBy(() -> partial.publish(HOUR));
        }
        assertThat(store.find(ID, HOUR)).isEmpty();
    }

    @Test
    void purge_byHour() throws IOException {
        begin("hello");
        UploadId later = UploadId.random();
        partials.create(later, LATER, "state");
        try (PartialStore.Partial partial = opened()) {
            assertThat(store.purge(HOUR.start().plus(Duration.ofHours(2)).minusSeconds(1)))
                    .isZero();
            assertThat(store.purge(HOUR.start().plus(Duration.ofHours(2)))).isEqualTo(1);
            write(partial, " world");
            assertThatIOException().isThrownBy(() -> partial.publish(HOUR));
        }
        assertThat(partials.find(ID, HOUR)).isEmpty();
        assertThat(partials.find(later, LATER)).isPresent();
        assertThat(bytesFile.getParent()).doesNotExist();
        begin("anew");
        assertThat(found().acknowledged()).isEqualTo(4);
    }

    @Test
    void modes_nobodyElseEnters_publishedAsConfigured() throws IOException {
        begin("hello");
        assertThat(mode(root.resolve("partial"))).isEqualTo("rwx------");
        assertThat(mode(bytesFile.getParent())).isEqualTo("rwx------");
        publish(HOUR);
        assertThat(mode(published(HOUR))).isEqualTo("rw-r-----");
    }

    @Test
    void links_notFollowed() throws IOException {
        begin("hello");
        Path precious = Files.writeString(directory.resolve("precious"), "do not touch");
        Files.delete(bytesFile);
        Files.createSymbolicLink(bytesFile, precious);

        assertThatIOException().isThrownBy(() -> partials.open(ID, HOUR));
        assertThat(precious).hasContent("do not touch");
    }
}
