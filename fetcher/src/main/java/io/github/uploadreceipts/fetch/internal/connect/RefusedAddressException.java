package io.github.uploadreceipts.fetch.internal.connect;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A name resolved to an address that is not allowed. The HTTP client handles this like a name that does not resolve.
 */
final class RefusedAddressException extends UnknownHostException {

    private static final long serialVersionUID = 1;

    RefusedAddressException(InetAddress address) {
        super(address.getHostAddress() + " is not an allowed address; see peer-addresses and PeerPolicy");
    }
}
