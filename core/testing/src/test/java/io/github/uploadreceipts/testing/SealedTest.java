package io.github.uploadreceipts.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hosts of which two keep uploads sealed, and one keeps them plain, as while a fleet is changed over. */
class SealedTest {

    private static final int PLAIN = 2;

    @TempDir
    Path directory;

    private final TestFleet fleet = TestFleet.create(3, host -> host.encryptReceipts(true));
    private final List<byte[]> contents = new ArrayList<>();
    private final List<UploadReceipt> receipts = new ArrayList<>();

    @BeforeEach
    void upload() throws Exception {
        fleet.store(0).sealed(true);
        fleet.store(1).sealed(true);
        Random random = new Random(5);
        for (int size : new int[] {0, 5, 65_536, 200_000, 70_000, 1}) {
            byte[] content = new byte[size];
            random.nextBytes(content);
            contents.add(content);
            UploadReceipt stored = fleet.upload(receipts.size() % 3, "f" + receipts.size(), content);
            receipts.add(fleet.host(0).receipts().verify(fleet.token(stored)));
        }
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private void assertContents(FetchedUploads uploads) throws Exception {
        int index = 0;
        try (uploads) {
            for (FetchedUpload upload : uploads) {
                byte[] expected = contents.get(index);
                try (InputStream in = upload.open()) {
                    assertThat(in.readAllBytes()).isEqualTo(expected);
                }
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                upload.copyTo(out);
                assertThat(out.toByteArray()).isEqualTo(expected);
                Path copy = directory.resolve("copy" + index);
                upload.copyTo(copy);
                assertThat(copy).hasBinaryContent(expected);
                Path moved = directory.resolve("moved" + index);
                upload.moveTo(moved);
                assertThat(moved).hasBinaryContent(expected);
                Files.delete(copy);
                Files.delete(moved);
                index++;
            }
        }
        assertThat(index).isEqualTo(contents.size());
    }

    @Test
    void uploads_storedSealed_whereTheStoreSaysSo() {
        for (int i = 0; i < receipts.size(); i++) {
            UploadReceipt receipt = receipts.get(i);
            boolean sealed = i % 3 != PLAIN;
            assertThat(receipt.contentKey().isPresent()).isEqualTo(sealed);
            byte[] stored = fleet.store(i % 3).published().get(receipt.owner().hour() + "/" + receipt.id());
            assertThat(stored.length)
                    .isEqualTo(contents.get(i).length
                            + (sealed ? 28 * Math.max(1, (contents.get(i).length + 65_535) / 65_536) : 0));
        }
    }

    @Test
    void fetch_stream_withAndWithoutClaim_givePlainBytesInOrder() throws Exception {
        for (int host = 0; host < 3; host++) {
            assertContents(fleet.fetcher(host).fetch(receipts));
            assertContents(fleet.fetcher(host).stream(receipts));
        }
        assertContents(fleet.fetcher(0).fetch(receipts, Claim.of("order-7")));
        assertContents(fleet.fetcher(2).stream(receipts, Claim.of("order-7")));
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> fleet.fetcher(1).fetch(receipts, Claim.of("order-8")))
                .satisfies(e -> assertThat(e.failures()).hasSize(6).allMatch(f -> f.kind() == Kind.CLAIMED));
    }

    /** A path would lead to a file of plain bytes, which nobody would delete in time. */
    @Test
    void path_onlyOfWhatWasNotSealed() throws Exception {
        try (FetchedUploads uploads = fleet.fetcher(0).fetch(receipts)) {
            List<FetchedUpload> list = uploads.list();
            assertThat(list.get(1).path()).as("pulled and sealed").isEmpty();
            assertThat(list.get(2).path()).as("pulled and plain").isPresent();
        }
    }

    @Test
    void extend_andDiscard_asPlainOnes() throws Exception {
        List<String> tokens =
                fleet.fetcher(2).extend(receipts, receipts.get(0).expiresAt().plus(Duration.ofDays(9)));
        try (FetchedUploads uploads = fleet.fetcher(0).fetch(receipts)) {
            uploads.discard();
        }
        receipts.forEach(fleet::assertDiscarded);
        for (int i = 0; i < tokens.size(); i++) {
            receipts.set(i, fleet.host(1).receipts().verify(tokens.get(i)));
        }
        fleet.advance(Duration.ofDays(8));
        assertContents(fleet.fetcher(1).fetch(receipts));
    }

    /** Who can write to a host's disk cannot put one upload in the place of another. */
    @Test
    void fetch_underTheKeyOfAnotherUpload_refused() throws Exception {
        byte[] same = contents.get(1);
        UploadReceipt a = fleet.upload(1, "a", same);
        UploadReceipt b = fleet.upload(1, "b", same);
        UploadReceipt mixed = new UploadReceipt(
                a.id(),
                a.name(),
                a.type(),
                a.size(),
                a.digest(),
                a.locations(),
                a.subject(),
                a.issuedAt(),
                a.expiresAt(),
                a.batch(),
                a.context(),
                b.contentKey());
        for (int host : new int[] {0, 1}) {
            assertThatExceptionOfType(FetchException.class)
                    .isThrownBy(() -> fleet.fetcher(host).fetch(List.of(mixed)))
                    .satisfies(e -> assertThat(e.has(Kind.WRONG_BYTES)).isTrue());
        }
    }
}
