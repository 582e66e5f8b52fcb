package io.github.uploadreceipts.handover;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What an application says about an upload that was handed over to it.
 *
 * @param status whether it is done with the upload
 * @param message words for the person who uploaded, of at most {@value #MAX_BYTES} bytes; only of refused uploads
 * @param data the application's own JSON for the page, of at most {@value #MAX_BYTES} bytes; only of uploads that are done
 */
public record Verdict(Status status, Optional<String> message, Optional<String> data) {

    /** How many bytes the message, or the data, may have in UTF-8. */
    public static final int MAX_BYTES = 1024;

    /** Whether an application is done with an upload. */
    public enum Status {
        /** It is; the upload can be used. */
        DONE,
        /** It is not yet; it will say so. */
        WAITING,
        /** It does not want the upload, which nobody can use. */
        REFUSED
    }

    private static final Verdict DONE = new Verdict(Status.DONE, Optional.empty(), Optional.empty());
    private static final Verdict WAITING = new Verdict(Status.WAITING, Optional.empty(), Optional.empty());

    /** Checks each component. */
    public Verdict {
        require(message, "message");
        require(data, "data");
        if (message.isPresent() && status != Status.REFUSED) {
            throw new IllegalArgumentException("only the verdict on a refused upload has a message");
        }
        if (data.isPresent() && status != Status.DONE) {
            throw new IllegalArgumentException("only the verdict on an upload that is done has data");
        }
    }

    private static void require(Optional<String> text, String name) {
        int bytes =
                text.map(value -> value.getBytes(StandardCharsets.UTF_8).length).orElse(0);
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "the " + name + " of a verdict has " + bytes + " bytes, but may have at most " + MAX_BYTES);
        }
    }

    /** Returns the verdict that the upload can be used. */
    public static Verdict done() {
        return DONE;
    }

    /**
     * Returns the verdict that the upload can be used, with data for the page that uploaded it.
     *
     * @param json a JSON value
     */
    public static Verdict done(String json) {
        return new Verdict(Status.DONE, Optional.empty(), Optional.of(json));
    }

    /** Returns the verdict that the application will finish later. */
    public static Verdict waiting() {
        return WAITING;
    }

    /**
     * Returns the verdict that nobody may use the upload.
     *
     * @param message why, for the person who uploaded
     */
    public static Verdict refused(String message) {
        return new Verdict(Status.REFUSED, Optional.of(message), Optional.empty());
    }
}
