package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "stored", "/stored", "stored/", "//", "/a//b/", "/../", "/a b/", "/a%2f/"})
    void delivery_prefix(String prefix) {
        assertThatIllegalArgumentException().isThrownBy(() -> Delivery.xAccelRedirect(prefix));
        assertThat(Delivery.xAccelRedirect("/a/b_c-1/").prefix()).isEqualTo("/a/b_c-1/");
        assertThatIllegalArgumentException().isThrownBy(() -> new Delivery(Delivery.Method.DIRECT, "/a/"));
    }
}
