package io.github.uploadreceipts.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.StoreException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TestFleetTest {

    private static final byte[] BYTES = "hello".getBytes(UTF_8);

    @RegisterExtension
    final TestFleetExtension fleets = TestFleetExtension.of(2);

    private static TestFleet used;

    @AfterAll
    static void extension_hasClosedTheFleet() {
        assertThatIllegalStateException()
                .isThrownBy(() -> used.fetcher(0).fetch(List.of()))
                .withMessage("the fetcher is closed");
        assertThat(used.store(1).isClosed()).isTrue();
    }

    @Test
    void upload_everyHostVerifiesItsReceipt(TestFleet fleet) throws Exception {
        used = fleet;
        UploadReceipt receipt = fleet.upload(0, "a.txt", BYTES);
        for (int host = 0; host < 2; host++) {
            assertThat(fleet.host(host).receipts().verify(fleet.token(receipt))).isEqualTo(receipt);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> fleet.host(2)).withMessageContaining("hosts 0 to 1");
    }

    @Test
    void upload_whatThePermitSays(TestFleet fleet) throws Exception {
        UploadPermit permit = UploadPermit.of(
                        "ann", UploadLimits.builder().maxFileSize(5).build())
                .context("{\"order\":7}");
        UploadReceipt receipt = fleet.upload(0, permit, "a/b.png", "image/png", BYTES);
        assertThat(receipt.subject()).contains("ann");
        assertThat(receipt.context()).contains("{\"order\":7}");
        assertThat(receipt.type()).isEqualTo("image/png");
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> fleet.host(1).receipts().verify(fleet.token(receipt)));
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> fleet.upload(0, permit, "c.png", "image/png", new byte[6]))
                .returns(ProblemType.FILE_TOO_LARGE, e -> e.problem().type());
    }

    @Test
    void upload_storeFails_orHostIsStopped(TestFleet fleet) throws Exception {
        fleet.store(0).fail(InMemoryUploadStore.Step.WRITE, new StoreException.Full("No space left on device", null));
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> fleet.upload(0, "a.txt", BYTES))
                .returns(ProblemType.NO_SPACE, e -> e.problem().type());
        fleet.store(0)
                .fail(InMemoryUploadStore.Step.REQUIRE_WRITABLE, new StoreException.Unavailable("not mounted", null));
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> fleet.upload(0, "a.txt", BYTES))
                .returns(ProblemType.UNAVAILABLE, e -> e.problem().type());
        fleet.store(0).mend();
        fleet.stop(0);
        assertThatIllegalStateException().isThrownBy(() -> fleet.upload(0, "a.txt", BYTES));
        fleet.start(0);
        fleet.assertStored(fleet.upload(0, "a.txt", BYTES));
    }

    @Test
    void rotateKeys_oldReceiptsAreAccepted_untilTheirKeyIsRetired(TestFleet fleet) throws Exception {
        String old = fleet.token(fleet.upload(0, "a.txt", BYTES));
        fleet.rotateKeys();
        String current = fleet.token(fleet.upload(0, "b.txt", BYTES));
        assertThat(headerOf(current)).isNotEqualTo(headerOf(old));
        var unused = fleet.host(1).receipts().verifyAll(List.of(old, current));

        fleet.advance(KeyRing.DEFAULT_RETIREMENT.plusMinutes(2));
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> fleet.host(1).receipts().verify(old))
                .returns(ProblemType.RECEIPT_INVALID, e -> e.problem().type());
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> fleet.host(1).receipts().verify(current))
                .returns(ProblemType.RECEIPT_EXPIRED, e -> e.problem().type());
    }

    private static String headerOf(String token) {
        return token.substring(0, token.indexOf('.'));
    }

    @Test
    void fetch_afterARotation_streamedOrNot(TestFleet fleet) throws Exception {
        UploadReceipt large = fleet.upload(0, "large.bin", new byte[3 << 20]);
        UploadReceipt empty = fleet.upload(0, "empty.bin", new byte[0]);
        fleet.rotateKeys();
        try (FetchedUploads files = fleet.fetcher(1).fetch(List.of(large, empty))) {
            assertThat(files).noneMatch(file -> file.isLocal());
            files.discard();
        }
        fleet.assertDiscarded(large);
        UploadReceipt other = fleet.upload(1, "other.bin", new byte[9]);
        try (FetchedUploads files = fleet.fetcher(0).stream(List.of(other))) {
            for (FetchedUpload file : files) {
                assertThat(file.receipt()).isEqualTo(other);
            }
        }
    }

    @Test
    void probe_everyHostIsHealthy(TestFleet fleet) throws Exception {
        fleet.fetcher(0).probe();
        assertThat(fleet.store(0).published()).isEmpty();
    }

    @Test
    void create_withSettings_ofEachHost() throws Exception {
        try (TestFleet fleet =
                TestFleet.create(2, host -> host.encryptReceipts(true).timeToLive(Duration.ofMinutes(5)))) {
            UploadReceipt receipt = fleet.upload(0, "a.txt", BYTES);
            assertThat(receipt.expiresAt()).isEqualTo(fleet.clock().instant().plusSeconds(300));
            assertThat(fleet.host(1).receipts().verify(fleet.token(receipt))).isEqualTo(receipt);
        }
    }

    @Test
    void assertions_failWithTheNameOfTheFile(TestFleet fleet) throws Exception {
        UploadReceipt receipt = fleet.upload(0, "a.txt", BYTES);
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> fleet.assertDiscarded(receipt))
                .withMessageContaining("a.txt (" + receipt.id() + ") was discarded");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fleet.assertStored(Receipts.of("a.txt", BYTES)))
                .withMessageContaining("no host of this fleet");
    }

    @Test
    void receipts_ofNameAndBytes() {
        UploadReceipt receipt = Receipts.of("a.txt", BYTES);
        assertThat(receipt.name()).isEqualTo("a.txt");
        assertThat(receipt.size()).isEqualTo(5);
        assertThat(receipt.digest().toString()).isEqualTo("sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:");
    }
}
