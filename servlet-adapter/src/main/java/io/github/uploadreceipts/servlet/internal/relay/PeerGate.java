package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.peer.PeerRules;
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
 * The check that only peers reach internal paths. A request from outside of the LAN, or through a proxy, gets 404.
 *
 * @param addresses the addresses of peers
 */
public record PeerGate(AddressRanges addresses) {

    private static final PeerGate PRIVATE =
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

    /** Returns a host's gate. Without a rule it accepts private addresses, and loopback addresses. */
    public static PeerGate of(PeerRules rules) {
        return rules.addresses().map(PeerGate::new).orElse(PRIVATE);
    }

    /** Returns the gate that the setting {@code peer-addresses} describes, if it is set. */
    public static Optional<PeerGate> configured(Settings settings) {
        return settings.value(
                "peer-addresses",
                text -> new PeerGate(AddressRanges.of(text.split("[\\s,]+"))),
                "CIDR blocks such as 10.0.0.0/8, fd00::/8");
    }

    /**
     * Checks that a request comes from a peer.
     *
     * @throws UploadRefusedException if it does not
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
            throw refusal(address + " is not one of the peer-addresses");
        }
    }

    private static UploadRefusedException refusal(String cause) {
        LOG.log(Level.INFO, "a request between hosts is refused: {0}: {1}", ProblemType.NOT_FOUND, cause);
        return new UploadRefusedException(Problem.of(ProblemType.NOT_FOUND));
    }
}
