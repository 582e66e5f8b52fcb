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

    /** Link-local addresses, also within IPv6 ones; metadata services elsewhere; multicast, and what is no address. */
    private static final AddressRanges NEVER = AddressRanges.of(
            "0.0.0.0/8",
            "169.254.0.0/16",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "fe80::/10",
            "fd00:ec2::/32",
            "ff00::/8",
            "64:ff9b::a9fe:0/112",
            "64:ff9b::7f00:0/104",
            "2002:a9fe::/32",
            "2002:7f00::/24");

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
                .filter(address -> AddressRanges.loopback().contains(address) ? local : !NEVER.contains(address))
                .toArray(InetAddress[]::new);
        if (permitted.length == 0) {
            throw new UnknownHostException(
                    "the receiver's name leads to " + addresses[0].getHostAddress() + ", to which no webhook is sent");
        }
        return permitted;
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
