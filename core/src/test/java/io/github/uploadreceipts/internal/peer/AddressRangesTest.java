package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The first and the last address of every block, and the addresses next to them. */
class AddressRangesTest {

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }

    /**
     * The JDK turns {@code ::ffff:a.b.c.d} into an IPv4 address. Other JVMs and containers may keep the IPv6 form, as
     * this class does.
     */
    private static final class Mapped {

        static boolean isIn(AddressRanges ranges, int... ipv4) throws UnknownHostException {
            byte[] bytes = new byte[16];
            bytes[10] = -1;
            bytes[11] = -1;
            for (int i = 0; i < ipv4.length; i++) {
                bytes[12 + i] = (byte) ipv4[i];
            }
            return ranges.contains(java.net.Inet6Address.getByAddress("", bytes, 0));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "9.255.255.255, 10.0.0.0, 10.255.255.255, 11.0.0.0",
        "172.15.255.255, 172.16.0.0, 172.31.255.255, 172.32.0.0",
        "192.167.255.255, 192.168.0.0, 192.168.255.255, 192.169.0.0",
        "100.63.255.255, 100.64.0.0, 100.127.255.255, 100.128.0.0",
        "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, fc00::, fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, fe00::"
    })
    void privateNetworks_edges(String before, String first, String last, String after) throws UnknownHostException {
        AddressRanges ranges = AddressRanges.privateNetworks();
        assertThat(ranges.contains(address(before))).isFalse();
        assertThat(ranges.contains(address(first))).isTrue();
        assertThat(ranges.contains(address(last))).isTrue();
        assertThat(ranges.contains(address(after))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "169.254.169.254",
                "127.0.0.1",
                "::1",
                "0.0.0.0",
                "::",
                "fe80::1",
                "64:ff9b::a00:1",
                "2002:a00:1::",
                "::10.0.0.1",
                "a00::"
            })
    void privateNetworks_noneOfThese(String literal) throws UnknownHostException {
        assertThat(AddressRanges.privateNetworks().contains(address(literal))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "126.255.255.255, false",
        "127.0.0.0, true",
        "127.255.255.255, true",
        "128.0.0.0, false",
        "::, false",
        "::1, true",
        "::2, false",
        "::7f00:1, false",
        "10.0.0.1, false"
    })
    void loopback_edges(String literal, boolean contained) throws UnknownHostException {
        assertThat(AddressRanges.loopback().contains(address(literal))).isEqualTo(contained);
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3/32, 10.1.2.3, 10.1.2.2",
        "10.1.2.128/25, 10.1.2.255, 10.1.2.127",
        "10.1.2.0/31, 10.1.2.1, 10.1.2.2",
        "128.0.0.0/1, 255.0.0.0, 127.255.255.255",
        "2001:db8::/33, 2001:db8:7fff::, 2001:db8:8000::",
        "2001:db8::1/128, 2001:db8::1, 2001:db8::"
    })
    void of_anyLength(String cidr, String inside, String outside) throws UnknownHostException {
        AddressRanges ranges = AddressRanges.of(cidr);
        assertThat(ranges.contains(address(inside))).isTrue();
        assertThat(ranges.contains(address(outside))).isFalse();
    }

    @Test
    void contains_mappedAddress_isTheIpv4AddressThatItIs() throws UnknownHostException {
        assertThat(Mapped.isIn(AddressRanges.privateNetworks(), 10, 0, 0, 1)).isTrue();
        assertThat(Mapped.isIn(AddressRanges.privateNetworks(), 8, 8, 8, 8)).isFalse();
        assertThat(Mapped.isIn(AddressRanges.of("::/0"), 10, 0, 0, 1)).isFalse();
        byte[] almost = new byte[16];
        almost[11] = -1;
        almost[12] = 10;
        assertThat(AddressRanges.privateNetworks().contains(InetAddress.getByAddress(almost)))
                .isFalse();
        almost[10] = -1;
        almost[0] = 1;
        assertThat(AddressRanges.privateNetworks().contains(InetAddress.getByAddress(almost)))
                .isFalse();
        almost[0] = 0;
        almost[11] = 0;
        assertThat(AddressRanges.privateNetworks().contains(InetAddress.getByAddress(almost)))
                .isFalse();
    }

    @Test
    void all_andBoth() throws UnknownHostException {
        assertThat(AddressRanges.all().contains(address("8.8.8.8"))).isTrue();
        assertThat(AddressRanges.all().contains(address("2001:db8::1"))).isTrue();
        AddressRanges both = AddressRanges.of("10.1.0.0/16").and(AddressRanges.of("fd00::/8"));
        assertThat(both.contains(address("10.1.9.9"))).isTrue();
        assertThat(both.contains(address("fd00::9"))).isTrue();
        assertThat(both.contains(address("10.2.0.0"))).isFalse();
        assertThat(AddressRanges.of().contains(address("10.1.9.9"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/8",
                "10.0.0.0",
                "10.0.0.0/",
                "10.0.0.0/33",
                "fc00::/129",
                "10.0.0.0/-1",
                "10.0.0.0/8/8",
                "10.0.0.0/ 8",
                "10.0.0/8",
                "10.0.0.256/8",
                "010.0.0.0/8",
                "127.1/8",
                "localhost/8",
                "app1.lan/32",
                "fc00:/7",
                "fe80::1%eth0/64",
                "[fc00::]/7"
            })
    void of_anythingElse(String cidr) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AddressRanges.of("10.0.0.0/8", cidr))
                .withMessage("'" + cidr + "' is not a block of addresses such as 10.0.0.0/8 or fc00::/7");
    }
}
