package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.engine.StoredView;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.file.Path;
import java.util.Optional;

/** The front server that sends the file of an upload in place of the application. */
public final class FrontServer {

    private FrontServer() {}

    /**
     * Tells the front server what to send, if there is one and the upload is a file. Ranges and HEAD are left to it; it has
     * the entity tag of the response.
     *
     * @return whether it sends the file
     * @throws StoreException.Gone if the upload was discarded in the meantime
     */
    public static boolean send(HttpServletResponse response, Delivery delivery, Location location, StoredView upload)
            throws StoreException {
        Optional<Path> file = upload.file();
        if (delivery.method() == Delivery.Method.DIRECT || file.isEmpty()) {
            return false;
        }
        requireThere(upload); // the front server would say 404, also where the store is not there
        // only with 200: with other statuses Apache passes the field, and the path in it, on to the client
        response.setStatus(HttpServletResponse.SC_OK);
        if (delivery.method() == Delivery.Method.X_ACCEL_REDIRECT) {
            response.setHeader("X-Accel-Redirect", delivery.prefix() + location.hour() + "/" + location.id());
        } else {
            response.setHeader("X-Sendfile", file.get().toString());
        }
        return true;
    }

    private static void requireThere(StoredView upload) throws StoreException {
        upload.download(0, 0).close();
    }
}
