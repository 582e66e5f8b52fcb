package io.github.uploadreceipts.fetch.internal.relay;

import java.io.IOException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.impl.nio.ClientHttp1IOEventHandler;
import org.apache.hc.core5.http.impl.nio.ClientHttp1StreamDuplexer;
import org.apache.hc.core5.reactor.EventMask;
import org.apache.hc.core5.reactor.IOSession;

/**
 * A connection on which the response is read even if writing fails. A peer that refuses a body responds and closes, and our
 * next bytes meet a reset; the response may have arrived, unread. So a failure to write does not end the request. Reading
 * does: it comes to the end after the response, or at once if there is none.
 */
final class RelayConnection extends ClientHttp1IOEventHandler {

    RelayConnection(ClientHttp1StreamDuplexer http) {
        super(http);
    }

    /** A step that writes, which may fail. */
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
