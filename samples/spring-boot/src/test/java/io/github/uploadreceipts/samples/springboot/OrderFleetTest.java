package io.github.uploadreceipts.samples.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.samples.springboot.OrderApplication.Print;
import io.github.uploadreceipts.testing.TestFleet;
import io.github.uploadreceipts.testing.TestFleetExtension;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ui.ExtendedModelMap;
import org.springframework.ui.Model;

/** The controller in plain JUnit, without Spring: two hosts hold the photos, and a third one takes the order. */
@ExtendWith(TestFleetExtension.class)
class OrderFleetTest {

    private static final String TYPE = "data:application/octet-stream;base64,";

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
        shop.order(List.of(dusk, dawn), "matt", page);
        assertThat(page.getAttribute("prints"))
                .isEqualTo(List.of(
                        new Print("dusk.png", "host1.test:8080", TYPE + "BAUG"),
                        new Print("dawn.png", "host0.test:8080", TYPE + "AQID")));
        fleet.assertDiscarded(dawn);
        fleet.assertDiscarded(dusk);
    }

    @Test
    void order_aHostIsDown_isRefused_andThePhotosStay(TestFleet fleet) {
        fleet.stop(1);
        assertThatThrownBy(() -> shop.order(List.of(dusk, dawn), "matt", page)).isInstanceOf(FetchException.class);
        fleet.assertStored(dawn);
    }
}
