package io.github.uploadreceipts.internal.peer;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A list of CIDR blocks. The tests of {@link InetAddress} do not know {@code fd00::/8} and {@code 100.64.0.0/10}, and
 * take mapped and translated forms of private addresses for public addresses.
 */
public final class AddressRanges {

    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");

    private static final AddressRanges LOOPBACK = of("127.0.0.0/8", "::1/128");
    private static final AddressRanges PRIVATE =
            of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");

    private static final AddressRanges ALL = of("0.0.0.0/0", "::/0");

    private final List<Block> blocks;

    private static final class Block {

        private final byte[] prefix;
        private final int bits;

        Block(byte[] prefix, int bits) {
            this.prefix = prefix;
            this.bits = bits;
        }

        boolean contains(byte[] address) {
            if (address.length != prefix.length) {
                return false;
            }
            int whole = bits / 8;
            int rest = bits % 8;
            return Arrays.equals(address, 0, whole, prefix, 0, whole)
                    && (rest == 0 || ((address[whole] ^ prefix[whole]) & 0xFF) >> (8 - rest) == 0);
        }
    }

    private AddressRanges(List<Block> blocks) {
        this.blocks = blocks;
    }

    /** Returns the loopback addresses. */
    public static AddressRanges loopback() {
        return LOOPBACK;
    }

    /** Returns the addresses of private networks (RFC 1918, RFC 4193) and of carriers' shared space (RFC 6598). */
    public static AddressRanges privateNetworks() {
        return PRIVATE;
    }

    /**
     * Returns the blocks that are written as {@code address/bits}.
     *
     * @throws IllegalArgumentException if one is written in another way, such as with a host name
     */
    public static AddressRanges of(String... cidrs) {
        return new AddressRanges(Arrays.stream(cidrs).map(AddressRanges::parse).toList());
    }

    private static Block parse(String cidr) {
        int slash = cidr.indexOf('/');
        String address = cidr.substring(0, Math.max(slash, 0));
        String bits = cidr.substring(slash + 1);
        if (bits.matches("\\d{1,3}")
                && (IPV4.matcher(address).matches() || IPV6.matcher(address).matches())) {
            byte[] prefix = literal(address, cidr);
            if (Integer.parseInt(bits) <= prefix.length * Byte.SIZE) {
                return new Block(prefix, Integer.parseInt(bits));
            }
        }
        throw malformed(cidr);
    }

    private static byte[] literal(String address, String cidr) {
        try {
            return InetAddress.getByName(address).getAddress(); // address is a literal, so nothing is looked up
        } catch (UnknownHostException e) {
            throw malformed(cidr);
        }
    }

    private static IllegalArgumentException malformed(String cidr) {
        return new IllegalArgumentException(
                "'" + cidr + "' is not a block of addresses such as 10.0.0.0/8 or fc00::/7");
    }

    /** Returns every address. */
    public static AddressRanges all() {
        return ALL;
    }

    /** Returns the blocks of both lists. */
    public AddressRanges and(AddressRanges other) {
        return new AddressRanges(
                Stream.concat(blocks.stream(), other.blocks.stream()).toList());
    }

    /**
     * Returns whether {@code address} is in one of the blocks. An IPv4-mapped address counts as the IPv4 address in it.
     * An address that embeds IPv4 in another way (NAT64, 6to4, IPv4-compatible) counts as the IPv6 address that it is.
     */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        byte[] plain = isMapped(bytes) ? Arrays.copyOfRange(bytes, 12, 16) : bytes;
        return blocks.stream().anyMatch(block -> block.contains(plain));
    }

    private static boolean isMapped(byte[] bytes) {
        return bytes.length == 16
                && Arrays.equals(bytes, 0, 10, new byte[10], 0, 10)
                && bytes[10] == -1
                && bytes[11] == -1;
    }
}
