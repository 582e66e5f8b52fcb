package io.github.uploadreceipts.internal.seal;

import java.io.IOException;

/** The stored bytes are not those that were sealed under this key. The message names no key. */
public final class SealBrokenException extends IOException {

    private static final long serialVersionUID = 1;

    SealBrokenException(String message) {
        super(message);
    }
}
