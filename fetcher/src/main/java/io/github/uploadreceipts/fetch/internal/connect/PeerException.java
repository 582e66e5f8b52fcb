package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;

/** One failure of one upload at one location. The text is for the log: it has no token and no path. */
public final class PeerException extends IOException {

    private static final long serialVersionUID = 1;

    /** What may still help. */
    public enum Remedy {
        /** The same location, a little later. */
        RETRY,
        /** The same location, a little later. If there is no connection then either, none of its uploads can be fetched. */
        RECONNECT,
        /** Another location. */
        ELSEWHERE,
        /** Nothing: neither this upload nor the set can be fetched. */
        NONE,
        /** Nothing is wrong with this upload; it was cancelled. */
        CANCELLED;

        /** Returns whether the same location may still help. */
        public boolean isHere() {
            return this == RETRY || this == RECONNECT;
        }
    }

    private final Kind kind;
    private final Remedy remedy;

    /** Says what went wrong in {@code cause}, which is for the log: no token, no path. */
    public PeerException(Kind kind, Remedy remedy, String cause) {
        super(cause);
        this.kind = kind;
        this.remedy = remedy;
    }

    static PeerException notAllowed(String cause) {
        return new PeerException(Kind.NOT_ALLOWED, Remedy.ELSEWHERE, cause);
    }

    /** The bytes are not those of the receipt. */
    public static PeerException wrongBytes(Remedy remedy, String cause) {
        return new PeerException(Kind.WRONG_BYTES, remedy, cause);
    }

    /** The upload is used under another claim. */
    public static PeerException claimed() {
        return new PeerException(Kind.CLAIMED, Remedy.NONE, "the upload is used under another claim");
    }

    /** There is no such upload at the location. */
    public static PeerException gone() {
        return new PeerException(Kind.GONE, Remedy.ELSEWHERE, "the upload is not there");
    }

    /**
     * This host's own disk failed. The message of {@code e} would name a path, so only its class is told.
     *
     * @param doing what failed
     */
    public static PeerException storage(Remedy remedy, String doing, IOException e) {
        PeerException storage = new PeerException(
                Kind.STORAGE, remedy, doing + " failed (" + e.getClass().getSimpleName() + ")");
        storage.addSuppressed(e);
        return storage;
    }

    static PeerException tooLate() {
        return new PeerException(Kind.TIMEOUT, Remedy.NONE, "the deadline passed");
    }

    /** It was cancelled before its deadline. */
    public static PeerException cancelled() {
        return new PeerException(Kind.TIMEOUT, Remedy.CANCELLED, "cancelled");
    }

    /** The fetcher was closed. */
    public static PeerException closed() {
        return new PeerException(Kind.TIMEOUT, Remedy.CANCELLED, "the fetcher is closed");
    }

    /** Returns what it means that a connection to a peer failed with {@code e}. */
    public static PeerException explaining(Exception e) {
        if (e instanceof PeerException explained) {
            return explained;
        }
        if (e instanceof RefusedAddressException refused) {
            return notAllowed(String.valueOf(refused.getMessage()));
        }
        if (e instanceof UnknownHostException) {
            return unconnected("the name does not resolve");
        }
        if (e instanceof ConnectException
                || e instanceof ConnectTimeoutException
                || e instanceof NoRouteToHostException) {
            return unconnected("no connection (" + e.getClass().getSimpleName() + ")");
        }
        if (e instanceof SSLException) {
            return unreachable("no secure connection (" + e.getMessage() + ")");
        }
        if (e instanceof SocketTimeoutException) {
            return new PeerException(Kind.TIMEOUT, Remedy.RETRY, "the peer fell silent");
        }
        return unreachable("the connection broke (" + e.getClass().getSimpleName() + ")");
    }

    private static PeerException unconnected(String cause) {
        return new PeerException(Kind.UNREACHABLE, Remedy.RECONNECT, cause);
    }

    private static PeerException unreachable(String cause) {
        return new PeerException(Kind.UNREACHABLE, Remedy.RETRY, cause);
    }

    /**
     * Returns the one failure of an upload that failed at each of its locations.
     *
     * @param failures one of each location; the result has the most hopeful kind of them, and all their causes
     */
    public static PeerException of(List<PeerException> failures) {
        PeerException last = failures.get(failures.size() - 1);
        Kind kind = last.remedy == Remedy.NONE || last.remedy == Remedy.CANCELLED
                ? last.kind
                : failures.stream()
                        .map(PeerException::kind)
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
        String causes = failures.stream().map(PeerException::text).collect(Collectors.joining("; "));
        return new PeerException(kind, last.remedy, causes);
    }

    /** Returns the same, saying where it happened. */
    public PeerException at(Location location) {
        return new PeerException(kind, remedy, location.base().getRawAuthority() + ": " + text());
    }

    /** Returns the same, saying what happened before. */
    public PeerException after(PeerException before) {
        return new PeerException(kind, remedy, text() + ", after " + before.text());
    }

    /** Returns what a status other than the expected one means. */
    static PeerException ofStatus(int status) {
        return switch (status) {
            case 404, 410 -> gone();
            case 409 -> claimed();
            case 401, 403 -> new PeerException(Kind.REFUSED, Remedy.ELSEWHERE, "the peer refused: " + status);
            case 408, 425, 429 -> unwell(status);
            default ->
                status >= 500
                        ? unwell(status)
                        : new PeerException(Kind.REFUSED, Remedy.ELSEWHERE, "the peer responded with status " + status);
        };
    }

    private static PeerException unwell(int status) {
        return unreachable("the peer responded with status " + status);
    }

    /** Returns what the application may act on. */
    public Kind kind() {
        return kind;
    }

    /** Returns what may still help. */
    public Remedy remedy() {
        return remedy;
    }

    /** Returns the cause, for the log. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
