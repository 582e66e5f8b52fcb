package io.github.uploadreceipts.servlet;

import java.io.IOException;

/** A client that sends single requests of Resumable Uploads for HTTP. */
final class IetfClient {

    static final String ENDPOINT = "/uploads";
    static final String COMPLETE = "Upload-Complete: ?1\r\n";
    static final String OPEN = "Upload-Complete: ?0\r\n";
    static final String BYTES = "Content-Type: application/partial-upload\r\n";

    private static final String VERSION = "Upload-Draft-Interop-Version: 8\r\n";
    private static final byte[] NONE = {};

    private final int port;

    IetfClient(int port) {
        this.port = port;
    }

    Wire.Response send(String method, String path, String fields, byte[] body) throws IOException {
        return Wire.exchange(port, AdapterFixture.head(method, path) + fields, body);
    }

    /** Sends a request with a chunked body. */
    Wire.Response sendChunked(String method, String path, String fields, byte[] body) throws IOException {
        return Wire.exchangeChunked(port, AdapterFixture.head(method, path) + fields, body);
    }

    Wire.Response create(String fields, byte[] body) throws IOException {
        return send("POST", ENDPOINT, VERSION + fields, body);
    }

    /** Creates an upload without content, and returns its path. */
    String created(String... fields) throws IOException {
        return TusClient.path(create(OPEN + String.join("", fields), NONE));
    }

    Wire.Response append(String path, long offset, byte[] bytes, String... fields) throws IOException {
        return send("PATCH", path, patch(offset) + String.join("", fields), bytes);
    }

    static String patch(long offset) {
        return VERSION + BYTES + "Upload-Offset: " + offset + "\r\n";
    }

    Wire.Response head(String path) throws IOException {
        return send("HEAD", path, VERSION, NONE);
    }
}
