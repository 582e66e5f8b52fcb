package io.github.uploadreceipts.internal.resume;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Resumable uploads into a store that keeps them sealed, across restarts, crashes and changes of the disk. */
class SealedResumableTest {

    private static final int SEGMENT = 65_536;
    private static final String MARKER = "0 marker 0 ";
    private static final Logger LOG = Logger.getLogger("io.github.uploadreceipts.host");

    private final Random random = new Random(7);

    @TempDir
    Path directory;

    private Path root;
    private WatchedStore store;
    private UploadHost host;
    private ResumableUploads uploads;

    @BeforeEach
    void start() throws IOException {
        LOG.setLevel(Level.OFF);
        start(directory.resolve("store"), true);
    }

    private void start(Path at, boolean sealed) throws IOException {
        root = at;
        LocalUploadStore.Builder local = LocalUploadStore.builder(root);
        store = new WatchedStore(sealed ? local.sealed() : local);
        host = UploadHost.builder(TestRings.photos(), store)
                .internalUrl("http://app1.lan:8080")
                .encryptReceipts(true)
                .developmentMode()
                .executor(Runnable::run)
                .build();
        uploads = HostAccess.resumable(host).orElseThrow();
    }

    @AfterEach
    void stop() throws IOException {
        host.close();
        LOG.setLevel(null);
        assertThat(store.open).as("partial uploads left open").hasValue(0);
    }

    private void restart() throws IOException {
        host.close();
        start(root, true);
    }

    private static byte[] content(int size) {
        return Arrays.copyOf(MARKER.repeat(size / MARKER.length() + 1).getBytes(US_ASCII), size);
    }

    private static Creation creation(Optional<Long> length) {
        return new Creation("a.txt", Optional.empty(), length, Optional.empty(), Role.REGULAR);
    }

    private UploadResource create(Optional<Long> length) throws UploadRefusedException {
        return uploads.create(Admission.of(UploadPermit.anyone(UploadLimits.defaults())), creation(length));
    }

    private UploadResource create(long length) throws UploadRefusedException {
        return create(Optional.of(length));
    }

    private Admission ticket() throws Exception {
        return by(UploadTicket.builder(Clock.systemUTC()));
    }

    private Admission by(UploadTicket.Builder ticket) throws Exception {
        String token = TicketIssuer.create(TestRings.photos()).issue(ticket.build());
        return Admission.of(UploadPermit.anyone(UploadLimits.defaults()).requiringTicket())
                .with(HostAccess.engine(host).ticket(token), 0);
    }

    private Status append(UploadResource resource, byte[] content, int from, int to) throws UploadRefusedException {
        try (Append append = uploads.open(resource)) {
            assertThat(append.offset()).isEqualTo(from);
            append.write(ByteBuffer.wrap(content, from, to - from));
            return append.complete();
        }
    }

    private static ProblemType refusal(ThrowingCallable call) {
        return catchThrowableOfType(UploadRefusedException.class, call)
                .problem()
                .type();
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private Path file(UploadResource resource, String suffix) {
        return root.resolve("partial").resolve(resource.hour().toString()).resolve(resource.id() + suffix);
    }

    /** Looks into every file of the store: neither plain bytes nor keys may be there. */
    private void assertNothingReadable(UploadResource resource) throws IOException {
        byte[] key = resource.sealKey().orElseThrow().bytes();
        List<String> secrets = new ArrayList<>(List.of(MARKER.strip()));
        for (byte[] part : List.of(key, Arrays.copyOf(key, 32))) {
            secrets.add(new String(part, ISO_8859_1));
            secrets.add(HexFormat.of().formatHex(part));
            secrets.add(Base64.getUrlEncoder().withoutPadding().encodeToString(part));
            secrets.add(Base64.getEncoder().withoutPadding().encodeToString(part));
        }
        for (Path file : files()) {
            assertThat(Files.readString(file, ISO_8859_1)).doesNotContain(secrets);
        }
    }

    private void assertStored(Status status, byte[] content) throws Exception {
        assertThat(status.complete()).isTrue();
        assertThat(status.offset()).isEqualTo(content.length);
        UploadReceipt receipt =
                host.receipts().verify(status.receipt().orElseThrow().token());
        assertThat(receipt.size()).isEqualTo(content.length);
        try (InputStream in = HostAccess.engine(host)
                .uploads(false)
                .open(receipt, receipt.owner())
                .open()) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
    }

    private void assertCompletes(UploadResource resource, byte[] content) throws Exception {
        Status status = uploads.status(resource);
        if (!status.complete()) {
            status = append(resource, content, (int) status.offset(), content.length);
        }
        assertStored(status, content);
        Status again = uploads.status(resource);
        assertStored(again, content);
        assertThat(again.receipt().orElseThrow().receipt())
                .isEqualTo(status.receipt().orElseThrow().receipt());
        assertNothingReadable(resource);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 3 * SEGMENT, 3 * SEGMENT + 7})
    void append_anyPieces_anyRestarts_opens(int size) throws Exception {
        byte[] content = content(size);
        for (int round = 0; round < 8; round++) {
            boolean late = random.nextBoolean();
            UploadResource resource = create(late ? Optional.empty() : Optional.of((long) size));
            int at = 0;
            while (at < size) {
                int next = Math.min(size, at + 1 + random.nextInt(random.nextBoolean() ? 100_000 : 50));
                next = random.nextInt(3) > 0 ? next : Math.min(size, (at / SEGMENT + 1) * SEGMENT);
                append(resource, content, at, next);
                at = next;
                assertNothingReadable(resource);
                if (random.nextInt(4) == 0) {
                    restart();
                    assertThat(uploads.status(resource).offset()).isEqualTo(at);
                }
            }
            if (late || size == 0) {
                try (Append append = uploads.open(resource)) {
                    append.declare(Ending.BY_LENGTH, Optional.of((long) size));
                    append.complete();
                }
            }
            assertCompletes(resource, content);
        }
    }

    /** The IETF's protocol says with the last bytes that they are the last, and perhaps nothing else. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, SEGMENT, 2 * SEGMENT})
    void append_lastWithoutLength_opens(int size) throws Exception {
        byte[] content = content(size);
        UploadResource resource = create(Optional.empty());
        append(resource, content, 0, size);
        try (Append append = uploads.open(resource)) {
            append.declare(Ending.LAST, Optional.empty());
            assertStored(append.complete(), content);
        }
    }

    private Path copy(int number) throws IOException {
        Path copy = directory.resolve("crash" + number);
        try (var paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                Path target = copy.resolve(root.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
        return copy;
    }

    /** What was acknowledged is there, whenever the host is killed, and the upload can be resumed to its end. */
    @ParameterizedTest
    @ValueSource(ints = {100, SEGMENT, SEGMENT + 100, 2 * SEGMENT, 2 * SEGMENT + 40_000})
    void crash_atAnyMoment_resumes(int acknowledged) throws Exception {
        byte[] content = content(3 * SEGMENT);
        UploadResource resource = create(content.length);
        append(resource, content, 0, acknowledged / 2);
        append(resource, content, acknowledged / 2, acknowledged);
        List<Path> crashes = new ArrayList<>();
        store.beforeStep = () -> crashes.add(copy(crashes.size()));
        try (Append append = uploads.open(resource)) {
            for (int at = acknowledged; at < content.length; ) {
                int next = Math.min(content.length, at + 30_000);
                append.write(ByteBuffer.wrap(content, at, next - at));
                crashes.add(copy(crashes.size()));
                at = next;
            }
            append.complete();
        }
        crashes.add(copy(crashes.size()));
        assertThat(store.steps)
                .endsWith("rewrite " + (acknowledged - 1) / SEGMENT * 65_564, "state and 196692", "publish");
        for (Path crash : crashes) {
            host.close();
            start(crash, true);
            assertThat(uploads.status(resource).offset()).isIn((long) acknowledged, (long) content.length);
            assertCompletes(resource, content);
        }
    }

    /** All bytes have come, but the request broke off: the next one completes the upload, and may be killed, too. */
    @ParameterizedTest
    @ValueSource(ints = {1, SEGMENT, SEGMENT + 1})
    void crash_whileItIsCompletedWithoutMoreBytes_resumes(int size) throws Exception {
        byte[] content = content(size);
        UploadResource resource = create(size);
        try (Append append = uploads.open(resource)) {
            append.write(ByteBuffer.wrap(content));
        }
        List<Path> crashes = new ArrayList<>();
        store.beforeStep = () -> crashes.add(copy(crashes.size()));
        assertStored(uploads.status(resource), content);
        assertThat(crashes).hasSize(3);
        for (Path crash : crashes) {
            host.close();
            start(crash, true);
            assertCompletes(resource, content);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rewrite 0", "state and 65664", "publish"})
    void step_fails_resumes(String step) throws Exception {
        byte[] content = content(SEGMENT + 72);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 5);
        store.fail(step);
        assertThat(refusal(() -> append(resource, content, 5, content.length))).isEqualTo(ProblemType.STORAGE_FAILED);
        assertCompletes(resource, content);
    }

    @Test
    void heldBack_bytesCutOff() throws Exception {
        byte[] content = content(100_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 70_000);
        try (Append append = uploads.open(resource)) {
            append.holdBack();
            append.write(ByteBuffer.wrap(new byte[10_000]));
        }
        assertThat(uploads.status(resource).offset()).isEqualTo(70_000);
        assertCompletes(resource, content);
    }

    @Test
    void takenOver_bytesKept() throws Exception {
        byte[] content = content(100_000);
        UploadResource resource = create(content.length);
        try (Append first = uploads.open(resource)) {
            first.write(ByteBuffer.wrap(content, 0, 66_000));
            assertThat(uploads.status(resource).offset()).isEqualTo(66_000);
        }
        assertCompletes(resource, content);
    }

    /** A request of gigabytes is acknowledged on the way, in whole segments. */
    @Test
    void checkpoint_wholeSegments_resumeAfterACrash() throws Exception {
        byte[] content = content(33 << 20);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 3);
        try (Append append = uploads.open(resource)) {
            append.write(ByteBuffer.wrap(content, 3, content.length - 4));
            var unused = copy(0);
        }
        assertCompletes(resource, content);
        host.close();
        start(directory.resolve("crash0"), true);
        long offset = uploads.status(resource).offset();
        assertThat(offset % SEGMENT).isZero();
        assertThat(offset).isGreaterThan(32 << 20);
        assertCompletes(resource, content);
    }

    /** After a restart the bytes are opened to be hashed, those that were set aside, too. */
    @Test
    void restart_bytesHashedFromWhereTheyCount() throws Exception {
        byte[] content = content(300_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 200_000);
        try (Append append = uploads.open(resource)) {
            append.write(ByteBuffer.wrap(content, 200_000, 100));
            var unused = copy(0);
        }
        host.close();
        start(directory.resolve("crash0"), true);
        assertThat(uploads.status(resource).offset()).isEqualTo(200_000);
        assertCompletes(resource, content);
    }

    // changes of the disk

    private void assertRefusedForGood(UploadResource resource, byte[] content, int from) throws Exception {
        assertThat(refusal(() -> append(resource, content, from, content.length)))
                .isEqualTo(ProblemType.STORAGE_FAILED);
        restart();
        assertThat(refusal(() -> append(resource, content, from, content.length)))
                .isEqualTo(ProblemType.STORAGE_FAILED);
    }

    @Test
    void olderShorterTail_putInPlace_refused() throws Exception {
        byte[] content = content(100_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 70_000);
        byte[] older = Files.readAllBytes(file(resource, ""));
        append(resource, content, 70_000, 80_000);
        byte[] mixed = Files.readAllBytes(file(resource, ""));
        System.arraycopy(older, 0, mixed, 0, older.length);
        Files.write(file(resource, ""), mixed);
        assertRefusedForGood(resource, content, 80_000);
    }

    @Test
    void tailsOfTwoUploads_swapped_refused() throws Exception {
        byte[] content = content(100_000);
        UploadResource one = create(content.length);
        UploadResource other = create(content.length);
        for (UploadResource resource : List.of(one, other)) {
            append(resource, content, 0, 40_000);
            try (Append append = uploads.open(resource)) { // which sets the tail aside, and is cut back
                append.holdBack();
                append.write(ByteBuffer.wrap(new byte[10]));
            }
        }
        byte[] tail = Files.readAllBytes(file(one, "-tail"));
        Files.copy(file(other, "-tail"), file(one, "-tail"), StandardCopyOption.REPLACE_EXISTING);
        assertRefusedForGood(one, content, 40_000);
        Files.write(file(one, "-tail"), tail);
        assertCompletes(one, content);
        assertCompletes(other, content);
    }

    // URLs and keys

    @Test
    void otherKey_notFound_andNothingChanges() throws Exception {
        byte[] content = content(10);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 5);
        for (Optional<SealKey> key : List.of(Optional.of(SealKey.random()), Optional.<SealKey>empty())) {
            assertNotFound(new UploadResource(resource.owner(), resource.id(), resource.expiresAt(), key));
        }
        assertCompletes(resource, content);
    }

    /** The client of the first URL did not get it, and asks for the slot again. */
    @Test
    void slot_createdAgain_theLastUrlIsGood() throws Exception {
        Admission admission = ticket();
        byte[] content = content(10);
        UploadResource lost = uploads.create(admission, creation(Optional.of(10L)));
        UploadResource again = uploads.create(admission, creation(Optional.of(10L)));
        assertThat(again.id()).isEqualTo(lost.id());
        assertThat(refusal(() -> uploads.open(lost))).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(refusal(() -> uploads.withdraw(lost))).isEqualTo(ProblemType.NOT_FOUND);
        append(again, content, 0, 5);
        assertThat(refusal(() -> uploads.create(admission, creation(Optional.of(10L)))))
                .isEqualTo(ProblemType.SLOT_TAKEN);
        assertCompletes(again, content);
    }

    @Test
    void slot_createdAgain_theOldUrlStopsNobody() throws Exception {
        Admission admission = ticket();
        byte[] content = content(10);
        UploadResource lost = uploads.create(admission, creation(Optional.of(10L)));
        UploadResource again = uploads.create(admission, creation(Optional.of(10L)));
        try (Append append = uploads.open(again)) {
            append.write(ByteBuffer.wrap(content, 0, 5));
            assertNotFound(lost);
            append.write(ByteBuffer.wrap(content, 5, 5));
            assertStored(append.complete(), content);
        }
    }

    /** No sealed upload has as many bytes as the plain one. */
    @Test
    void slot_createdAgainPlain_theOldUrlIsNotFound() throws Exception {
        Admission admission = ticket();
        byte[] content = content(10);
        UploadResource lost = uploads.create(admission, creation(Optional.of(10L)));
        host.close();
        start(root, false);
        UploadResource again = uploads.create(admission, creation(Optional.of(10L)));
        append(again, content, 0, 5);
        assertNotFound(lost);
        assertStored(append(again, content, 5, 10), content);
    }

    private void assertNotFound(UploadResource resource) {
        assertThat(refusal(() -> uploads.status(resource))).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(refusal(() -> uploads.open(resource))).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(refusal(() -> uploads.terminate(resource))).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(refusal(() -> uploads.withdraw(resource))).isEqualTo(ProblemType.NOT_FOUND);
    }

    /** A slot may be given to another upload after this one was terminated, and its tail was left by a crash. */
    @Test
    void tailOfAnEarlierUpload_deleted() throws Exception {
        Admission admission = ticket();
        byte[] content = content(100);
        UploadResource first = uploads.create(admission, creation(Optional.of(100L)));
        append(first, content, 0, 50);
        append(first, content, 50, 60);
        assertThat(file(first, "-tail")).exists();
        byte[] tail = Files.readAllBytes(file(first, "-tail"));
        uploads.terminate(first);
        assertThat(file(first, "-tail")).doesNotExist();
        Files.write(file(first, "-tail"), tail);
        UploadResource second = uploads.create(admission, creation(Optional.of(100L)));
        append(second, content, 0, 50);
        assertCompletes(second, content);
        assertThat(file(second, "-tail")).doesNotExist();
    }

    @Test
    void terminated_nothingLeft() throws Exception {
        UploadResource resource = create(100);
        append(resource, content(100), 0, 50);
        append(resource, content(100), 50, 60);
        uploads.terminate(resource);
        assertThat(files())
                .noneMatch(file -> file.toString().contains(resource.id().toString()));
    }

    // concatenation

    private UploadResource partial(byte[] content) throws UploadRefusedException {
        UploadResource partial = uploads.create(
                Admission.of(UploadPermit.anyone(UploadLimits.defaults())),
                new Creation("", Optional.empty(), Optional.of((long) content.length), Optional.empty(), Role.PARTIAL));
        append(partial, content, 0, content.length / 2);
        append(partial, content, content.length / 2, content.length);
        return partial;
    }

    private UploadResource concatenation(Admission admission, List<IssuedReceipt> parts) throws UploadRefusedException {
        return uploads.create(
                admission,
                new Creation("a.txt", Optional.empty(), Optional.empty(), Optional.empty(), Role.FINAL),
                parts);
    }

    private static byte[] join(List<byte[]> contents) {
        ByteBuffer all = ByteBuffer.allocate(
                contents.stream().mapToInt(each -> each.length).sum());
        contents.forEach(all::put);
        return all.array();
    }

    @Test
    void concatenation_askedForAgain_theSameUploadUnderTheSameKey() throws Exception {
        List<byte[]> contents = List.of(content(100_000), content(SEGMENT), content(1));
        List<UploadResource> partials = new ArrayList<>();
        for (byte[] content : contents) {
            partials.add(partial(content));
        }
        Admission admission = ticket();
        List<IssuedReceipt> parts = uploads.receipts(admission, partials).join();
        UploadResource made = concatenation(admission, parts);
        Status status = uploads.concatenate(made, parts).join();
        assertStored(status, join(contents));
        for (UploadResource resource : partials) {
            assertNothingReadable(resource);
        }
        assertNothingReadable(made);

        restart();
        UploadResource again =
                concatenation(admission, uploads.receipts(admission, partials).join());
        assertThat(again.sealKey()).isEqualTo(made.sealKey());
        assertStored(uploads.concatenate(again, parts).join(), join(contents));
        assertStored(uploads.status(made), join(contents));
    }

    /** Its client has the keys of the partial uploads, and nobody else. It asks for the concatenation again. */
    @Test
    void concatenation_afterACrash_goneUntilItIsAskedForAgain() throws Exception {
        byte[] content = content(100_000);
        UploadResource partial = partial(content);
        Admission admission = ticket();
        List<IssuedReceipt> parts =
                uploads.receipts(admission, List.of(partial)).join();
        UploadResource made = concatenation(admission, parts);
        assertNothingReadable(partial);
        for (Path file : files()) {
            assertThat(Files.readString(file, ISO_8859_1))
                    .doesNotContain(parts.get(0).token());
        }
        restart();
        assertThat(refusal(() -> uploads.status(made))).isEqualTo(ProblemType.UPLOAD_GONE);
        parts = uploads.receipts(admission, List.of(partial)).join();
        UploadResource again = concatenation(admission, parts);
        assertThat(again.sealKey()).isEqualTo(made.sealKey());
        assertStored(uploads.concatenate(again, parts).join(), content);
    }

    @Test
    void concatenation_ofOtherParts_slotTaken() throws Exception {
        Admission admission = ticket();
        List<IssuedReceipt> parts =
                uploads.receipts(admission, List.of(partial(content(10)))).join();
        uploads.concatenate(concatenation(admission, parts), parts).join();
        List<IssuedReceipt> others =
                uploads.receipts(admission, List.of(partial(content(10)))).join();
        assertThat(refusal(() -> concatenation(admission, others))).isEqualTo(ProblemType.SLOT_TAKEN);
    }

    /** No client has the key of the first one, and no bytes are sealed under it yet. */
    @Test
    void concatenation_ofPlainParts_askedForAgainBeforeItIsMade_theLastUrlIsGood() throws Exception {
        host.close();
        start(root, false);
        byte[] content = content(100_000);
        UploadResource partial = partial(content);
        restart();
        Admission admission = ticket();
        List<IssuedReceipt> parts =
                uploads.receipts(admission, List.of(partial)).join();
        UploadResource lost = concatenation(admission, parts);
        UploadResource again = concatenation(admission, parts);
        assertThat(refusal(() -> uploads.concatenate(lost, parts))).isEqualTo(ProblemType.NOT_FOUND);
        List<ProblemType> meanwhile = new ArrayList<>();
        store.beforeOpening = () -> meanwhile.add(refusal(() -> concatenation(admission, parts)));
        assertStored(uploads.concatenate(again, parts).join(), content);
        assertThat(again.sealKey()).isPresent();
        assertThat(meanwhile).containsExactly(ProblemType.SLOT_TAKEN);
        assertThat(refusal(() -> concatenation(admission, parts))).isEqualTo(ProblemType.SLOT_TAKEN);
    }

    /** While a fleet is changed over, a host that keeps uploads plain gets sealed partial uploads, too. */
    @Test
    void concatenation_onAPlainStore_sealedIfAPartIs() throws Exception {
        UploadResource partial = partial(content(100_000));
        host.close();
        start(root, false);
        Admission admission = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        List<UploadResource> partials = List.of(partial, partial(content(5)));
        assertThat(partials.get(1).sealKey()).isEmpty();
        List<IssuedReceipt> parts = uploads.receipts(admission, partials).join();
        UploadResource made = concatenation(admission, parts);
        assertThat(made.sealKey()).isPresent();
        assertStored(uploads.concatenate(made, parts).join(), join(List.of(content(100_000), content(5))));
    }

    /** The longest context with which a plain upload is accepted here leaves no room for a key. */
    @Test
    void concatenation_onAPlainStore_noRoomForItsKeyInTheReceipt_refused() throws Exception {
        UploadResource partial = partial(content(10));
        host.close();
        start(root, false);
        UploadPermit permit = UploadPermit.anyone(UploadLimits.defaults());
        String name = "\"".repeat(255);
        int length = 1016;
        Admission admission = Admission.of(permit);
        for (boolean accepted = false; !accepted; length--) {
            admission = Admission.of(permit.context("{\"c\":\"" + "x".repeat(length) + "\"}"));
            accepted = isAccepted(admission, name, Role.REGULAR, List.of());
        }
        assertThat(length).isLessThan(1015);
        List<IssuedReceipt> parts =
                uploads.receipts(admission, List.of(partial)).join();
        assertThat(isAccepted(admission, name, Role.FINAL, parts)).isFalse();
        assertThat(isAccepted(admission, "a.txt", Role.FINAL, parts)).isTrue();
    }

    private boolean isAccepted(Admission admission, String name, Role role, List<IssuedReceipt> parts) {
        Creation asked = new Creation(name, Optional.empty(), Optional.empty(), Optional.empty(), role);
        UploadRefusedException refused =
                catchThrowableOfType(UploadRefusedException.class, () -> uploads.create(admission, asked, parts));
        if (refused != null) {
            assertThat(refused.problem().type()).isEqualTo(ProblemType.FIELDS_TOO_LARGE);
        }
        return refused == null;
    }

    @Test
    void create_pathTooLongForAnEncryptedReceipt_isRefusedBeforeItsBytes() throws Exception {
        UploadPermit anyone = UploadPermit.anyone(UploadLimits.defaults());
        String path = ("f".repeat(250) + "/").repeat(2) + "a.txt";
        Creation inFolder = creation(Optional.of(5L)).at(Optional.of(path));
        Status status = append(uploads.create(Admission.of(anyone), inFolder), content(5), 0, 5);
        assertThat(status.receipt().orElseThrow().receipt().path()).contains(path);

        Admission withContext = Admission.of(anyone.context("{\"c\":\"" + "x".repeat(1000) + "\"}"));
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> uploads.create(withContext, inFolder))
                .withMessageContaining("name and path")
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.FIELDS_TOO_LARGE));
    }

    // stores that are changed over

    @Test
    void plainUpload_storeSealedMeanwhile_goesOnPlain() throws Exception {
        host.close();
        start(directory.resolve("other"), false);
        byte[] content = content(100_000);
        UploadResource resource = create(content.length);
        assertThat(resource.sealKey()).isEmpty();
        append(resource, content, 0, 70_000);
        restart();
        Status status = append(resource, content, 70_000, content.length);
        assertStored(status, content);
        assertThat(status.receipt().orElseThrow().receipt().contentKey()).isEmpty();
    }

    @Test
    void ticketForSealedUploads_plainStore_sealed() throws Exception {
        host.close();
        start(directory.resolve("other"), false);
        byte[] content = content(100_000);
        Admission admission = by(UploadTicket.builder(Clock.systemUTC()).sealed());
        UploadResource resource = uploads.create(admission, creation(Optional.of(100_000L)));
        append(resource, content, 0, 70_000);
        assertNothingReadable(resource);
        assertCompletes(resource, content);
    }

    @Test
    void sealedUpload_storePlainMeanwhile_goesOnSealed() throws Exception {
        byte[] content = content(100_000);
        UploadResource resource = create(content.length);
        append(resource, content, 0, 70_000);
        host.close();
        start(root, false);
        assertCompletes(resource, content);
    }

    /** What will be stored counts, not what the client sends. */
    @Test
    void create_noRoomForTheSealedBytes_refused() {
        long length = 10L * SEGMENT;
        long needed = UploadLimits.defaults().freeSpaceFloor() + length + 10 * 28;
        store.freeSpace = needed - 1;
        assertThat(refusal(() -> create(length))).isEqualTo(ProblemType.NO_SPACE);
        store.freeSpace = needed + 28;
        assertThat(catchThrowableOfType(UploadRefusedException.class, () -> create(length)))
                .isNull();
    }
}
