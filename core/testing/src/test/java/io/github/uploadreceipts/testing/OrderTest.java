package io.github.uploadreceipts.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How an application tests what it does with uploads: in plain JUnit, without a socket. */
@ExtendWith(TestFleetExtension.class)
class OrderTest {

    /** The code under test: the README's ten lines. */
    static final class Orders {

        private final PeerFetcher fetcher;
        private final List<String> printed = new ArrayList<>();

        Orders(PeerFetcher fetcher) {
            this.fetcher = fetcher;
        }

        void place(String order, List<UploadReceipt> photos) throws IOException {
            try (FetchedUploads files = fetcher.fetch(photos, Claim.of(order))) {
                for (FetchedUpload file : files) {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    file.copyTo(bytes);
                    printed.add(file.receipt().name() + ": " + bytes.toString(UTF_8));
                }
                files.discard();
            }
        }
    }

    private Orders orders;
    private UploadReceipt dawn;
    private UploadReceipt noon;

    @BeforeEach
    void uploadToTwoHosts(TestFleet fleet) throws Exception {
        dawn = fleet.upload(0, "dawn.jpg", "red".getBytes(UTF_8));
        noon = fleet.upload(1, "noon.jpg", "white".getBytes(UTF_8));
        orders = new Orders(fleet.fetcher(2));
    }

    @Test
    void place_twoPhotosOfTwoHosts_inOrderAndDiscarded(TestFleet fleet) throws Exception {
        orders.place("order-7", List.of(noon, dawn));
        assertThat(orders.printed).containsExactly("noon.jpg: white", "dawn.jpg: red");
        fleet.assertDiscarded(dawn);
        fleet.assertDiscarded(noon);
    }

    @Test
    void place_hostIsStopped_unavailable_andNothingIsClaimed(TestFleet fleet) throws Exception {
        fleet.stop(1);
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> orders.place("order-7", List.of(dawn, noon)))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.UNAVAILABLE))
                .satisfies(e -> assertThat(e.failures())
                        .singleElement()
                        .returns(1, FetchException.Failure::index)
                        .returns(Kind.UNREACHABLE, FetchException.Failure::kind));
        assertThat(orders.printed).isEmpty();

        fleet.start(1);
        orders.place("order-8", List.of(dawn, noon)); // another claim: none was recorded
        assertThat(orders.printed).hasSize(2);
    }

    @Test
    void place_usedByAnotherOrder_conflict(TestFleet fleet) {
        assertThat(catchProblem(() -> fleet.fetcher(0)
                        .fetch(List.of(noon), Claim.of("order-6"))
                        .close()))
                .isNull();
        fleet.assertClaimed(noon, Claim.of("order-6"));
        assertThat(catchProblem(() -> orders.place("order-7", List.of(dawn, noon))))
                .isEqualTo(ProblemType.ALREADY_CLAIMED);
        fleet.assertStored(dawn);
    }

    @Test
    void place_afterTheUploadsExpired_refusedAndThenGone(TestFleet fleet) throws Exception {
        String token = fleet.token(dawn);
        assertThat(fleet.host(2).receipts().verify(token)).isEqualTo(dawn);
        fleet.advance(Duration.ofHours(26));
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> fleet.host(2).receipts().verify(token))
                .returns(ProblemType.RECEIPT_EXPIRED, e -> e.problem().type());
        assertThat(catchProblem(() -> orders.place("order-7", List.of(dawn)))).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    private interface Action {
        void run() throws IOException;
    }

    private static ProblemType catchProblem(Action action) {
        try {
            action.run();
            return null;
        } catch (FetchException e) {
            return e.problem().type();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
