package io.github.uploadreceipts.spring;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** One instance of the application, and one person's browser at it. */
final class ShopServer implements AutoCloseable {

    private static final String EXCLUDE = "--spring.autoconfigure.exclude=org.springframework.boot.";
    static final String NO_TOMCAT = EXCLUDE + "tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration";
    static final String NO_JETTY = EXCLUDE + "jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration";

    final int port;
    final ConfigurableApplicationContext context;
    private final HttpClient browser =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    private ShopServer(int port, ConfigurableApplicationContext context) {
        this.port = port;
        this.context = context;
    }

    static ShopServer start(int port, String peerPorts, Path keys, Path store, String... more) {
        return start(ShopApplication.class, port, peerPorts, keys, store, more);
    }

    static ShopServer start(Class<?> application, int port, String peerPorts, Path keys, Path store, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--server.address=127.0.0.1",
                "--spring.main.banner-mode=off",
                "--spring.jmx.enabled=false",
                "--spring.security.user.name=ann",
                "--spring.security.user.password=secret",
                "--upload-receipts.key-ring=" + keys,
                "--upload-receipts.store.directory=" + store,
                "--upload-receipts.internal-url=http://127.0.0.1:" + port,
                "--upload-receipts.peer-ports=" + peerPorts,
                "--upload-receipts.development-mode=true",
                "--upload-receipts.paths.receipts=/orders"));
        arguments.addAll(List.of(more));
        return new ShopServer(port, new SpringApplicationBuilder(application).run(arguments.toArray(String[]::new)));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return browser.send(request.build(), BodyHandlers.ofString());
    }

    void signIn() throws IOException, InterruptedException {
        Matcher field = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"")
                .matcher(send(request("/login")).body());
        if (!field.find()) {
            throw new AssertionError("the login page has no CSRF token");
        }
        String form = "username=ann&password=secret&_csrf=" + URLEncoder.encode(field.group(1), StandardCharsets.UTF_8);
        HttpResponse<String> response = send(request("/login")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form)));
        if (response.statusCode() != 302
                || response.headers().firstValue("Location").orElse("").contains("error")) {
            throw new AssertionError("not signed in: " + response.statusCode());
        }
    }

    String csrfToken() throws IOException, InterruptedException {
        return send(request("/token")).body();
    }

    /** Uploads a file as its own body, and returns its receipt. */
    String upload(String name, String content) throws IOException, InterruptedException {
        HttpResponse<String> response = send(request("/uploads")
                .header("X-CSRF-TOKEN", csrfToken())
                .header("Content-Type", "text/plain")
                .header("Content-Disposition", "attachment; filename=\"" + name + "\"")
                .POST(BodyPublishers.ofString(content)));
        Matcher receipt = Pattern.compile("\"receipt\":\"([^\"]+)\"").matcher(response.body());
        if (response.statusCode() != 201 || !receipt.find()) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return receipt.group(1);
    }

    HttpRequest.Builder tus(String path) throws IOException, InterruptedException {
        return request(path).header("Tus-Resumable", "1.0.0").header("X-CSRF-TOKEN", csrfToken());
    }

    HttpResponse<String> order(String... receipts) throws IOException, InterruptedException {
        return send(request("/orders")
                .header("X-CSRF-TOKEN", csrfToken())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"receipts\":[\"" + String.join("\",\"", receipts) + "\"]}")));
    }

    @Override
    public void close() {
        context.close();
    }
}
