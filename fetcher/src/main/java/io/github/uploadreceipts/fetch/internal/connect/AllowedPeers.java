package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.store.Location;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.apache.hc.core5.http.HttpHost;

/**
 * Which peers this host may connect to: the application's {@link io.github.uploadreceipts.fetch.PeerPolicy}, applied to
 * this host. Name and port are checked first; the addresses are checked once the name is resolved.
 *
 * <p>Immutable.
 */
public final class AllowedPeers {

    private final AddressRanges addresses;
    private final Set<Integer> ports;
    private final List<String> hosts;
    private final URI self;
    private final boolean loopback;

    /**
     * @param ports the allowed ports; if empty, the ports of this host's own internal URLs
     * @param hosts the allowed names in lower case, which may start with {@code *.}; if empty, all names are allowed
     * @param own this host, whose current name and port are always allowed
     * @param loopback whether loopback addresses are allowed for every name, not only for this host's own
     */
    public AllowedPeers(
            AddressRanges addresses, Set<Integer> ports, List<String> hosts, OwnUrls own, boolean loopback) {
        this.addresses = addresses;
        this.ports = ports.isEmpty() ? own.ports() : Set.copyOf(ports);
        this.hosts = List.copyOf(hosts);
        this.self = own.current();
        this.loopback = loopback;
    }

    /**
     * Returns the host and port of a peer.
     *
     * @param base the peer's internal URL, in its canonical form
     * @throws PeerException if the name or the port is not allowed
     */
    public HttpHost target(URI base) throws PeerException {
        String name = base.getHost();
        int port = Location.port(base);
        if (!base.equals(self)) {
            requireAllowed(name, port);
        }
        return new HttpHost(base.getScheme(), name, port);
    }

    private void requireAllowed(String name, int port) throws PeerException {
        if (!hosts.isEmpty() && hosts.stream().noneMatch(pattern -> matches(pattern, name))) {
            throw PeerException.notAllowed("the host name is not on the list; see PeerPolicy");
        }
        if (!ports.contains(port)) {
            throw PeerException.notAllowed("port " + port + " is not on the list; see peer-ports and PeerPolicy");
        }
    }

    private static boolean matches(String pattern, String name) {
        return pattern.startsWith("*.") ? name.endsWith(pattern.substring(1)) : name.equals(pattern);
    }

    /**
     * Returns whether a name is this host's own and must lead to an address that peers reach. In development mode
     * loopback is such an address.
     */
    boolean isOwnName(String name) {
        return !loopback && name.equals(self.getHost());
    }

    /** Returns whether a connection to {@code address}, which {@code name} resolved to, is allowed. */
    public boolean allows(String name, InetAddress address) {
        boolean loopbackAllowed = loopback || name.equals(self.getHost());
        return addresses.contains(address)
                || (loopbackAllowed && AddressRanges.loopback().contains(address));
    }
}
