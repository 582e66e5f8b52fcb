package io.github.uploadreceipts.fetch.internal.connect;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names, and checks that the addresses are allowed. Address literals are checked here too. Connections go to
 * exactly the addresses that were checked, so a name cannot resolve differently between the check and the connection.
 */
public final class CheckedResolver implements DnsResolver {

    private final AllowedPeers allowed;
    private final DnsResolver names;

    /** Resolves names with {@code names}, and checks the addresses. */
    public CheckedResolver(AllowedPeers allowed, DnsResolver names) {
        this.allowed = allowed;
        this.names = names;
    }

    /**
     * Returns the addresses of a name or an address literal.
     *
     * @throws UnknownHostException if the name does not resolve, or any of its addresses is not allowed
     */
    @Override
    public InetAddress[] resolve(String name) throws UnknownHostException {
        InetAddress[] addresses = names.resolve(name);
        if (addresses == null || addresses.length == 0) {
            throw new UnknownHostException(name);
        }
        for (InetAddress address : addresses) {
            if (!allowed.allows(name, address)) {
                throw new RefusedAddressException(address);
            }
        }
        return addresses;
    }

    @Override
    public String resolveCanonicalHostname(String name) throws UnknownHostException {
        return names.resolveCanonicalHostname(name);
    }
}
