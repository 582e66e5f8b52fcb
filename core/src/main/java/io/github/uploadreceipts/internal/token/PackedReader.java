package io.github.uploadreceipts.internal.token;

import io.github.uploadreceipts.store.UploadId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Reads the fields of a packed token in the order in which a {@link PackedWriter} wrote them. Every method throws
 * {@link IllegalArgumentException} for a field that is not there or malformed.
 */
public final class PackedReader {

    private static final int ID_BYTES = 16;

    private final ByteBuffer in;

    PackedReader(byte[] fields) {
        in = ByteBuffer.wrap(fields);
    }

    /** Returns a time in whole seconds. */
    public Instant time() {
        return Instant.ofEpochSecond(
                Integer.toUnsignedLong(ByteBuffer.wrap(bytes(4)).getInt()));
    }

    /** Returns a number. */
    public long number() {
        return ByteBuffer.wrap(bytes(8)).getLong();
    }

    /** Returns an upload's id. */
    public UploadId id() {
        return UploadId.of(bytes(ID_BYTES));
    }

    /** Returns the next {@code count} bytes. */
    public byte[] bytes(int count) {
        require(in.remaining() >= count, "too few bytes");
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    /** Returns a text. */
    public String text() {
        return text(Byte.toUnsignedInt(bytes(1)[0]));
    }

    /** Returns a text that may be longer. */
    public String longText() {
        return text(Short.toUnsignedInt(ByteBuffer.wrap(bytes(2)).getShort()));
    }

    private String text(int length) {
        byte[] bytes = bytes(length);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a text is not in UTF-8", e);
        }
    }

    /** Returns whether all fields were read. */
    public boolean isAtEnd() {
        return !in.hasRemaining();
    }

    /** Checks that all fields were read. */
    public void requireEnd() {
        require(isAtEnd(), "too many bytes");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
