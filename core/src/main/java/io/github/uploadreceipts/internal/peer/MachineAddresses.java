package io.github.uploadreceipts.internal.peer;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;

/**
 * The addresses of this machine. Its own name often resolves to loopback here and to another address elsewhere: Debian
 * writes {@code 127.0.1.1} and the name into {@code /etc/hosts}.
 */
public final class MachineAddresses {

    private MachineAddresses() {}

    /** Returns the addresses at which other machines may reach this one. */
    public static List<InetAddress> reachable() {
        try {
            return NetworkInterface.networkInterfaces()
                    .filter(MachineAddresses::isUp)
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !isOnlyHere(address) && !address.isLinkLocalAddress())
                    .toList();
        } catch (SocketException e) {
            return List.of();
        }
    }

    private static boolean isUp(NetworkInterface network) {
        try {
            return network.isUp();
        } catch (SocketException e) {
            return false;
        }
    }

    /** Returns whether only this machine itself reaches an address. */
    public static boolean isOnlyHere(InetAddress address) {
        return address.isLoopbackAddress() || address.isAnyLocalAddress();
    }

    /** Returns whether a host name is the one that this machine has, with or without its domain. */
    public static boolean isOwnName(String name) {
        try {
            String label = firstLabel(name);
            return !label.equals("localhost")
                    && label.equals(firstLabel(InetAddress.getLocalHost().getHostName()));
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Returns whether a host name is exactly the one that this machine has. */
    public static boolean isFullName(String name) {
        try {
            return name.equalsIgnoreCase(InetAddress.getLocalHost().getHostName());
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static String firstLabel(String name) {
        return name.toLowerCase(Locale.ROOT).split("\\.", 2)[0];
    }
}
