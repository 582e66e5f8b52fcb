package io.github.uploadreceipts.fetch.internal.relay;

import java.io.IOException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.impl.nio.ClientHttp1IOEventHandler;
import org.apache.hc.core5.http.impl.nio.ClientHttp1StreamDuplexer;
import org.apache.hc.core5.reactor.EventMask;
import org.apache.hc.core5.reactor.IOSession;

/**
 * A connection that still reads the response after a write has failed. A peer that refuses a body sends its response
 * and closes the connection. Our next write then fails with a reset, while the response may have arrived unread. So a
 * failed write does not end the request. The read side ends it: after the response, or at once if there is none.
 */
final class RelayConnection extends ClientHttp1IOEventHandler {

    RelayConnection(ClientHttp1StreamDuplexer http) {
        super(http);
    }

    /** An event handler that writes. */
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
