package io.github.uploadreceipts.internal.peer;

import java.util.Optional;
import java.util.Set;

/**
 * Where the peers of a host are: from there it accepts requests between hosts, and there it sends its own.
 *
 * @param addresses the addresses of peers; if empty, private addresses
 * @param ports the ports of the peers' internal URLs; if empty, those of this host's own
 */
public record PeerRules(Optional<AddressRanges> addresses, Set<Integer> ports) {

    /** @throws IllegalArgumentException if a port is not from 1 to 65535 */
    public PeerRules {
        for (int port : ports) {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("the port of a peer is " + port + ", but must be from 1 to 65535");
            }
        }
        ports = Set.copyOf(ports);
    }
}
