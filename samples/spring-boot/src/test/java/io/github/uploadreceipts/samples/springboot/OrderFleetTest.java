package io.github.uploadreceipts.samples.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.samples.springboot.OrderApplication.Print;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.testing.TestFleet;
import io.github.uploadreceipts.testing.TestFleetExtension;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ui.ExtendedModelMap;
import org.springframework.ui.Model;

/** The controller in plain JUnit, without Spring: two hosts hold the photos, and a third one takes the order. */
@ExtendWith(TestFleetExtension.class)
class OrderFleetTest {

    private static final String TYPE = "data:application/octet-stream;base64,";
    private static final UUID NUMBER = UUID.randomUUID();

    private final Model page = new ExtendedModelMap();
    private UploadReceipt dawn;
    private UploadReceipt dusk;
    private OrderApplication shop;

    @BeforeEach
    void upload(TestFleet fleet) throws Exception {
        dawn = fleet.upload(0, "dawn.png", new byte[] {1, 2, 3});
        dusk = fleet.upload(1, "dusk.png", new byte[] {4, 5, 6});
        shop = new OrderApplication(fleet.fetcher(2));
    }

    @Test
    void order_photosOfTwoHosts_inTheirOrderAndDiscarded(TestFleet fleet) throws Exception {
        shop.order(List.of(dusk, dawn), NUMBER, "matt", page);
        assertThat(page.getAttribute("prints"))
                .isEqualTo(List.of(
                        new Print("dusk.png", "host1.test:8080", TYPE + "BAUG"),
                        new Print("dawn.png", "host0.test:8080", TYPE + "AQID")));
        fleet.assertClaimed(dawn, Claim.of(NUMBER.toString()));
        fleet.assertClaimed(dusk, Claim.of(NUMBER.toString()));
    }

    @Test
    void order_aHostIsDown_isRefused_andThePhotosStay(TestFleet fleet) {
        fleet.stop(1);
        assertThatThrownBy(() -> shop.order(List.of(dusk, dawn), NUMBER, "matt", page))
                .isInstanceOf(FetchException.class);
        fleet.assertStored(dawn);
    }

    @Test
    void order_sentAgain_afterAHostWasDown_isTheSame(TestFleet fleet) throws Exception {
        fleet.stop(1);
        assertThatThrownBy(() -> shop.order(List.of(dusk, dawn), NUMBER, "matt", page))
                .isInstanceOf(FetchException.class);
        fleet.start(1);
        shop.order(List.of(dusk, dawn), NUMBER, "matt", page);
        Object first = page.getAttribute("prints");
        shop.order(List.of(dusk, dawn), NUMBER, "matt", page);
        assertThat(page.getAttribute("prints")).isEqualTo(first);
    }
}
