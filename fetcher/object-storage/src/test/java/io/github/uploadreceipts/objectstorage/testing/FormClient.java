package io.github.uploadreceipts.objectstorage.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Sends forms as a browser does: the fields in their order, and the file last. */
public final class FormClient {

    private static final String BOUNDARY = "----browser";

    private final HttpClient http = HttpClient.newHttpClient();

    /**
     * Sends a form with one file.
     *
     * @param header more header fields, each a name and a value
     */
    public HttpResponse<String> send(
            URI url, Map<String, String> fields, String fileName, byte[] file, String... header)
            throws IOException, InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        fields.forEach((name, value) -> part(body, "name=\"" + name + "\"", value.getBytes(StandardCharsets.UTF_8)));
        part(body, "name=\"file\"; filename=\"" + fileName + "\"\r\nContent-Type: image/jpeg", file);
        body.writeBytes(bytes("--" + BOUNDARY + "--\r\n"));
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(BodyPublishers.ofByteArray(body.toByteArray()));
        if (header.length > 0) {
            request.headers(header);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static void part(ByteArrayOutputStream body, String what, byte[] content) {
        body.writeBytes(bytes("--" + BOUNDARY + "\r\nContent-Disposition: form-data; " + what + "\r\n\r\n"));
        body.writeBytes(content);
        body.writeBytes(bytes("\r\n"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
