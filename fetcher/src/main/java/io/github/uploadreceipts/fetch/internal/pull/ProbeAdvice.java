package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.Silence;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;
import java.util.Optional;

/**
 * What to change on a host whose probe failed. It asks the host's internal URL twice more: for an upload that does not
 * exist, which only the delivery filter can refuse, and for the probe. So it tells the way to the filter from the front
 * server's way to the file.
 */
final class ProbeAdvice {

    private final Engine engine;
    private final PeerClient client;
    private final UploadReceipt probe;
    private final Duration patience;
    private final Deadline deadline;
    private final String url;

    private record Response(int status, boolean fromFilter) {}

    ProbeAdvice(Engine engine, PeerClient client, UploadReceipt probe, Duration patience, Deadline deadline) {
        this.engine = engine;
        this.client = client;
        this.probe = probe;
        this.patience = patience;
        this.deadline = deadline;
        this.url = "this host's internal URL, " + engine.internalUrl() + ",";
    }

    String on(Kind kind) {
        return switch (kind) {
            case NOT_ALLOWED ->
                "the address of " + url + " must be private, or among the peer-addresses, or be allowed by the"
                        + " PeerPolicy";
            case WRONG_BYTES -> "a server in front of this host must send files as they are, from this host's store";
            case STORAGE -> "the fetcher's work directory must be writable";
            case CLAIMED, GONE, APPLICATION_REFUSED, UNFINISHED, REFUSED, UNREACHABLE, TIMEOUT -> onResponses();
        };
    }

    private String onResponses() {
        Location own = probe.owner();
        Optional<Response> absent = ask(new Location(own.base(), own.hour(), UploadId.random()));
        Optional<Response> present = ask(own);
        if (absent.isEmpty() || present.isEmpty()) {
            return url + " must lead to this host: set it to a name and port that peers reach";
        }
        if (!absent.get().fromFilter()) {
            return onStranger(absent.get().status());
        }
        if (absent.get().status() == 401) {
            return url + " leads to a delivery filter that does not accept this host's token: it must be this host's"
                    + " own, with the Authorization field as it was sent, and all hosts must have the same key ring and"
                    + " time";
        }
        return present.get().fromFilter()
                ? url + " leads to a delivery filter that has another store: it must be this host's own"
                : onFile(present.get().status());
    }

    private String onStranger(int status) {
        return url + " responds (" + status
                + "), but not from our delivery filter: the URL must lead to this host, with"
                + " the context path; a server in front must pass " + Location.PATH + " on, without redirect; and the"
                + " filter must be mapped to " + Location.PATH
                + "*. If the filter does get the request, its log says why"
                + " it takes this host for a stranger";
    }

    /** The delivery filter is reached, and what it hands to the front server does not come back. */
    private String onFile(int status) {
        String way = "the delivery filter is reached, but not the file: ";
        boolean nginx = engine.delivery().method() == Delivery.Method.X_ACCEL_REDIRECT;
        if (engine.delivery().method() == Delivery.Method.DIRECT || status == 200 || status >= 500) {
            return way + "a server in front of this host responds in its place (" + status + ")"
                    + (nginx
                            ? "; where uploads are objects, its location "
                                    + engine.delivery().prefix() + "objects/ must lead to the object store"
                            : "");
        }
        String rights = "let the front server read what this host stores: chgrp the store to its group, and let it"
                + " enter every directory above";
        String place = engine.delivery().method() == Delivery.Method.X_SENDFILE
                ? "set XSendFilePath to the directory uploads in this host's store"
                : "set the alias of the front server's location "
                        + engine.delivery().prefix() + " to the directory uploads/ in this host's store";
        return switch (status) {
            case 403 -> way + "the front server may not read it (403); " + rights;
            case 404 ->
                way + "the front server does not find it (404); " + place
                        + (engine.delivery().method() == Delivery.Method.X_SENDFILE ? ", or " + rights : "");
            default -> way + "the front server responds with " + status + "; " + place;
        };
    }

    private Optional<Response> ask(Location location) {
        PeerRequest request = PeerRequest.of("HEAD", location, probe, Optional.empty());
        Silence silence = new Silence(patience, System.nanoTime(), () -> {});
        try {
            return Optional.of(client.send(
                    request,
                    0,
                    deadline,
                    silence,
                    response -> new Response(response.status(), response.isFromFilter())));
        } catch (PeerException e) {
            return Optional.empty();
        }
    }
}
