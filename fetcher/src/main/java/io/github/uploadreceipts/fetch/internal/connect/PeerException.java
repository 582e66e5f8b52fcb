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

/** A failure of one upload at one location. The text is for the log: it contains no token and no path. */
public final class PeerException extends IOException {

    private static final long serialVersionUID = 1;

    private static final String NOT_FROM_FILTER =
            ", but not from its delivery filter; what stands before it is set up wrongly, as probe() there would say";

    /** What may still help after a failure. */
    public enum Remedy {
        /** Try the same location again, a little later. */
        RETRY,
        /** Try to connect again, a little later. If no attempt gets a connection, give up this peer for all uploads. */
        RECONNECT,
        /** The same, but the peer gave no sign at all. If it stays silent, give it up for a while, also in other fetches. */
        SILENCE,
        /** Try another location. */
        ELSEWHERE,
        /** Nothing helps: neither this upload nor the whole set can be fetched. */
        NONE,
        /** Nothing is wrong with this upload: the work was cancelled. */
        CANCELLED;

        /** Returns whether another attempt at the same location may help. */
        public boolean isHere() {
            return this == RETRY || this == RECONNECT || this == SILENCE;
        }
    }

    private final Kind kind;
    private final Remedy remedy;

    /** Creates a failure. {@code cause} is for the log: it must contain no token and no path. */
    public PeerException(Kind kind, Remedy remedy, String cause) {
        super(cause);
        this.kind = kind;
        this.remedy = remedy;
    }

    static PeerException notAllowed(String cause) {
        return new PeerException(Kind.NOT_ALLOWED, Remedy.ELSEWHERE, cause);
    }

    /** Returns the failure of bytes that do not match the receipt. */
    public static PeerException wrongBytes(Remedy remedy, String cause) {
        return new PeerException(Kind.WRONG_BYTES, remedy, cause);
    }

    static PeerException otherSize() {
        return wrongBytes(Remedy.ELSEWHERE, "the peer's upload has another size");
    }

    /** Returns the failure of an upload that is used under another claim. */
    public static PeerException claimed() {
        return new PeerException(Kind.CLAIMED, Remedy.NONE, "the upload is used under another claim");
    }

    /**
     * Returns the failure of an upload that its application is not done with. No other location may be asked, because the
     * verdict is with the owner.
     *
     * @param refused whether the application has refused it
     */
    public static PeerException unfinished(boolean refused) {
        return refused
                ? new PeerException(Kind.APPLICATION_REFUSED, Remedy.NONE, "the application has refused the upload")
                : new PeerException(Kind.UNFINISHED, Remedy.NONE, "the application is not done with the upload");
    }

    /**
     * Returns this failure as one that leaves the other uploads alone, if trying them tells the caller more: then every
     * one that is claimed or unfinished is named.
     */
    public PeerException ofThisUpload() {
        return switch (kind) {
            case CLAIMED, UNFINISHED, APPLICATION_REFUSED -> with(Remedy.ELSEWHERE);
            default -> this;
        };
    }

    /** Returns the failure of an upload that does not exist at the location. */
    public static PeerException gone() {
        return new PeerException(Kind.GONE, Remedy.ELSEWHERE, "the upload is not there");
    }

    /**
     * Returns a failure of this host's own disk. The message of {@code e} could name a path, so only its class is
     * given.
     *
     * @param doing the operation that failed
     */
    public static PeerException storage(Remedy remedy, String doing, IOException e) {
        PeerException storage = new PeerException(
                Kind.STORAGE, remedy, doing + " failed (" + e.getClass().getSimpleName() + ")");
        storage.addSuppressed(e);
        return storage;
    }

    /** Returns the failure of a host that cannot do it for now. */
    public static PeerException unable(String cause) {
        return new PeerException(Kind.UNREACHABLE, Remedy.ELSEWHERE, cause);
    }

    static PeerException tooLate() {
        return new PeerException(Kind.TIMEOUT, Remedy.NONE, "the deadline passed");
    }

    /** Returns the failure of work that was cancelled before its deadline. */
    public static PeerException cancelled() {
        return new PeerException(Kind.TIMEOUT, Remedy.CANCELLED, "cancelled");
    }

    /** Returns the failure of work that ended because the fetcher was closed. */
    public static PeerException closed() {
        return new PeerException(Kind.TIMEOUT, Remedy.CANCELLED, "the fetcher is closed");
    }

    /** Returns the failure that {@code e}, an exception of a connection to a peer, stands for. */
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
        if (e instanceof ConnectTimeoutException || e instanceof NoRouteToHostException) {
            return unconnected(e).with(Remedy.SILENCE);
        }
        if (e instanceof ConnectException) {
            return unconnected(e);
        }
        if (e instanceof SSLException) {
            return unreachable("no secure connection (" + e.getMessage() + ")");
        }
        if (e instanceof SocketTimeoutException) {
            return new PeerException(Kind.TIMEOUT, Remedy.RETRY, "the peer fell silent");
        }
        return unreachable("the connection broke (" + e.getClass().getSimpleName() + ")");
    }

    private static PeerException unconnected(Exception e) {
        return unconnected("no connection (" + e.getClass().getSimpleName() + ")");
    }

    private static PeerException unconnected(String cause) {
        return new PeerException(Kind.UNREACHABLE, Remedy.RECONNECT, cause);
    }

    private static PeerException unreachable(String cause) {
        return new PeerException(Kind.UNREACHABLE, Remedy.RETRY, cause);
    }

    /**
     * Combines the failures of one upload at its locations into one. The result has the most temporary kind, and all
     * causes.
     *
     * @param failures one failure of each location that was tried
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

    /** Returns this failure with another remedy. */
    public PeerException with(Remedy other) {
        return new PeerException(kind, other, text());
    }

    /** Returns this failure with {@code location} added to the text. */
    public PeerException at(Location location) {
        return new PeerException(kind, remedy, location.base().getRawAuthority() + ": " + text());
    }

    /** Returns this failure with the earlier failure {@code before} added to the text. */
    public PeerException after(PeerException before) {
        return new PeerException(kind, remedy, text() + ", after " + before.text());
    }

    /**
     * Returns the failure that an unexpected status stands for.
     *
     * @param fromFilter whether the delivery filter of the peer wrote the response. Only what it says is about the
     *     upload. A front server also responds with 404 if the upload goes while it is sent; then another attempt gets
     *     the filter's own response.
     */
    static PeerException ofStatus(int status, boolean fromFilter) {
        return switch (status) {
            case 404, 410 -> fromFilter ? gone() : unwell(status + NOT_FROM_FILTER);
            case 409 -> fromFilter ? claimed() : unwell(status + NOT_FROM_FILTER);
            case 401, 403 ->
                new PeerException(
                        Kind.REFUSED,
                        Remedy.ELSEWHERE,
                        "the peer refused: " + status + (fromFilter ? "" : NOT_FROM_FILTER));
            case 422 -> fromFilter ? unfinished(true) : refused(status);
            case 425 -> fromFilter ? unfinished(false) : unwell("" + status);
            case 408, 429 -> unwell("" + status);
            default -> status >= 500 ? unwell("" + status) : refused(status);
        };
    }

    private static PeerException refused(int status) {
        return new PeerException(Kind.REFUSED, Remedy.ELSEWHERE, "the peer responded with status " + status);
    }

    private static PeerException unwell(String status) {
        return unreachable("the peer responded with status " + status);
    }

    /** Returns the reason, for the application to act on. */
    public Kind kind() {
        return kind;
    }

    /** Returns what may still help after this failure. */
    public Remedy remedy() {
        return remedy;
    }

    /** Returns the cause, for the log. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
