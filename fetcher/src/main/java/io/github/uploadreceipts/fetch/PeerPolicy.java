package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import java.net.InetAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which hosts the fetcher connects to. A receipt's location is signed, and still not trusted blindly: whoever got hold of
 * the keys, or of an operator's typing hand, must not make this host ask around in other networks.
 *
 * <p>Addresses are checked after the name was resolved: all of a name's must be allowed, and the connection goes to the
 * very address that was checked. Loopback addresses are allowed in development mode, and for this host's own name.
 *
 * <pre>{@code
 * PeerPolicy.privateNetwork().ports(8080, 8443).hosts("*.photos.lan")
 * }</pre>
 *
 * <p>Immutable; the methods that set something return a changed copy.
 */
public final class PeerPolicy {

    private static final Pattern HOST_PATTERN = Pattern.compile("(\\*\\.)?[0-9a-z.:\\[\\]-]+");

    private final AddressRanges addresses;
    private final Set<Integer> ports;
    private final List<String> hosts;

    private PeerPolicy(AddressRanges addresses, Set<Integer> ports, List<String> hosts) {
        this.addresses = addresses;
        this.ports = ports;
        this.hosts = hosts;
    }

    /**
     * Returns the default: private addresses ({@code 10.0.0.0/8}, {@code 172.16.0.0/12}, {@code 192.168.0.0/16},
     * {@code 100.64.0.0/10}, {@code fc00::/7}) and the port of this host's own location. Link-local addresses, where
     * clouds keep their metadata services, are not among them, nor is any IPv6 form of an IPv4 address but the mapped one.
     */
    public static PeerPolicy privateNetwork() {
        return new PeerPolicy(AddressRanges.privateNetworks(), Set.of(), List.of());
    }

    /** Sets the ports, in place of that of this host's own location, which is always allowed for this host itself. */
    public PeerPolicy ports(int... values) {
        return new PeerPolicy(addresses, Arrays.stream(values).boxed().collect(Collectors.toUnmodifiableSet()), hosts);
    }

    /**
     * Allows more addresses.
     *
     * @throws IllegalArgumentException if one is not a block such as {@code 203.0.113.0/24}
     */
    public PeerPolicy allow(String... cidrs) {
        return new PeerPolicy(addresses.and(AddressRanges.of(cidrs)), ports, hosts);
    }

    /**
     * Restricts the host names (or bracketed or dotted literals) to these, in any case; {@code *.} stands for one or more
     * labels in front. Without any, all names are allowed, and only the addresses count.
     *
     * @throws IllegalArgumentException if one is malformed
     */
    public PeerPolicy hosts(String... patterns) {
        List<String> lower =
                Arrays.stream(patterns).map(p -> p.toLowerCase(Locale.ROOT)).toList();
        for (String pattern : lower) {
            if (!HOST_PATTERN.matcher(pattern).matches()) {
                throw new IllegalArgumentException("'" + pattern + "' is not a host name or *.domain");
            }
        }
        return new PeerPolicy(addresses, ports, lower);
    }

    /** Allows every address, the internet's too. Only with {@link #hosts}, and never where users can name hosts. */
    public PeerPolicy allowAnyAddress() {
        return new PeerPolicy(AddressRanges.all(), ports, hosts);
    }

    /**
     * Checks the name and the port; the addresses are checked when they are known, by {@link #allows}.
     *
     * @param base of a peer, in its canonical form
     */
    void requireAllowed(URI base, UploadHost host) throws PeerException {
        if (base.equals(host.base())) {
            return;
        }
        String name = base.getHost();
        if (!hosts.isEmpty() && hosts.stream().noneMatch(pattern -> matches(pattern, name))) {
            throw PeerException.notAllowed("the host name is not on the list");
        }
        Set<Integer> allowed = ports.isEmpty() ? Set.of(port(host.base())) : ports;
        if (!allowed.contains(port(base))) {
            throw PeerException.notAllowed("port " + port(base) + " is not on the list");
        }
    }

    private static boolean matches(String pattern, String name) {
        return pattern.startsWith("*.") ? name.endsWith(pattern.substring(1)) : name.equals(pattern);
    }

    /** Returns the port to connect to. */
    static int port(URI base) {
        if (base.getPort() >= 0) {
            return base.getPort();
        }
        return base.getScheme().equals("https") ? 443 : 80;
    }

    /** Returns whether a connection to {@code address}, which {@code name} resolved to, is allowed. */
    boolean allows(String name, InetAddress address, UploadHost host) {
        boolean loopback = host.isDevelopmentMode() || name.equals(host.base().getHost());
        return addresses.contains(address)
                || (loopback && AddressRanges.loopback().contains(address));
    }
}
