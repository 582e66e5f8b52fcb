package io.github.uploadreceipts.objectstorage.internal.swift;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.jspecify.annotations.Nullable;

/** A response of Swift, whose body has not been read. */
final class SwiftResponse implements Closeable {

    /** How much of a body is read that says what went wrong, or that should be empty. */
    private static final int SMALL = 64 * 1024;

    private static final int SHOWN = 200;

    private final SwiftRequest request;
    private final HttpUriRequestBase sent;
    private final ClassicHttpResponse response;
    private final Future<?> alarm;
    private @Nullable InputStream body;
    private boolean whole;

    SwiftResponse(SwiftRequest request, HttpUriRequestBase sent, ClassicHttpResponse response, Future<?> alarm)
            throws IOException {
        this.request = request;
        this.sent = sent;
        this.response = response;
        this.alarm = alarm;
        HttpEntity entity = response.getEntity();
        this.whole = entity == null;
        this.body = entity == null ? InputStream.nullInputStream() : entity.getContent();
    }

    int status() {
        return response.getCode();
    }

    Optional<String> field(String name) {
        Header header = response.getFirstHeader(name);
        return Optional.ofNullable(header).map(Header::getValue);
    }

    /** Returns the ETag as Swift compares it: it is quoted for a static large object, and unquoted otherwise. */
    String etag() throws StoreException {
        String etag = field("Etag").orElseThrow(() -> malformed("no ETag"));
        boolean quoted = etag.length() > 1 && etag.startsWith("\"") && etag.endsWith("\"");
        return quoted ? etag.substring(1, etag.length() - 1) : etag;
    }

    boolean isLargeObject() {
        return field("X-Static-Large-Object").filter("true"::equalsIgnoreCase).isPresent();
    }

    Optional<Instant> date(String name) {
        try {
            return field(name)
                    .map(text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    long length() throws StoreException {
        try {
            return Long.parseLong(field("Content-Length").orElse(""));
        } catch (NumberFormatException e) {
            throw malformed("no Content-Length");
        }
    }

    Head head(long size) throws StoreException {
        Instant modified =
                date("Last-Modified").or(() -> date("Date")).orElseThrow(() -> malformed("no Last-Modified"));
        return new Head(size, etag(), modified);
    }

    /** Reads the small body of a response that has this status, or fails. */
    SwiftResponse expect(int status) throws IOException {
        if (status() != status) {
            throw failure();
        }
        body(SMALL);
        return this;
    }

    /** Reads the body, or fails if it is larger than {@code max}. */
    byte[] body(int max) throws IOException {
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

    /** Returns the body as a stream, which may take as long as its reader likes, and closes the response. */
    InputStream stream() {
        InputStream in = body;
        if (in == null) {
            throw new IllegalStateException("the body is read elsewhere");
        }
        body = null;
        alarm.cancel(false);
        return in;
    }

    /** Ends a response of {@link #stream}, wherever its reader stands. */
    void abort() {
        sent.cancel();
    }

    StoreException malformed(String what) {
        return new StoreException.Failed(request + ": " + status() + " with " + what + ", which is not Swift", null);
    }

    /** Returns why the request failed, by the response's status. */
    StoreException failure() {
        String text = text();
        String message = request + ": " + status() + (text.isEmpty() ? "" : " (" + text + ")");
        return switch (status()) {
            case 408, 429 -> new StoreException.Unavailable(message, null);
            case 413 ->
                text.toLowerCase(Locale.ROOT).contains("quota")
                        ? new StoreException.Full(message, null)
                        : new StoreException.Failed(message, null);
            case 507 -> new StoreException.Full(message, null);
            default ->
                status() >= 500
                        ? new StoreException.Unavailable(message, null)
                        : new StoreException.Failed(message, null);
        };
    }

    /** The beginning of a body of text, without markup, on one line. */
    private String text() {
        String text;
        try {
            text = new String(beginning(SMALL), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
        text = text.replaceAll("<[^>]*>", " ")
                .replaceAll("[^ -~]+", " ")
                .replaceAll(" +", " ")
                .strip();
        return text.length() > SHOWN ? text.substring(0, SHOWN) : text;
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
