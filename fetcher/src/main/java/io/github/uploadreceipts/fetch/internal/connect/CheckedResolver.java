package io.github.uploadreceipts.fetch.internal.connect;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names to allowed addresses. The connections go to the very addresses that were checked here, and literals are
 * resolved here too. So a name cannot change its meaning between the check and the connection.
 */
public final class CheckedResolver implements DnsResolver {

    private final AllowedPeers allowed;
    private final DnsResolver names;

    /** Checks what {@code names} resolves. */
    public CheckedResolver(AllowedPeers allowed, DnsResolver names) {
        this.allowed = allowed;
        this.names = names;
    }

    /**
     * Returns the addresses of a name or a literal.
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
