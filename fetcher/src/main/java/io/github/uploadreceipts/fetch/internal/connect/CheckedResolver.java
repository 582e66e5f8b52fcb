package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names for the connection pool, which connects to the addresses that it gets here and asks here for literals
 * too. So there is no moment between the check and the connection in which a name could change its meaning.
 */
final class CheckedResolver implements DnsResolver {

    /** A name resolved to an address that the policy does not allow. */
    static final class RefusedAddressException extends UnknownHostException {

        private static final long serialVersionUID = 1;

        RefusedAddressException(InetAddress address) {
            super(address.getHostAddress() + " is not an allowed address; see PeerPolicy");
        }
    }

    private final UploadHost host;
    private final PeerPolicy policy;
    private final DnsResolver names;

    CheckedResolver(UploadHost host, PeerPolicy policy, DnsResolver names) {
        this.host = host;
        this.policy = policy;
        this.names = names;
    }

    @Override
    public InetAddress[] resolve(String name) throws UnknownHostException {
        InetAddress[] addresses = names.resolve(name);
        if (addresses == null || addresses.length == 0) {
            throw new UnknownHostException(name);
        }
        for (InetAddress address : addresses) {
            if (!policy.allows(name, address, host)) {
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
