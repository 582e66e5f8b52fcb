package io.github.uploadreceipts.fetch.internal.relay;

import java.io.IOException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.impl.nio.ClientHttp1IOEventHandler;
import org.apache.hc.core5.http.impl.nio.ClientHttp1StreamDuplexer;
import org.apache.hc.core5.reactor.EventMask;
import org.apache.hc.core5.reactor.IOSession;

/**
 * A connection on which the answer is read although the peer no longer takes the request. A peer that refuses a body says
 * so and closes, and our next bytes meet a reset. What it said may lie here unread: after it, or at once if there is
 * nothing, reading comes to the end, and that ends the request.
 */
final class RelayConnection extends ClientHttp1IOEventHandler {

    RelayConnection(ClientHttp1StreamDuplexer http) {
        super(http);
    }

    /** What may find that nothing can be written. */
    private interface Writing {
        void run(IOSession session) throws IOException;
    }

    @Override
    public void connected(IOSession session) throws IOException {
        write(super::connected, session);
    }

    @Override
    public void outputReady(IOSession session) throws IOException {
        write(super::outputReady, session);
    }

    private static void write(Writing writing, IOSession session) throws IOException {
        try {
            writing.run(session);
        } catch (SSLException e) {
            throw e;
        } catch (IOException e) {
            session.clearEvent(EventMask.WRITE);
        }
    }
}
