package io.github.uploadreceipts.servlet.internal.finish;

import com.fasterxml.jackson.core.JsonPointer;
import io.github.uploadreceipts.servlet.UploadPolicy;
import java.time.Duration;
import java.util.Optional;

/**
 * What to look for in a final request, how much of a body to accept, and how to receive it.
 *
 * @param field the name of the form field
 * @param arrayPointer the JSON Pointer to the array
 * @param receiptPointer the JSON Pointer from an element to its receipt
 * @param maxBodySize how many bytes the body may have, without its files
 * @param deadline how long reading a body without files may take
 * @param asyncDispatch whether a body that has yet to come is received without a thread, and the request dispatched
 *     again after that
 * @param files which files may still be in the form; if empty, none
 * @param rawFiles whether a PUT of neither a form nor JSON is one file
 */
public record FinalSettings(
        String field,
        String arrayPointer,
        String receiptPointer,
        int maxBodySize,
        Duration deadline,
        boolean asyncDispatch,
        Optional<UploadPolicy> files,
        boolean rawFiles) {

    /** The settings where nothing is configured. */
    public static final FinalSettings DEFAULTS = new FinalSettings(
            "receipt", "/receipts", "", 4 << 20, Duration.ofSeconds(30), false, Optional.empty(), false);

    /** Checks the pointers, the size and the deadline. */
    public FinalSettings {
        JsonPointer.compile(arrayPointer);
        JsonPointer.compile(receiptPointer);
        if (maxBodySize <= 0 || deadline.toMillis() <= 0) {
            throw new IllegalArgumentException("the maximum size of a body is " + maxBodySize
                    + " bytes, and its deadline " + deadline + "; both must be positive");
        }
        if (rawFiles && files.isEmpty()) {
            throw new IllegalArgumentException("raw files need a policy for files, which is not set");
        }
    }
}
