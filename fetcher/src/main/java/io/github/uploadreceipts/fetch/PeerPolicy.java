package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.fetch.internal.connect.AllowedPeers;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.internal.peer.PeerRules;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which hosts the fetcher may connect to. The locations in a receipt are signed, but that alone does not make them
 * safe: neither a stolen key nor an operator's typing error may make this host send requests into other networks.
 *
 * <p>Addresses are checked after a name is resolved. Of a name with several addresses, only the allowed ones are used, and
 * the connection goes to exactly the address that was checked. Loopback addresses are allowed in development mode, and for this host's own
 * name.
 *
 * <pre>{@code
 * PeerPolicy.privateNetwork().ports(8080, 8443).hosts("*.photos.lan")
 * }</pre>
 *
 * <p>Immutable. The methods that change something return a changed copy.
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

    /** Returns the policy of a host: what its settings say, else {@link #privateNetwork}. */
    static PeerPolicy of(PeerRules rules) {
        return new PeerPolicy(rules.addresses().orElse(AddressRanges.privateNetworks()), rules.ports(), List.of());
    }

    /**
     * Returns the default: private addresses ({@code 10.0.0.0/8}, {@code 172.16.0.0/12}, {@code 192.168.0.0/16}, {@code
     * 100.64.0.0/10}, {@code fc00::/7}) and the ports of this host's own internal URLs, former ones too. Link-local addresses are not
     * allowed, because clouds have their metadata services there. Of the IPv6 forms of an IPv4 address, only the
     * IPv4-mapped one is allowed.
     */
    public static PeerPolicy privateNetwork() {
        return new PeerPolicy(AddressRanges.privateNetworks(), Set.of(), List.of());
    }

    /**
     * Sets the allowed ports, in place of the port of this host's own internal URL. This host itself is always allowed.
     */
    public PeerPolicy ports(int... values) {
        return new PeerPolicy(addresses, Arrays.stream(values).boxed().collect(Collectors.toUnmodifiableSet()), hosts);
    }

    /**
     * Allows more addresses.
     *
     * @throws IllegalArgumentException if one of them is not a CIDR block such as {@code 203.0.113.0/24}
     */
    public PeerPolicy allow(String... cidrs) {
        return new PeerPolicy(addresses.and(AddressRanges.of(cidrs)), ports, hosts);
    }

    /**
     * Restricts the host names (or address literals) to these patterns, which ignore case. A leading {@code *.} stands
     * for one or more labels. Without patterns all names are allowed, and only the addresses are checked.
     *
     * @throws IllegalArgumentException if a pattern is malformed
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

    /**
     * Allows every address, even on the internet. Use it only with {@link #hosts}, and never where users can name
     * hosts.
     */
    public PeerPolicy allowAnyAddress() {
        return new PeerPolicy(AddressRanges.all(), ports, hosts);
    }

    /**
     * Applies this policy to a host.
     *
     * @param own the host
     * @param developmentMode whether loopback addresses are allowed for every name
     */
    AllowedPeers allowedPeers(OwnUrls own, boolean developmentMode) {
        return new AllowedPeers(addresses, ports, hosts, own, developmentMode);
    }
}
