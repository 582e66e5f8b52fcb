package io.github.uploadreceipts.fetch;

import java.io.IOException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.impl.nio.ClientHttp1IOEventHandler;
import org.apache.hc.core5.http.impl.nio.ClientHttp1StreamDuplexer;
import org.apache.hc.core5.reactor.EventMask;
import org.apache.hc.core5.reactor.IOSession;

/** A connection on which the answer is read although the peer no longer takes the request. */
final class RelayConnection extends ClientHttp1IOEventHandler {

    RelayConnection(ClientHttp1StreamDuplexer http) {
        super(http);
    }

    /**
     * A peer that refuses a body says so and closes, and our next bytes are answered by a reset. The refusal may lie here
     * unread: after it, or at once if there is none, reading meets the end, and that ends the request.
     */
    @Override
    public void outputReady(IOSession session) throws IOException {
        try {
            super.outputReady(session);
        } catch (SSLException e) {
            throw e;
        } catch (IOException e) {
            session.clearEvent(EventMask.WRITE);
        }
    }
}
