package io.github.uploadreceipts.store;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** The bytes of an upload that a store keeps. */
public interface StoredUpload {

    /** Returns the number of bytes. */
    long size();

    /** Returns when the last byte was written. */
    Instant lastModified();

    /**
     * Opens the bytes for reading, from the first. What is open stays readable to its end though the upload be discarded.
     *
     * @throws java.nio.file.NoSuchFileException if it is gone by now
     */
    SeekableByteChannel open() throws IOException;

    /** Returns the file that a front server on this host can send, if there is one. It is not to be changed. */
    Optional<Path> file();
}
