package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.internal.peer.MachineAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names, and checks that the addresses are allowed. Address literals are checked here too. Connections go to
 * exactly the addresses that were checked, so a name cannot resolve differently between the check and the connection.
 */
public final class CheckedResolver implements DnsResolver {

    private final AllowedPeers allowed;
    private final DnsResolver names;
    private final Supplier<List<InetAddress>> machine;

    /** Resolves names with {@code names}, and checks the addresses. */
    public CheckedResolver(AllowedPeers allowed, DnsResolver names) {
        this(allowed, names, MachineAddresses::reachable);
    }

    /** @param machine the addresses at which other machines reach this one */
    CheckedResolver(AllowedPeers allowed, DnsResolver names, Supplier<List<InetAddress>> machine) {
        this.allowed = allowed;
        this.names = names;
        this.machine = machine;
    }

    /**
     * Returns the allowed addresses of a name or an address literal.
     *
     * @throws UnknownHostException if the name does not resolve, or none of its addresses is allowed
     */
    @Override
    public InetAddress[] resolve(String name) throws UnknownHostException {
        InetAddress[] addresses = names.resolve(name);
        if (addresses == null || addresses.length == 0) {
            throw new UnknownHostException(name);
        }
        InetAddress[] permitted = Stream.concat(elsewhere(name, addresses), Arrays.stream(addresses))
                .filter(address -> allowed.allows(name, address))
                .toArray(InetAddress[]::new);
        if (permitted.length == 0) {
            throw new RefusedAddressException(addresses[0]);
        }
        return permitted;
    }

    /**
     * Returns the addresses that peers see behind this host's own name, if the machine itself sees only loopback there.
     * The front server may listen at nothing else.
     */
    private Stream<InetAddress> elsewhere(String name, InetAddress[] addresses) {
        boolean onlyHere = allowed.isOwnName(name) && Arrays.stream(addresses).allMatch(MachineAddresses::isOnlyHere);
        return onlyHere ? machine.get().stream() : Stream.empty();
    }

    @Override
    public String resolveCanonicalHostname(String name) throws UnknownHostException {
        return names.resolveCanonicalHostname(name);
    }
}
