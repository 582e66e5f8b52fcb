package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.settings.Settings;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Whom internal paths are there for: whoever is not on the LAN, or came through somebody's proxy, finds nothing.
 *
 * @param addresses of peers
 */
public record PeerGate(AddressRanges addresses) {

    /** Lets in who has a private address, or is on this machine. */
    public static final PeerGate PRIVATE =
            new PeerGate(AddressRanges.privateNetworks().and(AddressRanges.loopback()));

    private static final Logger LOG = System.getLogger(Loggers.DELIVERY);
    private static final List<String> FORWARDING_HEADERS = List.of(
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "X-Forwarded-Port",
            "X-Forwarded-Prefix",
            "X-Real-IP",
            "Via");

    /**
     * Lets in who has an address in these blocks.
     *
     * @throws IllegalArgumentException if one is no CIDR block
     */
    public static PeerGate of(String... cidrs) {
        return new PeerGate(AddressRanges.of(cidrs));
    }

    public static Optional<PeerGate> configured(Settings settings) {
        return settings.value(
                "peer-addresses", text -> of(text.split("[\\s,]+")), "CIDR blocks such as 10.0.0.0/8, fd00::/8");
    }

    /**
     * Checks that a request comes from a peer.
     *
     * @throws UploadRefusedException if the request is no peer's
     */
    public void require(HttpServletRequest request) throws UploadRefusedException, IOException {
        for (String header : FORWARDING_HEADERS) {
            if (request.getHeader(header) != null) {
                throw refusal("it bears " + header);
            }
        }
        String address = request.getRemoteAddr();
        if (!address.matches("[0-9a-fA-F:.]+(%.+)?|\\[[0-9a-fA-F:.]+(%.+)?]")
                || !addresses.contains(InetAddress.getByName(address))) {
            throw refusal(address + " is no address of a peer");
        }
    }

    private static UploadRefusedException refusal(String cause) {
        LOG.log(Level.INFO, "a request between hosts is refused: {0}: {1}", ProblemType.NOT_FOUND, cause);
        return new UploadRefusedException(Problem.of(ProblemType.NOT_FOUND));
    }
}
