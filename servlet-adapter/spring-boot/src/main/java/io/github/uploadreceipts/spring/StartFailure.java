package io.github.uploadreceipts.spring;

import org.jspecify.annotations.Nullable;

/** An application cannot start as it is configured. */
final class StartFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String action;

    /**
     * Reports a failure.
     *
     * @param message what is wrong
     * @param action what to change
     */
    StartFailure(String message, String action) {
        this(message, action, null);
    }

    StartFailure(String message, String action, @Nullable Throwable cause) {
        super(message, cause);
        this.action = action;
    }

    String action() {
        return action;
    }
}
