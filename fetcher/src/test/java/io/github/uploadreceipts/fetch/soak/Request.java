package io.github.uploadreceipts.fetch.soak;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A request of a client. */
final class Request {

    private static final int CHUNK_SIZE = 20_000;

    /** What a request is about, which decides what may be the response; see {@link Judge}. */
    enum Kind {
        /** Something that touches no upload. */
        SMALL,
        /** A new upload, which any host can store. */
        NEW,
        /** More bytes of an upload. */
        APPEND,
        /** The offset of an upload, or its end. */
        STATUS,
        /** An upload out of others. */
        CONCATENATION,
        /** A final request without files. */
        ORDER,
        /** A final request with files. */
        ORDER_WITH_FILES
    }

    private final Kind kind;
    private final String method;
    private final String target;
    private final String fields;
    private final byte[] body;
    private final boolean chunked;

    private Request(Kind kind, String method, String target, String fields, byte[] body, boolean chunked) {
        this.kind = kind;
        this.method = method;
        this.target = target;
        this.fields = fields;
        this.body = body;
        this.chunked = chunked;
    }

    /** Returns a request without a body. */
    static Request of(Kind kind, String method, String target, String fields) {
        return of(kind, method, target, fields, new byte[0]);
    }

    /** @param fields the header fields that are not about the body's length, each with its line end */
    static Request of(Kind kind, String method, String target, String fields, byte[] body) {
        return new Request(kind, method, target, fields, body, false);
    }

    /** Returns the same request with a body whose length is not announced. */
    Request inChunks() {
        return new Request(kind, method, target, fields, body, true);
    }

    /** Returns the same request with another header field. */
    Request with(String field) {
        return new Request(kind, method, target, fields + field, body, chunked);
    }

    Kind kind() {
        return kind;
    }

    String method() {
        return method;
    }

    byte[] body() {
        return body;
    }

    /** Returns the bytes of the request, as they are sent to this port. */
    byte[] bytes(int port) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean none = method.equals("HEAD") || method.equals("GET") || method.equals("DELETE");
        String length =
                none ? "" : chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: " + body.length + "\r\n";
        write(
                bytes,
                method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n" + fields + length + "\r\n");
        if (!chunked) {
            bytes.writeBytes(body);
            return bytes.toByteArray();
        }
        for (int sent = 0; sent < body.length; sent += CHUNK_SIZE) {
            writeChunk(bytes, Arrays.copyOfRange(body, sent, Math.min(sent + CHUNK_SIZE, body.length)));
        }
        writeChunk(bytes, new byte[0]);
        return bytes.toByteArray();
    }

    /** Returns how many bytes at the end a server may do without: Jetty forgives a chunked body its last line end. */
    int dispensable() {
        return chunked ? 2 : 0;
    }

    private static void writeChunk(ByteArrayOutputStream bytes, byte[] chunk) {
        write(bytes, Integer.toHexString(chunk.length) + "\r\n");
        bytes.writeBytes(chunk);
        write(bytes, "\r\n");
    }

    private static void write(ByteArrayOutputStream bytes, String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        int end = Math.max(0, target.length() - 8);
        return kind + ": " + method + " " + (target.length() > 24 ? "/uploads/…" + target.substring(end) : target);
    }
}
