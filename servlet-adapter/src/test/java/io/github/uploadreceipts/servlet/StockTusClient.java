package io.github.uploadreceipts.servlet;

import io.tus.java.client.TusClient;
import io.tus.java.client.TusURLMemoryStore;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** tus-java-client, with the requests that it lacks. */
final class StockTusClient extends TusClient {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final List<HttpURLConnection> connections = new CopyOnWriteArrayList<>();

    StockTusClient(int port) throws IOException {
        setUploadCreationURL(URI.create("http://127.0.0.1:" + port + "/uploads").toURL());
        enableResuming(new TusURLMemoryStore());
    }

    @Override
    public void prepareConnection(HttpURLConnection connection) {
        super.prepareConnection(connection);
        connections.add(connection);
    }

    /** Returns the methods of the client's requests. */
    List<String> methods() {
        return connections.stream().map(HttpURLConnection::getRequestMethod).toList();
    }

    /** Returns the receipt of a finished upload. */
    static String receipt(URL upload) throws Exception {
        return receipt(upload, upload.getPort());
    }

    /** Returns the receipt of a finished upload, requested from another port. */
    static String receipt(URL upload, int port) throws Exception {
        URI there = URI.create("http://127.0.0.1:" + port + upload.getPath());
        return send("HEAD", there).headers().firstValue("Upload-Receipt").orElse("");
    }

    /** Sends DELETE and returns the status of the response. */
    static int terminate(URL upload) throws Exception {
        return send("DELETE", upload.toURI()).statusCode();
    }

    private static HttpResponse<Void> send(String method, URI uri) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .header("Tus-Resumable", "1.0.0")
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.discarding());
    }
}
