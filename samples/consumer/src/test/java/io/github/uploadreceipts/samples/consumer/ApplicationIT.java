package io.github.uploadreceipts.samples.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The application as its clients see it. It runs as in production: from its jar and those of its dependencies, on the
 * module path if it was compiled as a module, else on the class path.
 */
class ApplicationIT {

    private static final boolean MODULE = Files.exists(Path.of("target/classes/module-info.class"));
    private static final String PACKAGE = "io.github.uploadreceipts.samples.consumer";
    private static final String MAIN = PACKAGE + ".Application";
    private static final Pattern PLACE = Pattern.compile("(\\S+) is in (unnamed module|module \\S+).*");
    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    private static Path directory;

    /** What the hosts have asked of an object store, which is empty and takes nothing. */
    private static final Queue<String> ARCHIVING = new ConcurrentLinkedQueue<>();

    private static HttpServer objects;
    private static Process process;
    private static final Map<String, String> MODULES = new TreeMap<>();
    private static String a;
    private static String b;

    @BeforeAll
    static void start() throws IOException {
        objects = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        String jar = MODULE ? "target/consumer-module.jar" : "target/consumer.jar";
        String path = jar + File.pathSeparator + Files.readString(Path.of("target/path"));
        command.addAll(
                MODULE
                        ? List.of("--module-path", path, "--module", PACKAGE + "/" + MAIN)
                        : List.of("--class-path", path, MAIN));
        objects.createContext("/", exchange -> {
            ARCHIVING.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            byte[] empty = "<ListBucketResult/>".getBytes(UTF_8);
            boolean listing = exchange.getRequestMethod().equals("GET");
            exchange.sendResponseHeaders(listing ? 200 : 503, listing ? empty.length : -1);
            if (listing) {
                exchange.getResponseBody().write(empty);
            }
            exchange.close();
        });
        objects.start();
        String archive = "s3:http://127.0.0.1:" + objects.getAddress().getPort() + "/bucket";
        command.addAll(List.of(directory.toString(), archive));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(directory.resolve("errors").toFile());
        builder.environment().put("AWS_ACCESS_KEY_ID", "id");
        builder.environment().put("AWS_SECRET_ACCESS_KEY", "secret");
        process = builder.start();
        BufferedReader lines = process.inputReader(UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher place = PLACE.matcher(line);
            if (place.matches()) {
                MODULES.put(place.group(1), place.group(2));
            } else if (line.startsWith("ready ")) {
                String[] urls = line.split(" ", -1);
                a = urls[1];
                b = urls[2];
                return;
            }
        }
        throw new IOException("the application ended:\n" + Files.readString(directory.resolve("errors")));
    }

    @AfterAll
    static void stop() throws Exception {
        try {
            process.getOutputStream().close();
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("the application ends")
                    .isTrue();
            assertThat(process.exitValue())
                    .as(Files.readString(directory.resolve("errors")))
                    .isZero();
        } finally {
            process.destroyForcibly();
            objects.stop(0);
        }
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static HttpResponse<String> send(String method, String url, byte[] body, String... fields)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofMinutes(2))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (fields.length > 0) {
            request.headers(fields);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    /** Uploads the content and returns its receipt. */
    private static String upload(String host, byte[] content) throws IOException, InterruptedException {
        HttpResponse<String> response = send("POST", host + "/uploads", content, "Content-Type", "image/jpeg");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        Matcher receipt = RECEIPT.matcher(response.body());
        assertThat(receipt.find()).as(response.body()).isTrue();
        return receipt.group(1);
    }

    /** Returns the claims of a receipt that is signed and not encrypted. */
    private static String claims(String receipt) {
        return new String(Base64.getUrlDecoder().decode(receipt.split("\\.", -1)[1]), UTF_8);
    }

    private static int order(String host, String fields, String... receipts) throws IOException, InterruptedException {
        String form = fields + "&receipt=" + String.join("&receipt=", receipts);
        HttpResponse<String> response = send(
                "POST", host + "/orders", form.getBytes(UTF_8), "Content-Type", "application/x-www-form-urlencoded");
        return response.statusCode();
    }

    private static HttpResponse<String> tus(String method, String url, byte[] body, String... fields)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("Tus-Resumable", "1.0.0"));
        all.addAll(List.of(fields));
        return send(method, url, body, all.toArray(String[]::new));
    }

    private static HttpResponse<String> append(String url, long offset, byte[] body)
            throws IOException, InterruptedException {
        return tus(
                "PATCH",
                url,
                body,
                "Content-Type",
                "application/offset+octet-stream",
                "Upload-Offset",
                Long.toString(offset));
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void modules_asCompiled() {
        String core = "io.github.uploadreceipts";
        assertThat(MODULES)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        MAIN,
                        MODULE ? "module " + PACKAGE : "unnamed module",
                        core + ".host.UploadHost",
                        MODULE ? "module " + core + ".core" : "unnamed module",
                        core + ".servlet.UploadFilter",
                        MODULE ? "module " + core + ".servlet" : "unnamed module",
                        core + ".fetch.PeerFetcher",
                        MODULE ? "module " + core + ".fetcher" : "unnamed module",
                        core + ".objectstorage.ObjectStorage",
                        MODULE ? "module " + core + ".objectstorage" : "unnamed module"));
    }

    @Test
    void upload_isPushedToTheObjectStore() throws Exception {
        upload(a, bytes(1_000));
        for (int i = 0; i < 600 && !isPushed(); i++) {
            Thread.sleep(100);
        }
        assertThat(isPushed()).as("%s", ARCHIVING).isTrue();
    }

    private static boolean isPushed() {
        return ARCHIVING.stream().anyMatch(request -> request.startsWith("PUT /bucket/archive/"));
    }

    @Test
    void order_uploadsOfBothHosts() throws Exception {
        byte[] first = bytes(300_000);
        byte[] second = bytes(70_000);
        String onA = upload(a, first);
        String onB = upload(b, second);
        assertThat(claims(onA)).contains(a).doesNotContain(b);
        assertThat(claims(onB)).contains(b).doesNotContain(a);

        assertThat(order(b, "order=7&reserve=yes", onA, onB)).isEqualTo(204);
        assertThat(order(b, "order=8", onA)).as("used by order 7").isEqualTo(409);
        assertThat(order(a, "order=8", onB)).as("used by order 7").isEqualTo(409);

        assertThat(order(b, "order=7", onA, onB)).isEqualTo(204);
        Path kept = directory.resolve("b/orders/7");
        assertThat(kept.resolve("0")).hasBinaryContent(first);
        assertThat(kept.resolve("1")).hasBinaryContent(second);

        assertThat(order(b, "order=7", onA)).as("discarded on the other host").isEqualTo(410);
        assertThat(order(b, "order=7", onB)).as("discarded on this host").isEqualTo(410);
    }

    @Test
    void relay_uploadOfTheOtherHost() throws Exception {
        byte[] content = bytes(1_000_000);
        HttpResponse<String> created =
                tus("POST", a + "/uploads", new byte[0], "Upload-Length", Integer.toString(content.length));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        String path =
                URI.create(a + "/uploads").resolve(header(created, "Location")).getRawPath();

        HttpResponse<String> half = append(b + path, 0, Arrays.copyOf(content, 400_000));
        assertThat(half.statusCode()).as(half.body()).isEqualTo(204);
        assertThat(header(half, "Upload-Offset")).isEqualTo("400000");
        HttpResponse<String> asked = tus("HEAD", b + path, new byte[0]);
        assertThat(asked.statusCode()).isEqualTo(200);
        assertThat(header(asked, "Upload-Offset")).isEqualTo("400000");
        assertThat(header(asked, "Upload-Receipt")).isEmpty();

        HttpResponse<String> rest = append(b + path, 400_000, Arrays.copyOfRange(content, 400_000, content.length));
        assertThat(rest.statusCode()).as(rest.body()).isEqualTo(204);
        String receipt = header(rest, "Upload-Receipt");
        assertThat(claims(receipt)).as("the owner").contains(a).doesNotContain(b);
        assertThat(header(tus("HEAD", b + path, new byte[0]), "Upload-Receipt")).isEqualTo(receipt);

        assertThat(order(b, "order=9", receipt)).isEqualTo(204);
        assertThat(directory.resolve("b/orders/9/0")).hasBinaryContent(content);
    }
}
