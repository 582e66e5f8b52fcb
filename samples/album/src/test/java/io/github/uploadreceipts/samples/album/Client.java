package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.http.ContentDisposition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** An HTTP client that sends what a browser would send. */
final class Client {

    static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** A response whose body was read. */
    record Response(HttpResponse<byte[]> response) {

        int status() {
            return response.statusCode();
        }

        byte[] bytes() {
            return response.body();
        }

        String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        JsonNode json() throws IOException {
            return JSON.readTree(response.body());
        }

        /** Returns a header's value, or an empty text. */
        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    Response get(String url, String... headers) throws IOException, InterruptedException {
        return send("GET", url, null, headers);
    }

    Response post(String url, String body, String... headers) throws IOException, InterruptedException {
        return send("POST", url, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    Response send(String method, String url, byte[] body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofMinutes(3))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return new Response(http.send(request.build(), BodyHandlers.ofByteArray()));
    }

    /** Uploads one file and returns its receipt. */
    String upload(String host, String name, String type, byte[] bytes) throws IOException, InterruptedException {
        Response response = send(
                "POST",
                host + "/uploads",
                bytes,
                "Content-Type",
                type,
                "Content-Disposition",
                ContentDisposition.attachment(name));
        if (response.status() != 201) {
            throw new IOException("upload answered " + response.status() + " " + response.text());
        }
        return response.json().path("receipts").path(0).path("receipt").textValue();
    }

    /** Submits receipts with numbered captions, as JSON. */
    Response submit(String host, List<String> receipts, String order, String... headers)
            throws IOException, InterruptedException {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Content-Type";
        all[headers.length + 1] = "application/json";
        return post(host + "/album", body(receipts, order), all);
    }

    /** Submits receipts as a script does, and returns the response. Tells {@code times} when a piece of it came, in ms. */
    String submitWatched(String host, List<String> receipts, LongConsumer times)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(host + "/album"))
                .headers("Content-Type", "application/json", "Accept", "text/event-stream")
                .POST(BodyPublishers.ofString(body(receipts, "")))
                .build();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try (InputStream in = http.send(request, BodyHandlers.ofInputStream()).body()) {
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                all.write(buffer, 0, length);
                times.accept(System.nanoTime() / 1_000_000);
            }
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /** Returns the body of a final request. */
    String body(List<String> receipts, String order) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var items = json.putArray("items");
        for (String receipt : receipts) {
            items.addObject().put("receipt", receipt).put("caption", "caption " + items.size());
        }
        if (!order.isEmpty()) {
            json.put("order", order);
        }
        return json.toString();
    }

    /** Submits a form whose fields are names and values in turn. */
    Response submitForm(String host, List<String> fields, String... headers) throws IOException, InterruptedException {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < fields.size(); i += 2) {
            body.append(i == 0 ? "" : "&")
                    .append(fields.get(i))
                    .append('=')
                    .append(URLEncoder.encode(fields.get(i + 1), StandardCharsets.UTF_8));
        }
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Content-Type";
        all[headers.length + 1] = "application/x-www-form-urlencoded";
        return post(host + "/album", body.toString(), all);
    }

    /** Returns one member of every item of an album's response, in order. */
    static List<String> each(JsonNode response, String member) {
        return response.findValues("items").stream()
                .flatMap(items -> items.findValues(member).stream())
                .map(JsonNode::asText)
                .collect(Collectors.toList());
    }
}
