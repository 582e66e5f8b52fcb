package io.github.uploadreceipts.objectstorage.internal.swift;

import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A range of an object. If the connection breaks, the rest is asked for again. */
final class SwiftReader extends InputStream {

    /** How often in a row a connection may break without a single byte, and how often in all. */
    private static final int FRUITLESS = 2;

    private static final int BREAKS = 100;

    private final SwiftRequests requests;
    private final String name;
    private final String etag;
    private final long end;
    private long position;
    private int fruitless;
    private int breaks;
    private @Nullable SwiftResponse response;
    private InputStream body = InputStream.nullInputStream();
    private boolean closed;

    private SwiftReader(SwiftRequests requests, String name, long first, long length, String etag) {
        this.requests = requests;
        this.name = name;
        this.etag = etag;
        this.position = first;
        this.end = Math.addExact(first, length);
    }

    static InputStream open(SwiftRequests requests, String name, long first, long length, String etag)
            throws StoreException {
        SwiftReader reader = new SwiftReader(requests, name, first, length, etag);
        reader.request();
        return reader;
    }

    private void request() throws StoreException {
        SwiftRequest request = requests.object("GET", name, "")
                .with("Range", "bytes=" + position + "-" + (end - 1))
                .with("If-Match", "\"" + etag + "\"");
        requests.send(request, this::begin);
    }

    private Void begin(SwiftResponse begun) throws IOException {
        if (begun.status() == 404 || begun.status() == 412) {
            throw new StoreException.Gone("no object " + name + " with that ETag", null);
        }
        if (begun.status() != 206) {
            throw begun.status() == 200 ? begun.malformed("the whole object") : begun.failure();
        }
        String range = begun.field("Content-Range").orElse("");
        if (!range.startsWith("bytes " + position + "-" + (end - 1) + "/") || begun.length() != end - position) {
            throw begun.malformed("another range");
        }
        if (!begun.etag().equals(etag)) {
            throw begun.malformed("another ETag");
        }
        body = begun.stream();
        response = begun;
        return null;
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
        abort();
        request();
        return 0;
    }

    /** The last byte was read: the end of the body lets the connection be used again. */
    private void finish() throws IOException {
        if (position == end && body.read() < 0) {
            response = null;
        }
    }

    private void abort() {
        if (response != null) {
            response.abort();
            response = null;
        }
    }

    @Override
    public void close() {
        closed = true;
        abort();
    }
}
