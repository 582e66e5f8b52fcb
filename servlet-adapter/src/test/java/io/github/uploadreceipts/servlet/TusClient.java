package io.github.uploadreceipts.servlet;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** A client that sends single requests of tus 1.0.0. */
public final class TusClient {

    static final String ENDPOINT = "/uploads";
    static final String TUS = "Tus-Resumable: 1.0.0\r\n";
    static final String BYTES = "Content-Type: application/offset+octet-stream\r\n";

    private final int port;

    TusClient(int port) {
        this.port = port;
    }

    public static String metadata(String key, String value) {
        return key + " " + Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
    }

    Wire.Response send(String method, String path, String fields, byte[] body) throws IOException {
        try (Wire wire = new Wire(port)) {
            String length = method.equals("HEAD") || method.equals("DELETE") || method.equals("OPTIONS")
                    ? ""
                    : "Content-Length: " + body.length + "\r\n";
            wire.send(AdapterFixture.head(method, path) + fields + length + "\r\n")
                    .send(body);
            return wire.response(method.equals("HEAD"));
        }
    }

    Wire.Response create(String fields) throws IOException {
        return create(fields, new byte[0]);
    }

    Wire.Response create(String fields, byte[] body) throws IOException {
        return send("POST", ENDPOINT, TUS + fields, body);
    }

    /** Returns the path of a created upload. */
    static String path(Wire.Response created) {
        return URI.create("http://127.0.0.1" + ENDPOINT)
                .resolve(created.header("Location"))
                .getPath();
    }

    /** Creates an upload and returns its path. */
    String created(long length, String... fields) throws IOException {
        return path(create("Upload-Length: " + length + "\r\n" + String.join("", fields)));
    }

    Wire.Response patch(String path, long offset, byte[] bytes, String... fields) throws IOException {
        return send("PATCH", path, TUS + BYTES + "Upload-Offset: " + offset + "\r\n" + String.join("", fields), bytes);
    }

    /** Sends this number of bytes of a request's body, and resets the connection. */
    void patchBrokenOff(String path, long offset, byte[] bytes, int sent) throws IOException {
        try (Wire wire = new Wire(port)) {
            wire.send(AdapterFixture.head("PATCH", path) + TUS + BYTES + "Upload-Offset: " + offset
                    + "\r\nContent-Length: " + bytes.length + "\r\n\r\n");
            wire.send(Arrays.copyOf(bytes, sent));
            wire.reset();
        }
    }

    Wire.Response head(String path) throws IOException {
        return send("HEAD", path, TUS, new byte[0]);
    }

    Wire.Response delete(String path) throws IOException {
        return send("DELETE", path, TUS, new byte[0]);
    }
}
