package io.github.uploadreceipts.internal.engine;

import java.io.IOException;

/** The stored upload has another size than was asked for, so it is not the upload that was meant. */
public final class WrongSizeException extends IOException {

    private static final long serialVersionUID = 1;

    WrongSizeException(long stored, long asked) {
        super("the stored upload has " + stored + " bytes, not " + asked);
    }
}
