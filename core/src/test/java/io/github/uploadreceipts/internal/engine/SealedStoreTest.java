package io.github.uploadreceipts.internal.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.seal.SealBrokenException;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host whose store keeps uploads sealed. */
class SealedStoreTest {

    private static final String MARKER = "0 marker 0 ";

    @TempDir
    Path root;

    private UploadHost host;
    private Engine engine;

    @BeforeEach
    void open() throws IOException {
        host = UploadHost.builder(
                        TestRings.photos(),
                        LocalUploadStore.builder(root).sealed().open())
                .internalUrl("http://app1.lan:8080")
                .encryptReceipts(true)
                .developmentMode()
                .build();
        engine = HostAccess.engine(host);
    }

    @AfterEach
    void close() throws IOException {
        host.close();
    }

    private static byte[] content(int size) {
        byte[] bytes = MARKER.repeat(size / MARKER.length() + 1).getBytes(UTF_8);
        return Arrays.copyOf(bytes, size);
    }

    /** Opens a host with a plain store in place of the sealed one. */
    private void openPlain(boolean encryptReceipts) throws IOException {
        host.close();
        host = UploadHost.builder(TestRings.photos(), LocalUploadStore.at(root))
                .internalUrl("http://app1.lan:8080")
                .encryptReceipts(encryptReceipts)
                .developmentMode()
                .build();
        engine = HostAccess.engine(host);
    }

    private Admission withTicketForSealed() throws Exception {
        String ticket = TicketIssuer.create(TestRings.photos())
                .issue(UploadTicket.builder(Clock.systemUTC()).sealed().build());
        return Admission.of(UploadPermit.byTicket(UploadLimits.defaults())).with(engine.ticket(ticket), 0);
    }

    @Test
    void ticket_asksForSeal_sealedInPlainStore() throws Exception {
        openPlain(true);
        byte[] content = content(100_000);
        IssuedReceipt issued = store(withTicketForSealed(), content, 1_000);
        assertThat(issued.receipt().contentKey()).isPresent();
        try (InputStream plain = engine.uploads(false)
                .open(issued.receipt(), issued.receipt().owner())
                .open()) {
            assertThat(plain.readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void ticket_asksForSeal_receiptsNotEncrypted_refused() throws Exception {
        openPlain(false);
        Admission admission = withTicketForSealed();
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> engine.receive(admission, 0, "a.txt", "text/plain"))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.TICKET_INVALID));
    }

    private IssuedReceipt store(byte[] content, int piece) throws Exception {
        return store(Admission.of(UploadPermit.anyone(UploadLimits.defaults())), content, piece);
    }

    private IssuedReceipt store(Admission admission, byte[] content, int piece) throws Exception {
        try (IncomingUpload upload = engine.receive(admission, 0, "a.txt", "text/plain")) {
            for (int i = 0; i < content.length; i += piece) {
                upload.write(ByteBuffer.wrap(content, i, Math.min(piece, content.length - i)));
                assertNoMarker();
            }
            upload.force();
            return upload.publish();
        }
    }

    /** Looks into every file below the store, also those of uploads that are arriving. */
    private void assertNoMarker() throws IOException {
        for (Path file : files()) {
            assertThat(new String(Files.readAllBytes(file), ISO_8859_1)).doesNotContain(MARKER.strip());
        }
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private Path file(UploadReceipt receipt) throws IOException {
        return files().stream()
                .filter(file -> file.endsWith(receipt.id().toString()))
                .findFirst()
                .orElseThrow();
    }

    private byte[] read(UploadReceipt receipt) throws IOException {
        try (InputStream in =
                engine.uploads(false).open(receipt, receipt.owner()).open()) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 131_072, 300_000})
    void upload_storedSealed_openedByItsReceipt(int size) throws Exception {
        byte[] content = content(size);
        UploadReceipt receipt = host.receipts().verify(store(content, 40_000).token());
        assertThat(receipt.size()).isEqualTo(size);
        assertThat(read(receipt)).isEqualTo(content);
        assertThat(engine.uploads(false)
                        .openStored(receipt.owner(), Files.size(file(receipt)))
                        .size())
                .isEqualTo(size + 28L * Math.max(1, (size + 65_535) / 65_536));
        Random random = new Random(size);
        for (int i = 0; i < 20; i++) {
            int first = random.nextInt(size + 1);
            int length = random.nextInt(size - first + 1);
            try (InputStream in =
                    engine.uploads(false).open(receipt, receipt.owner()).open(first, length)) {
                assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, first, first + length));
            }
        }
        assertNoMarker();
    }

    @Test
    void open_bytesThatAreNotThoseThatWereSealed_refused() throws Exception {
        UploadReceipt receipt = store(content(200_000), 200_000).receipt();
        UploadReceipt other = store(content(200_000), 200_000).receipt();
        Path file = file(receipt);
        byte[] sealed = Files.readAllBytes(file);

        for (int at : new int[] {0, 12, 70_000, sealed.length - 1}) {
            byte[] changed = sealed.clone();
            changed[at] ^= 1;
            Files.write(file, changed);
            assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> read(receipt));
        }
        Files.write(file, Files.readAllBytes(file(other)));
        assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> read(receipt));
        for (byte[] resized : List.of(
                Arrays.copyOf(sealed, sealed.length - 1),
                Arrays.copyOf(sealed, sealed.length + 1),
                Arrays.copyOf(sealed, 3 * 65_564))) {
            Files.write(file, resized);
            assertThatExceptionOfType(WrongSizeException.class).isThrownBy(() -> read(receipt));
        }
        Files.write(file, sealed);
        assertThat(read(receipt)).hasSize(200_000);
    }

    /** The key is a secret of the token: whoever prints the receipt, or an object that holds it, does not show it. */
    @Test
    void receipt_keyIsInTheTokenOnly() throws Exception {
        IssuedReceipt issued = store(content(10), 10);
        assertThat(issued.receipt().toString()).contains("a seal key");
        KeyRing ring = host.keyRing();
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() ->
                        ReceiptVerifier.create(ring, Clock.systemUTC(), false).verify(issued.token()));
        assertThat(host.receipts().verify(issued.token())).isEqualTo(issued.receipt());
    }

    @Test
    void sealedStore_needsEncryptedReceipts() throws IOException {
        assertThat(engine.store().toString()).contains("sealed");
        assertThatIllegalStateException()
                .isThrownBy(() -> UploadHost.builder(TestRings.photos(), engine.store())
                        .internalUrl("http://app1.lan:8080")
                        .developmentMode()
                        .build())
                .withMessageContaining("encryptReceipts(true)");
    }
}
