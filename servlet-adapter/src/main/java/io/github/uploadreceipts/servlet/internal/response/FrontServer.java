package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.engine.StoredView;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The front server that sends an upload in place of the application: a file, or an object that it gets from an object
 * store.
 */
public final class FrontServer {

    /** Below the prefix of files. */
    private static final String OBJECTS = "objects";

    private FrontServer() {}

    /**
     * Tells the front server what to send, if there is one that can. The range is left to it; it has the entity tag of the
     * response.
     *
     * @return whether it sends the upload
     * @throws StoreException.Gone if the upload was discarded in the meantime
     */
    public static boolean send(
            HttpServletResponse response,
            RangedResponse ranged,
            Delivery delivery,
            Location location,
            StoredView upload)
            throws StoreException {
        Optional<String> place = place(ranged, delivery, location, upload);
        if (place.isEmpty()) {
            return false;
        }
        // only with 200: with other statuses Apache passes the field, and the path in it, on to the client
        response.setStatus(HttpServletResponse.SC_OK);
        boolean nginx = delivery.method() == Delivery.Method.X_ACCEL_REDIRECT;
        response.setHeader(nginx ? "X-Accel-Redirect" : "X-Sendfile", place.get());
        return true;
    }

    private static Optional<String> place(
            RangedResponse ranged, Delivery delivery, Location location, StoredView upload) throws StoreException {
        if (delivery.method() == Delivery.Method.DIRECT) {
            return Optional.empty();
        }
        Optional<Path> file = upload.file();
        boolean nginx = delivery.method() == Delivery.Method.X_ACCEL_REDIRECT;
        if (file.isEmpty()) {
            return nginx ? object(ranged, delivery, upload) : Optional.empty();
        }
        requireThere(upload); // the front server would say 404, also where the store is not there
        return Optional.of(
                nginx
                        ? delivery.prefix() + location.hour() + "/" + location.id()
                        : file.get().toString());
    }

    /** nginx has the scheme and the authority of the object store in its configuration. */
    private static Optional<String> object(RangedResponse ranged, Delivery delivery, StoredView upload)
            throws StoreException {
        Optional<URI> url = ranged.needsOnlyRange() ? upload.url() : Optional.empty();
        return url.map(object -> delivery.prefix() + OBJECTS + object.getRawPath() + "?" + object.getRawQuery());
    }

    private static void requireThere(StoredView upload) throws StoreException {
        upload.download(0, 0).close();
    }
}
