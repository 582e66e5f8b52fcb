package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Asks one location of an upload after the other, until one sends the bytes. */
final class DownloadSearch implements DownloadRequest.Listener {

    private final List<PeerRequest> places;
    private final Requests requests;
    private final CompletableFuture<Download> result = new CompletableFuture<>();

    // guarded by this
    private final List<PeerException> failures = new ArrayList<>();
    private @Nullable OpenRequest running;

    /** Makes requests to locations. */
    interface Requests {

        /** Returns a request, which is not sent yet. */
        OpenRequest of(PeerRequest place, DownloadRequest.Listener listener);

        /** Sends a request. */
        void send(OpenRequest request);
    }

    /** @param places at least one */
    DownloadSearch(List<PeerRequest> places, Requests requests) {
        this.places = places;
        this.requests = requests;
    }

    /** Starts to ask, and returns the download, or the failure, to come. */
    CompletableFuture<Download> start() {
        ask(places.get(0));
        var unused = result.whenComplete((download, failure) -> {
            if (result.isCancelled()) {
                cancel();
            }
        });
        return result;
    }

    private void ask(PeerRequest place) {
        OpenRequest request = requests.of(place, this);
        synchronized (this) {
            running = request;
        }
        requests.send(request);
    }

    private void cancel() {
        OpenRequest last;
        synchronized (this) {
            last = running;
        }
        if (last != null) {
            last.cancel(PeerException.cancelled());
        }
    }

    @Override
    public void begun(PeerDownload download) {
        if (!result.complete(download)) {
            download.close();
        }
    }

    @Override
    public void failed(PeerException why) {
        int asked;
        synchronized (this) {
            failures.add(why);
            asked = failures.size();
        }
        if (asked == places.size() || why.remedy() == Remedy.CANCELLED || why.remedy() == Remedy.NONE) {
            result.completeExceptionally(failure());
        } else if (!result.isCancelled()) {
            ask(places.get(asked));
        }
        if (result.isCancelled()) {
            cancel(); // what began in the meantime
        }
    }

    private synchronized IOException failure() {
        PeerException all = PeerException.of(failures);
        return switch (all.kind()) {
            case GONE -> new StoreException.Gone(places.get(0).location().id().toString(), all);
            case UNFINISHED -> new UnfinishedException(Verdict.waiting());
            case APPLICATION_REFUSED -> new UnfinishedException(Verdict.refused(""));
            case UNREACHABLE, TIMEOUT -> new UnreachableException(all.text());
            case CLAIMED, NOT_ALLOWED, REFUSED, WRONG_BYTES, STORAGE -> new IOException(all.text());
        };
    }
}
