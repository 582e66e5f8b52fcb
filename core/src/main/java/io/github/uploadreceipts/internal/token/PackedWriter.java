package io.github.uploadreceipts.internal.token;

import io.github.uploadreceipts.store.UploadId;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Writes the fields of a packed token, one after the other. {@link PackedReader} reads them in the same order. */
public final class PackedWriter {

    private static final long MAX_TIME = 0xFFFFFFFFL;
    private static final int MAX_TEXT = 255;
    private static final int MAX_LONG_TEXT = 65_535;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /**
     * Writes a time: its whole seconds since 1970, as an unsigned integer of 4 bytes, big-endian.
     *
     * @throws IllegalArgumentException if the time is before 1970 or after 2106
     */
    public PackedWriter time(Instant time) {
        long seconds = time.getEpochSecond();
        if (seconds < 0 || seconds > MAX_TIME) {
            throw new IllegalArgumentException(time + " is not between the years 1970 and 2106");
        }
        return bytes(ByteBuffer.allocate(4).putInt((int) seconds).array());
    }

    /** Writes a number, as 8 bytes, big-endian. */
    public PackedWriter number(long value) {
        return bytes(ByteBuffer.allocate(8).putLong(value).array());
    }

    /** Writes an upload's id, as 16 bytes. */
    public PackedWriter id(UploadId value) {
        return bytes(value.toBytes());
    }

    /** Writes bytes, whose number the reader knows. */
    public PackedWriter bytes(byte[] value) {
        out.writeBytes(value);
        return this;
    }

    /**
     * Writes a text: the number of its bytes, in one byte, and its UTF-8 bytes.
     *
     * @throws IllegalArgumentException if it has more than 255 bytes; the message does not quote it
     */
    public PackedWriter text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_TEXT) {
            throw new IllegalArgumentException("a text has " + bytes.length + " bytes, more than " + MAX_TEXT);
        }
        out.write(bytes.length);
        return bytes(bytes);
    }

    /**
     * Writes a text that may be longer: the number of its bytes, in two bytes, and its UTF-8 bytes.
     *
     * @throws IllegalArgumentException if it has more than 65,535 bytes; the message does not quote it
     */
    public PackedWriter longText(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_LONG_TEXT) {
            throw new IllegalArgumentException("a text has " + bytes.length + " bytes, more than " + MAX_LONG_TEXT);
        }
        return bytes(ByteBuffer.allocate(2).putShort((short) bytes.length).array())
                .bytes(bytes);
    }

    /** Writes all fields of another writer. */
    public PackedWriter all(PackedWriter fields) {
        return bytes(fields.toBytes());
    }

    /** Returns how many bytes are written. */
    public int size() {
        return out.size();
    }

    byte[] toBytes() {
        return out.toByteArray();
    }
}
