package io.github.uploadreceipts.internal.engine;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** What counts as one client address: an IPv4 address, or the /64 of an IPv6 address, all of which one client has. */
public final class ClientNetwork {

    private static final int PREFIX_BYTES = 8;

    private ClientNetwork() {}

    /** Returns the network of an address, as a container gives it. What is no address stays as it is. */
    public static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        String literal = address.replaceAll("[\\[\\]]|%.*", "");
        try {
            InetAddress parsed = InetAddress.getByName('[' + literal + ']'); // what is in brackets is never looked up
            byte[] bytes = parsed.getAddress();
            if (bytes.length <= PREFIX_BYTES) { // IPv4, written as IPv6
                return parsed.getHostAddress();
            }
            Arrays.fill(bytes, PREFIX_BYTES, bytes.length, (byte) 0);
            return InetAddress.getByAddress(bytes).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
