package io.github.uploadreceipts.host;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.MachineAddresses;
import io.github.uploadreceipts.store.Location;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The checks of internal URLs. Every method throws {@link IllegalStateException} for one that cannot work; the message
 * says what to write.
 */
final class InternalUrl {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private InternalUrl() {}

    static URI parse(String text) {
        try {
            return Location.requireBase(URI.create(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("internal URL '" + text + "': " + e.getMessage(), e);
        }
    }

    static List<URI> parse(List<String> texts) {
        return texts.stream().map(InternalUrl::parse).toList();
    }

    /** Returns the URL that is set, or the default one. Outside of development mode peers must be able to reach it. */
    static URI own(@Nullable String set, int port, String contextPath, boolean developmentMode) {
        URI url = parse(set != null ? set : "http://" + canonicalHostName() + ":" + port + contextPath);
        if (!developmentMode) {
            requireReachable(url);
        }
        return url;
    }

    static String canonicalHostName() {
        try {
            return InetAddress.getLocalHost().getCanonicalHostName();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("this machine's host name does not resolve; set the internal URL", e);
        }
    }

    /**
     * Checks that an internal URL may lead here from elsewhere. A machine's own name often means loopback on the machine
     * itself, and another address to everybody else.
     */
    static void requireReachable(URI url) {
        if (!isOnlyHere(url)) {
            return;
        }
        List<String> others = MachineAddresses.reachable().stream()
                .map(InetAddress::getHostAddress)
                .toList();
        String addresses = others.isEmpty() ? "none but loopback" : String.join(", ", others);
        if (others.isEmpty() || !MachineAddresses.isOwnName(url.getHost())) {
            throw new IllegalStateException("internal URL " + url + " is this machine's loopback, which peers cannot"
                    + " reach; set the internal URL to a name or address on the LAN, or ask for development mode. This"
                    + " machine's addresses: " + addresses);
        }
        LOG.log(
                Level.WARNING,
                "internal URL {0}: on this machine its own name means loopback, as on Debian, where /etc/hosts says so."
                        + " To peers the name must mean one of this machine''s addresses: {1}. If it does not, set the"
                        + " internal URL to such an address",
                url,
                addresses);
    }

    private static boolean isOnlyHere(URI url) {
        try {
            return Arrays.stream(InetAddress.getAllByName(url.getHost())).allMatch(MachineAddresses::isOnlyHere);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(
                    "internal URL " + url + " does not resolve; set it to a name that all peers resolve", e);
        }
    }
}
