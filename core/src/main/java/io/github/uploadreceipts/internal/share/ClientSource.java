package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.engine.ClientNetwork;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Tells clients apart by their addresses, where these are their own. A loopback or private address may be that of a front
 * server, behind which all clients have the same: then one client could close all links for everybody, and everybody
 * could continue one client's download.
 */
final class ClientSource {

    private static final AddressRanges SHARED = AddressRanges.privateNetworks().and(AddressRanges.loopback());

    /** What is never looked up as a name. The JDK looks up what has a colon but begins with a dot. */
    static final Pattern ADDRESS = Pattern.compile(
            "((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}|(?=[^:]*:)[0-9A-Fa-f:][0-9A-Fa-f:.]*");

    private ClientSource() {}

    /** Returns the network of a client, or empty if others may have the same address. */
    static Optional<String> of(String address) {
        String literal = address.replaceAll("[\\[\\]]|%.*", "");
        if (!ADDRESS.matcher(literal).matches()) {
            return Optional.of(address);
        }
        try {
            boolean shared = SHARED.contains(InetAddress.getByName(literal));
            return shared ? Optional.empty() : Optional.of(ClientNetwork.of(address));
        } catch (UnknownHostException e) {
            return Optional.of(address);
        }
    }
}
