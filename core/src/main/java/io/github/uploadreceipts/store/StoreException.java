package io.github.uploadreceipts.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A store could not do what it was asked to do. The message is for the log only, because it may name paths. */
public abstract sealed class StoreException extends IOException {

    private static final long serialVersionUID = 1;

    private StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The store has no room. */
    public static final class Full extends StoreException {

        private static final long serialVersionUID = 1;

        /** Says what there is no room for. */
        public Full(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The upload id is taken: by an upload that is being received, that is stored, or that was discarded. */
    public static final class Taken extends StoreException {

        private static final long serialVersionUID = 1;

        /** Says which id is taken. */
        public Taken(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** There is no such upload: it was discarded, withdrawn or purged, or was never stored. */
    public static final class Gone extends StoreException {

        private static final long serialVersionUID = 1;

        /** Says which upload is gone. */
        public Gone(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * The store is not there now, or cannot be written now: its disk is not mounted, or is read-only. No upload is gone,
     * and trying again helps once the operator has done what the message says.
     */
    public static final class Unavailable extends StoreException {

        private static final long serialVersionUID = 1;

        /** Says what is not there, and what the operator can do. */
        public Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Any other failure. The operation may have been done or not, and trying it again may help. */
    public static final class Failed extends StoreException {

        private static final long serialVersionUID = 1;

        /** Says what failed. */
        public Failed(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
