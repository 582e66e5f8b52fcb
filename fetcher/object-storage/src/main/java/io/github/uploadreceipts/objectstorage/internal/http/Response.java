package io.github.uploadreceipts.objectstorage.internal.http;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.jspecify.annotations.Nullable;

/** A response whose body has not been read. */
public final class Response implements Closeable {

    /** How much of a body is read that says what went wrong, or that should be empty. */
    private static final int SMALL = 64 * 1024;

    private static final int SHOWN = 200;

    private final Request request;
    private final Protocol protocol;
    private final HttpUriRequestBase sent;
    private final ClassicHttpResponse response;
    private final Future<?> alarm;
    private final Semaphore streams;
    private @Nullable InputStream body;
    private boolean whole;
    private byte @Nullable [] error;

    Response(
            Request request,
            Protocol protocol,
            HttpUriRequestBase sent,
            ClassicHttpResponse response,
            Future<?> alarm,
            Semaphore streams)
            throws IOException {
        this.request = request;
        this.protocol = protocol;
        this.sent = sent;
        this.response = response;
        this.alarm = alarm;
        this.streams = streams;
        HttpEntity entity = response.getEntity();
        this.whole = entity == null;
        this.body = entity == null ? InputStream.nullInputStream() : entity.getContent();
    }

    /** Returns what this responds to. */
    public Request request() {
        return request;
    }

    /** Returns the status. */
    public int status() {
        return response.getCode();
    }

    /** Returns the first field of a name. */
    public Optional<String> field(String name) {
        Header header = response.getFirstHeader(name);
        return Optional.ofNullable(header).map(Header::getValue);
    }

    /** Returns the ETag as the store compares it, without quotes, which only some objects of some stores have. */
    public String etag() throws StoreException {
        return unquoted(field("ETag").orElseThrow(() -> malformed("no ETag")));
    }

    /** Returns an ETag without quotes. */
    public static String unquoted(String etag) {
        boolean quoted = etag.length() > 1 && etag.startsWith("\"") && etag.endsWith("\"");
        return quoted ? etag.substring(1, etag.length() - 1) : etag;
    }

    /** Returns the date in a field, if there is one. */
    public Optional<Instant> date(String name) {
        try {
            return field(name)
                    .map(text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Returns the length that the response says its body has. */
    public long length() throws StoreException {
        try {
            return Long.parseLong(field("Content-Length").orElse(""));
        } catch (NumberFormatException e) {
            throw malformed("no Content-Length");
        }
    }

    /** Returns what the fields say of an object of this size. */
    public Head head(long size) throws StoreException {
        Instant modified =
                date("Last-Modified").or(() -> date("Date")).orElseThrow(() -> malformed("no Last-Modified"));
        return new Head(size, etag(), modified);
    }

    /** Reads the small body of a response that has this status, or fails. */
    public Response expect(int status) throws IOException {
        if (status() != status) {
            throw failure();
        }
        body(SMALL);
        return this;
    }

    /** Reads the body, or fails if it is larger than {@code max}. */
    public byte[] body(int max) throws IOException {
        byte[] bytes = beginning(max);
        if (!whole) {
            throw malformed("a body of more than " + max + " bytes");
        }
        return bytes;
    }

    private byte[] beginning(int max) throws IOException {
        if (body == null) {
            throw new IllegalStateException("the body is read elsewhere");
        }
        byte[] bytes = body.readNBytes(max);
        whole = whole || body.read() < 0;
        return bytes;
    }

    /** Returns the beginning of a body that says what went wrong. */
    public byte[] error() {
        byte[] known = error;
        if (known == null) {
            try {
                known = beginning(SMALL);
            } catch (IOException e) {
                known = new byte[0];
            }
            error = known;
        }
        return known;
    }

    /** Returns the beginning of {@link #error} as text, without markup, on one line. */
    public String text() {
        return shown(new String(error(), StandardCharsets.UTF_8));
    }

    /** Returns the beginning of a text, without markup, on one line. */
    public static String shown(String text) {
        String line = text.replaceAll("<[^>]*>", " ")
                .replaceAll("[^ -~]+", " ")
                .replaceAll(" +", " ")
                .strip();
        return line.length() > SHOWN ? line.substring(0, SHOWN) : line;
    }

    /**
     * Returns the body as a stream, which may take as long as its reader likes. Closing the stream ends the exchange,
     * wherever its reader stands; closing this response does no longer. There is a limit to how many streams are open.
     */
    public InputStream stream() throws StoreException {
        InputStream in = body;
        if (in == null) {
            throw new IllegalStateException("the body is read elsewhere");
        }
        if (!streams.tryAcquire()) {
            throw new StoreException.Unavailable(request + ": too many objects are being read at the same time", null);
        }
        body = null;
        alarm.cancel(false);
        return new FilterInputStream(in) {

            private final AtomicBoolean ended = new AtomicBoolean();

            @Override
            public int read() throws IOException {
                return endedBy(super.read());
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return endedBy(super.read(buffer, offset, length));
            }

            private int endedBy(int result) {
                if (result < 0 && ended.compareAndSet(false, true)) {
                    streams.release();
                }
                return result;
            }

            // Does not wait for the rest. A body that was read to its end has given its connection back.
            @Override
            public void close() {
                if (ended.compareAndSet(false, true)) {
                    sent.cancel();
                    streams.release();
                }
            }
        };
    }

    /** Returns that this is no response of the protocol. */
    public StoreException malformed(String what) {
        return new StoreException.Failed(
                request + ": " + status() + " with " + what + ", which is not " + protocol.name(), null);
    }

    /** Returns why the request failed. */
    public StoreException failure() {
        return protocol.failure(this);
    }

    /** Keeps the connection if the body was read to its end. Otherwise the rest is not waited for. */
    @Override
    public void close() {
        alarm.cancel(false);
        if (body == null) {
            return;
        }
        if (!whole) {
            sent.cancel();
        }
        try {
            response.close();
        } catch (IOException e) {
            // the connection is closed in any case
        }
    }
}
