package io.github.uploadreceipts.fetch.internal.handover;

import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.peer.MachineAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves the names of receivers, and checks the addresses. Connections go to exactly the addresses that were checked.
 *
 * <p>The operator has listed the receivers, so they may be anywhere, in the LAN or outside. But names are in the hands of
 * others: no name leads to a metadata service of a cloud, or to services that only this machine reaches. The latter
 * are reached under a name that can mean nothing else, or in development mode.
 */
final class ReceiverResolver implements DnsResolver {

    /** Link-local addresses; metadata services elsewhere; multicast, what is no address, and loopback within IPv6. */
    private static final AddressRanges NEVER = AddressRanges.of(
            "0.0.0.0/8",
            "169.254.0.0/16",
            "127.0.0.0/8",
            "100.100.100.200/32",
            "168.63.129.16/32",
            "192.0.0.192/32",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "fe80::/10",
            "fd00:ec2::/32",
            "fd20:ce::254/128",
            "fd00:c1::a9fe:a9fe/128",
            "ff00::/8");

    private static final AddressRanges NAT64 = AddressRanges.of("64:ff9b::/96", "64:ff9b:1::/96");
    private static final AddressRanges SIX_TO_FOUR = AddressRanges.of("2002::/16");

    private final DnsResolver names;
    private final String ownHost;
    private final boolean loopback;

    /**
     * @param ownHost the host in this host's internal URL
     * @param loopback whether every name may lead to a loopback address
     */
    ReceiverResolver(DnsResolver names, String ownHost, boolean loopback) {
        this.names = names;
        this.ownHost = ownHost;
        this.loopback = loopback;
    }

    @Override
    public InetAddress[] resolve(String name) throws UnknownHostException {
        InetAddress[] addresses = names.resolve(name);
        if (addresses == null || addresses.length == 0) {
            throw new UnknownHostException(name);
        }
        boolean local = loopback || isLocal(name);
        InetAddress[] permitted = Arrays.stream(addresses)
                .filter(address -> AddressRanges.loopback().contains(address) ? local : isPossible(address))
                .toArray(InetAddress[]::new);
        if (permitted.length == 0) {
            throw new UnknownHostException(
                    "the receiver's name leads to " + addresses[0].getHostAddress() + ", to which no webhook is sent");
        }
        return permitted;
    }

    private static boolean isPossible(InetAddress address) {
        return !NEVER.contains(address) && !NEVER.contains(destination(address));
    }

    /** Returns where a gateway sends what comes for an address: to the IPv4 address in it, if there is one. */
    private static InetAddress destination(InetAddress address) {
        int offset = NAT64.contains(address) ? 12 : 2;
        if (offset == 2 && !SIX_TO_FOUR.contains(address)) {
            return address;
        }
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(address.getAddress(), offset, offset + 4));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // four bytes are an address
        }
    }

    /** Returns whether a name means this machine, whatever the name service says. */
    private boolean isLocal(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("localhost")
                || lower.matches("127(\\.[0-9]{1,3}){3}")
                || lower.equals("[::1]")
                || lower.equals(ownHost.toLowerCase(Locale.ROOT))
                || MachineAddresses.isFullName(lower);
    }

    @Override
    public String resolveCanonicalHostname(String name) throws UnknownHostException {
        return names.resolveCanonicalHostname(name);
    }
}
