package io.github.uploadreceipts.store;

/**
 * How a host sends an upload's bytes to a peer.
 *
 * @param method who reads the file
 * @param prefix for {@link Method#X_ACCEL_REDIRECT}, the internal nginx location under which the store's
 *     {@code uploads} directory lies, with both slashes; otherwise empty
 */
public record Delivery(Method method, String prefix) {

    /** Who reads the file. */
    public enum Method {
        /** The container: by sendfile where it offers that to applications, as Tomcat does, else by a loop. */
        DIRECT,
        /** nginx, by an internal redirect. */
        X_ACCEL_REDIRECT,
        /** Apache httpd with mod_xsendfile. */
        X_SENDFILE
    }

    /** Checks the prefix. */
    public Delivery {
        if (method == Method.X_ACCEL_REDIRECT ? !prefix.matches("/([0-9A-Za-z_-]+/)+") : !prefix.isEmpty()) {
            throw new IllegalArgumentException(
                    "X-Accel-Redirect needs the prefix of an internal location, such as /stored/; others have none");
        }
    }

    /** Returns delivery by the container. */
    public static Delivery direct() {
        return new Delivery(Method.DIRECT, "");
    }

    /** Returns delivery by nginx, whose {@code internal} location {@code prefix} is an alias for {@code <store>/uploads/}. */
    public static Delivery xAccelRedirect(String prefix) {
        return new Delivery(Method.X_ACCEL_REDIRECT, prefix);
    }

    /** Returns delivery by a front server that obeys {@code X-Sendfile} below {@code <store>/uploads}. */
    public static Delivery xSendfile() {
        return new Delivery(Method.X_SENDFILE, "");
    }
}
