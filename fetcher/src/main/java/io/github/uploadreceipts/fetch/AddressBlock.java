package io.github.uploadreceipts.fetch;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A block of IP addresses, written as CIDR: {@code 10.0.0.0/8}, {@code fc00::/7}. An IPv4-mapped address counts as its IPv4
 * address; other IPv6 forms with an IPv4 address inside (NAT64, 6to4, IPv4-compatible) count as the IPv6 addresses they are.
 */
final class AddressBlock {

    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");
    private static final int MAPPED_PREFIX = 12;

    private final byte[] network;
    private final int bits;

    private AddressBlock(byte[] network, int bits) {
        this.network = network;
        this.bits = bits;
    }

    /**
     * Returns the block written as {@code cidr}.
     *
     * @throws IllegalArgumentException if it is not an address literal, a slash and a number of bits
     */
    static AddressBlock parse(String cidr) {
        int slash = cidr.indexOf('/');
        String address = slash < 0 ? "" : cidr.substring(0, slash);
        String bits = cidr.substring(slash + 1);
        if (bits.matches("\\d{1,3}")
                && (IPV4.matcher(address).matches() || IPV6.matcher(address).matches())) {
            byte[] network = bytes(literal(address, cidr));
            if (Integer.parseInt(bits) <= network.length * Byte.SIZE) {
                return new AddressBlock(network, Integer.parseInt(bits));
            }
        }
        throw malformed(cidr);
    }

    private static InetAddress literal(String address, String cidr) {
        try {
            return InetAddress.getByName(address); // a literal: nothing is looked up
        } catch (UnknownHostException e) {
            throw malformed(cidr);
        }
    }

    private static IllegalArgumentException malformed(String cidr) {
        return new IllegalArgumentException(
                "'" + cidr + "' is not a block of addresses such as 10.0.0.0/8 or fc00::/7");
    }

    boolean contains(InetAddress address) {
        byte[] bytes = bytes(address);
        if (bytes.length != network.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if (((bytes[bit / Byte.SIZE] ^ network[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] bytes(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address && isMapped(bytes)
                ? Arrays.copyOfRange(bytes, MAPPED_PREFIX, bytes.length)
                : bytes;
    }

    private static boolean isMapped(byte[] bytes) {
        for (int i = 0; i < MAPPED_PREFIX; i++) {
            if (bytes[i] != (i < MAPPED_PREFIX - 2 ? 0 : (byte) 0xFF)) {
                return false;
            }
        }
        return true;
    }
}
