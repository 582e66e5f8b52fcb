package io.github.uploadreceipts.peer;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A list of CIDR blocks. Java's own tests of addresses know neither {@code fd00::/8} nor {@code 100.64.0.0/10}, and take
 * translated and mapped forms for public ones.
 */
public final class AddressRanges {

    private static final AddressRanges LOOPBACK = of("127.0.0.0/8", "::1/128");
    private static final AddressRanges PRIVATE =
            of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");

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

    /** Returns the addresses of this machine to itself. */
    public static AddressRanges loopback() {
        return LOOPBACK;
    }

    /** Returns the addresses of private networks (RFC 1918, RFC 4193) and of carriers' shared space (RFC 6598). */
    public static AddressRanges privateNetworks() {
        return PRIVATE;
    }

    /**
     * Returns the blocks written as {@code address/bits}.
     *
     * @throws IllegalArgumentException if one is anything else, or names a host
     */
    public static AddressRanges of(String... cidrs) {
        return new AddressRanges(Arrays.stream(cidrs).map(AddressRanges::parse).toList());
    }

    private static Block parse(String cidr) {
        int slash = cidr.indexOf('/');
        String address = slash < 0 ? cidr : cidr.substring(0, slash);
        if (!address.matches("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*")) {
            throw new IllegalArgumentException("'" + cidr + "' is no CIDR block such as 10.0.0.0/8 or fd00::/8");
        }
        try {
            byte[] prefix = InetAddress.getByName(address).getAddress();
            int bits = slash < 0 ? prefix.length * 8 : Integer.parseInt(cidr.substring(slash + 1));
            if (bits < 0 || bits > prefix.length * 8) {
                throw new IllegalArgumentException("'" + cidr + "' has no such prefix length");
            }
            return new Block(prefix, bits);
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + cidr + "' is no CIDR block", e);
        }
    }

    /** Returns the blocks of both. */
    public AddressRanges and(AddressRanges other) {
        return new AddressRanges(
                Stream.concat(blocks.stream(), other.blocks.stream()).toList());
    }

    /**
     * Returns whether {@code address} lies in a block. An IPv4-mapped address is judged as the IPv4 address that it is; any
     * other embedding (NAT64, 6to4, IPv4-compatible) as the IPv6 address that it is.
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
