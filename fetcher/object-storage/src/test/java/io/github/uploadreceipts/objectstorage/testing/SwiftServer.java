package io.github.uploadreceipts.objectstorage.testing;

import io.github.uploadreceipts.testing.Complaint;
import io.github.uploadreceipts.testing.Required;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * OpenStack Swift, on free ports, in a process of its own that ends with this JVM. It has one account, {@code
 * AUTH_photos}, whose keys of temporary URLs are set.
 */
public final class SwiftServer implements AutoCloseable {

    /** The user of the account, and its password. */
    public static final String USER = "photos:writer";

    public static final String PASSWORD = "secret";

    /** The account's key of temporary URLs. */
    public static final String TEMP_URL_KEY = "a key of temporary URLs";

    private static final String PACKAGES = "swift-proxy swift-account swift-container swift-object";

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final String token;

    private SwiftServer(Process process, String port) throws IOException {
        this.process = process;
        this.url = "http://127.0.0.1:" + port;
        this.token = send(HttpRequest.newBuilder(URI.create(loginUrl()))
                        .header("X-Storage-User", USER)
                        .header("X-Storage-Pass", PASSWORD))
                .headers()
                .firstValue("X-Auth-Token")
                .orElseThrow();
        request("POST", "", "X-Account-Meta-Temp-URL-Key", TEMP_URL_KEY);
    }

    /**
     * Starts Swift, or skips the test.
     *
     * @param directory where it keeps everything, on a file system with extended attributes
     */
    public static SwiftServer start(Path directory) throws IOException {
        Required.requireProgram("swift", "swift-proxy-server", PACKAGES);
        Path script = directory.resolve("swift_server.py");
        try (InputStream in = SwiftServer.class.getResourceAsStream("swift_server.py")) {
            Files.copy(Objects.requireNonNull(in), script);
        }
        Path log = directory.resolve("swift.log");
        // Debian's Python, which has Swift
        Process process = new ProcessBuilder("/usr/bin/python3", script.toString(), directory.toString())
                .redirectError(log.toFile())
                .start();
        BufferedReader out = process.inputReader();
        String port = out.readLine();
        if (port == null) {
            throw new IOException(Complaint.of("Swift does not start", Files.readString(log)));
        }
        return new SwiftServer(process, port);
    }

    /** Returns the URL of the account. */
    public String accountUrl() {
        return url + "/v1/AUTH_photos";
    }

    /** Returns the URL of Swift's own login. */
    public String loginUrl() {
        return url + "/auth/v1.0";
    }

    /** Creates a container. */
    public void createContainer(String name, String... fields) throws IOException {
        request("PUT", "/" + name, fields);
    }

    /** Sends a request by the account's user, and returns the response, whatever its status. */
    public HttpResponse<String> request(String method, String path, String... fields) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(accountUrl() + path))
                .header("X-Auth-Token", token)
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (fields.length > 0) {
            request.headers(fields);
        }
        return send(request);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
