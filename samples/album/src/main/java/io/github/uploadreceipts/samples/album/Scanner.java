package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.handover.HandOver;
import io.github.uploadreceipts.handover.HandedOver;
import io.github.uploadreceipts.handover.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Has each upload scanned before anybody can use it. Until then the browser is told that it is being checked.
 *
 * @param whenUnavailable what becomes of uploads that cannot be scanned, because clamd is down or they are too large for it
 */
record Scanner(Clamd clamd, WhenUnavailable whenUnavailable) implements HandOver {

    private static final Logger LOG = Logger.getLogger("io.github.uploadreceipts.samples.album");

    /** The data of uploads that nobody has scanned. The page marks them. */
    static final String UNSCANNED = "{\"scanned\":false}";

    enum WhenUnavailable {
        /** They wait: the host tells this class again until it does not throw. */
        WAIT,
        /** They pass, and are marked. */
        PASS
    }

    static Scanner at(InetSocketAddress address, WhenUnavailable whenUnavailable) {
        return new Scanner(new Clamd(address), whenUnavailable);
    }

    @Override
    public Verdict stored(HandedOver upload) throws IOException {
        Optional<String> found;
        try (InputStream bytes = upload.open()) {
            found = clamd.scan(bytes);
        } catch (IOException e) {
            if (whenUnavailable == WhenUnavailable.WAIT) {
                throw e;
            }
            LOG.log(Level.WARNING, "upload {0} passes without a scan: {1}", new Object[] {
                upload.receipt().id(), e.getMessage()
            });
            return Verdict.done(UNSCANNED);
        }
        return found.isPresent()
                ? Verdict.refused("A virus was found in this file: " + found.get() + ".")
                : Verdict.done();
    }
}
