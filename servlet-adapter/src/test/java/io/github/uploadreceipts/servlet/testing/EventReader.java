package io.github.uploadreceipts.servlet.testing;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads server-sent events while they come. */
public final class EventReader implements Closeable {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final HttpResponse<InputStream> response;
    private final BufferedReader lines;

    private EventReader(HttpResponse<InputStream> response) {
        this.response = response;
        this.lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /** Opens a stream, whatever the status of the response. */
    public static EventReader open(URI uri, String... fields) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        if (fields.length > 0) {
            request.headers(fields);
        }
        return new EventReader(HTTP.send(request.build(), BodyHandlers.ofInputStream()));
    }

    public int status() {
        return response.statusCode();
    }

    public String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** Returns the next block of lines; {@code "END"} at the end. The time until the browser connects again is hidden. */
    public String next() throws IOException {
        List<String> block = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.isEmpty()) {
                block.add(line);
            } else if (!block.isEmpty() && !block.get(0).startsWith("retry: ")) {
                return String.join("\n", block);
            } else {
                block.clear();
            }
        }
        return "END";
    }

    /** Returns the data of the next event. What comes between events is skipped. */
    public String status(String what) throws IOException {
        String block = next();
        while (block.equals(":")) {
            block = next();
        }
        String event = "event: " + what + "\ndata: ";
        return block.startsWith(event) ? block.substring(event.length()) : block;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
