package io.github.uploadreceipts.store;

import java.util.Locale;

/**
 * How a host sends an upload's bytes.
 *
 * @param method who reads the file and sends it
 * @param prefix for {@link Method#X_ACCEL_REDIRECT}, the internal nginx location that leads to the stored uploads, with a slash at
 *     both ends; otherwise empty
 */
public record Delivery(Method method, String prefix) {

    /** Who reads the file and sends it. */
    public enum Method {
        /** The container. It uses sendfile where it offers that to applications, as Tomcat does. */
        DIRECT,
        /** nginx, after an internal redirect. */
        X_ACCEL_REDIRECT,
        /** Apache httpd with mod_xsendfile. */
        X_SENDFILE
    }

    /** Checks the prefix. */
    public Delivery {
        if (method == Method.X_ACCEL_REDIRECT ? !prefix.matches("/([0-9A-Za-z_-]+/)+") : !prefix.isEmpty()) {
            throw new IllegalArgumentException(
                    "the prefix is '" + prefix + "', but must be an internal location such as"
                            + " /stored/ for X-Accel-Redirect, and empty otherwise");
        }
    }

    /** Returns delivery by the container. */
    public static Delivery direct() {
        return new Delivery(Method.DIRECT, "");
    }

    /**
     * Returns delivery by nginx, whose {@code internal} location {@code prefix} is an alias for
     * {@code <store>/uploads/}. Where uploads are objects of an object store, {@code prefix} with {@code objects/} leads
     * there.
     */
    public static Delivery xAccelRedirect(String prefix) {
        return new Delivery(Method.X_ACCEL_REDIRECT, prefix);
    }

    /** Returns delivery by a front server that obeys {@code X-Sendfile} below {@code <store>/uploads}. */
    public static Delivery xSendfile() {
        return new Delivery(Method.X_SENDFILE, "");
    }

    /** Returns the delivery as it is configured by text, such as {@code x-accel-redirect:/stored/}. */
    @Override
    public String toString() {
        String name = method.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return prefix.isEmpty() ? name : name + ":" + prefix;
    }
}
