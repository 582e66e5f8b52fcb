package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.http.ByteRange;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.reactor.IOSession;

/** A request to one peer for the bytes of an upload, from the search for a connection to the last byte. */
final class DownloadRequest extends OpenRequest implements DownloadExchange.Owner {

    private final PeerRequest place;
    private final ByteRange range;
    private final RelayMessage message;
    private final Patience patience;
    private final Duration silence;
    private final long since = System.nanoTime();
    private final Listener listener;
    private final PeerDownload download;

    private boolean begun; // guarded by this

    /** Learns what comes of a request: one of both, once. */
    interface Listener {

        /** Is called when bytes are to come. */
        void begun(PeerDownload download);

        /** Is called when none will come. */
        void failed(PeerException why);
    }

    /**
     * @param message asks for {@code range} of the upload at {@code place}
     * @param silence how long the peer may give no sign
     */
    DownloadRequest(
            PeerRequest place,
            ByteRange range,
            RelayMessage message,
            Patience patience,
            Duration silence,
            SpareBuffers buffers,
            SilentPeers silentPeers,
            Consumer<OpenRequest> whenOver,
            Listener listener) {
        super(message.base(), patience, silentPeers, whenOver);
        this.place = place;
        this.range = range;
        this.message = message;
        this.patience = patience;
        this.silence = silence;
        this.listener = listener;
        this.download = new PeerDownload(patience, buffers, () -> cancel(PeerException.cancelled()));
    }

    @Override
    Exchange newExchange(HttpHost target, IOSession session) {
        return new DownloadExchange(this, message, target, session, range, place.entityTag(), patience, download);
    }

    @Override
    void requirePatience(long now) {
        if (!hasBegun() && now - since > silence.toNanos()) {
            cancel(new PeerException(
                    Kind.UNREACHABLE, Remedy.SILENCE, "no response within " + silence.toMillis() + " ms"));
        } else {
            super.requirePatience(now);
        }
    }

    private synchronized boolean hasBegun() {
        return begun;
    }

    @Override
    public void begun() {
        boolean late;
        synchronized (this) {
            late = isOver();
            begun = !late;
        }
        if (late) {
            download.close(); // the failure was told already
        } else {
            answered();
            listener.begun(download);
        }
    }

    @Override
    public void ended() {
        if (end()) {
            download.end();
        }
    }

    @Override
    void lost(Exception cause) {
        PeerException why = explain(cause).at(place.location());
        if (hasBegun()) {
            download.lose(new IOException(why.text()));
        } else {
            listener.failed(why);
        }
    }

    private PeerException explain(Exception cause) {
        return cause instanceof UnreachableException silent
                ? PeerException.unable(String.valueOf(silent.getMessage()))
                : explained(cause);
    }
}
