package io.github.uploadreceipts.objectstorage.internal.http;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** A range of an object. If the connection breaks, the rest is asked for again. */
public final class RangeReader extends InputStream {

    /** How often in a row a connection may break without a single byte, and how often in all. */
    private static final int FRUITLESS = 2;

    private static final int BREAKS = 100;

    private final String name;
    private final Source source;
    private final long end;
    private long position;
    private int fruitless;
    private int breaks;
    private InputStream body;
    private boolean closed;

    /** Asks for a range of the object. */
    public interface Source {

        /** Returns the body of the response, checked by {@link RangeReader#body}. */
        InputStream open(long first, long length) throws StoreException;
    }

    private RangeReader(String name, Source source, long first, long length) throws StoreException {
        this.name = name;
        this.source = source;
        this.position = first;
        this.end = Math.addExact(first, length);
        this.body = source.open(first, length);
    }

    /** Opens a range of an object, as {@link ObjectClient#open} does. An empty one is no range in HTTP. */
    public static InputStream open(
            ObjectClient client, String name, long first, long length, String etag, Source source)
            throws StoreException {
        if (first < 0 || length < 0) {
            throw new IllegalArgumentException("a range begins at " + first + " and has " + length + " bytes");
        }
        if (length > 0) {
            return new RangeReader(name, source, first, length);
        }
        if (client.head(name).filter(head -> head.etag().equals(etag)).isEmpty()) {
            throw gone(name);
        }
        return InputStream.nullInputStream();
    }

    /** Returns that there is no such object. */
    public static StoreException.Gone gone(String name) {
        return new StoreException.Gone("no object " + name + " with that ETag", null);
    }

    /** Returns the value of the field {@code Range}. */
    public static String range(long first, long length) {
        return "bytes=" + first + "-" + (first + length - 1);
    }

    /** Returns the body of a response that is exactly this range of the object with that ETag. */
    public static InputStream body(Response response, long first, long length, String etag) throws StoreException {
        if (response.status() != 206) {
            throw response.status() == 200 ? response.malformed("the whole object") : response.failure();
        }
        String range = response.field("Content-Range").orElse("");
        if (!range.startsWith("bytes " + first + "-" + (first + length - 1) + "/") || response.length() != length) {
            throw response.malformed("another range");
        }
        if (!response.etag().equals(etag)) {
            throw response.malformed("another ETag");
        }
        return response.stream();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (length == 0) {
            return 0;
        }
        while (position < end) {
            int read = readOnce(buffer, offset, (int) Math.min(length, end - position));
            if (read > 0) {
                position += read;
                fruitless = 0;
                finish();
                return read;
            }
        }
        return -1;
    }

    /** Returns 0 if the connection broke, and stands again. */
    private int readOnce(byte[] buffer, int offset, int length) throws IOException {
        IOException cause;
        try {
            int read = body.read(buffer, offset, length);
            if (read > 0) {
                return read;
            }
            cause = new IOException("the body ends early");
        } catch (IOException e) {
            cause = e;
        }
        fruitless++;
        breaks++;
        if (fruitless > FRUITLESS || breaks > BREAKS) {
            throw new StoreException.Unavailable("GET " + name + ": broke off " + breaks + " times: " + cause, cause);
        }
        body.close();
        body = source.open(position, end - position);
        return 0;
    }

    /** The last byte was read: the end of the body lets the connection be used again. */
    private void finish() throws IOException {
        if (position == end && body.read() >= 0) {
            body.close();
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        body.close();
    }
}
