package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientNetworkTest {

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:0:0:0:0/64",
        "2001:db8:1:2:ffff::1, 2001:db8:1:2:0:0:0:0/64",
        "[2001:db8:1:3::1], 2001:db8:1:3:0:0:0:0/64",
        "fe80::1%eth0, fe80:0:0:0:0:0:0:0/64",
        "::ffff:192.0.2.1, 192.0.2.1",
        "unknown:1, unknown:1",
        "client.example, client.example"
    })
    void of_ipv4ByAddress_ipv6ByIts64(String address, String network) {
        assertThat(ClientNetwork.of(address)).isEqualTo(network);
    }

    /** A look-up takes seconds, and tells a name server who asks. The JDK looks up what does not begin as an address. */
    @ParameterizedTest
    @ValueSource(strings = {".:1", "x:1", "1.2.3.4:80", "zz::1", "1.2:"})
    @Timeout(8)
    void of_noAddress_notLookedUp(String text) {
        assertThat(ClientNetwork.of(text)).isEqualTo(text);
    }
}
