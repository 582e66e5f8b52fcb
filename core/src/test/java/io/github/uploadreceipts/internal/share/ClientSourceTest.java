package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientSourceTest {

    @ParameterizedTest
    @CsvSource({
        "198.51.100.7,198.51.100.7",
        "::ffff:198.51.100.7,198.51.100.7",
        "2001:db8::1,2001:db8:0:0:0:0:0:0/64",
        "[2001:db8::1],2001:db8:0:0:0:0:0:0/64",
        "unknown,unknown"
    })
    void of_addressOfOneClient(String address, String network) {
        assertThat(ClientSource.of(address)).contains(network);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::9%eth0"})
    void of_addressThatAFrontServerMayHave(String address) {
        assertThat(ClientSource.of(address)).isEmpty();
    }

    /** A look-up takes seconds, under a lock, and tells a name server who asks. */
    @Test
    @Timeout(60)
    void of_noAddress_notLookedUp() {
        long start = System.nanoTime();
        for (String no : new String[] {
            "192.0.2.1.5", "1.2", "999.1.1.1", "host.invalid", "", ".", "1.2.3.4.", "::x", ".:1", "..:"
        }) {
            assertThat(ClientSource.of(no)).contains(no);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    @ParameterizedTest
    @ValueSource(strings = {".:1", "..:", ".1::", "abc", "1.2", "1.2.3.4.5"})
    void address_whatTheJdkWouldLookUp_isNone(String text) {
        assertThat(ClientSource.ADDRESS.matcher(text).matches()).isFalse();
        assertThat(ClientSource.of(text)).contains(text);
    }
}
