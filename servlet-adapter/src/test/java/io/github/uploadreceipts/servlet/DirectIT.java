package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.MemoryDirectStore;
import jakarta.servlet.http.HttpServlet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads whose bytes a client sends straight to the store, which is an HTTP server here. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class DirectIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ORIGIN = "https://www.example.org";
    private static final String WISH = "{\"name\":\"a.txt\",\"type\":\"text/plain\",\"size\":5}";
    private static final UploadPolicy ANYONE = UploadPolicy.anyone(UploadLimits.defaults());

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    private final KeyRing keyRing = KeyRing.generate("test");
    private final InMemoryUploadStore store = InMemoryUploadStore.create();

    /** Before an upgrade to HTTP/2, Tomcat itself refuses a body of more than 4 KiB. */
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private HttpServer bytes;
    private MemoryDirectStore place;
    private UploadHost host;
    private Container.Running running;

    @BeforeEach
    void startStore() throws Exception {
        bytes = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        place = MemoryDirectStore.of(
                store, "http://127.0.0.1:" + bytes.getAddress().getPort() + "/in");
        bytes.createContext("/in", exchange -> {
            place.write(exchange.getRequestURI(), exchange.getRequestBody().readAllBytes());
            boolean asTold = exchange.getRequestMethod().equals("PUT")
                    && "5".equals(exchange.getRequestHeaders().getFirst("X-Length"));
            exchange.sendResponseHeaders(asTold ? 201 : 400, -1);
            exchange.close();
        });
        bytes.start();
    }

    private void start(UploadPolicy policy) throws Exception {
        start(store, policy);
    }

    private void start(UploadStore kept, UploadPolicy policy) throws Exception {
        host = UploadHost.builder(keyRing, kept)
                .internalUrl("http://127.0.0.1:8080")
                .developmentMode()
                .build();
        UploadFilter filter = UploadFilter.builder(host, policy)
                .allowOrigins(ORIGIN)
                .finalForm("/orders")
                .carryFields("paper")
                .build();
        running = container.start(Container.App.of(Map.of("/uploads/*", filter), new HttpServlet() {}, async));
    }

    @AfterEach
    void stop() throws Exception {
        if (running != null) {
            running.close();
            host.close();
        }
        bytes.stop(0);
    }

    private HttpResponse<String> post(String path, String body, String... fields) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + running.port() + path))
                .header("Origin", ORIGIN)
                .POST(body.isEmpty() ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (fields.length > 0) {
            request.headers(fields);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode begin(String... fields) throws Exception {
        HttpResponse<String> response = post("/uploads/direct", WISH, fields);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).contains(ORIGIN);
        return JSON.readTree(response.body());
    }

    /** Sends bytes to the store as the host says. */
    private void send(JsonNode begun, String content) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(begun.path("url").asText()))
                .method(begun.path("method").asText(), HttpRequest.BodyPublishers.ofString(content));
        begun.path("fields")
                .properties()
                .forEach(
                        field -> request.header(field.getKey(), field.getValue().asText()));
        assertThat(client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(201);
    }

    /** Returns the path by which the upload is recorded. */
    private static String path(JsonNode begun) {
        return URI.create("/uploads/direct")
                .resolve(begun.path("record").asText())
                .getPath();
    }

    private HttpResponse<String> record(JsonNode begun) throws Exception {
        return post(path(begun), "");
    }

    private UploadReceipt receipt(HttpResponse<String> response, String... subject) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).contains(ORIGIN);
        JsonNode only = JSON.readTree(response.body()).path("receipts").path(0);
        assertThat(only.path("name").asText()).isEqualTo("a.txt");
        assertThat(only.path("size").asLong()).isEqualTo(5);
        var verifier = subject.length == 0 ? host.receipts() : host.receipts().subject(subject[0]);
        return verifier.verify(only.path("receipt").asText());
    }

    private void assertRefused(HttpResponse<String> response, int status, String type) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).contains(ORIGIN);
        assertThat(response.body()).contains("problems#" + type + "\"");
    }

    @Test
    void direct_fromBeginToReceipt_andAgain() throws Exception {
        start(ANYONE);
        JsonNode begun = begin();
        assertThat(begun.path("record").asText()).startsWith("direct/A");
        assertThat(Instant.parse(begun.path("expiresAt").asText())).isAfter(Instant.now());
        send(begun, "hello");
        assertThat(store.isEmpty()).as("not recorded yet").isTrue();
        UploadReceipt first = receipt(record(begun));
        UploadReceipt again = receipt(record(begun));
        assertThat(again.id()).isEqualTo(first.id());
        assertThat(again.digest()).isEqualTo(first.digest());
        assertThat(store.published().values()).containsExactly("hello".getBytes(UTF_8));
    }

    @Test
    void direct_byTicket() throws Exception {
        start(UploadPolicy.ticket());
        assertRefused(post("/uploads/direct", WISH), 401, "ticket-required");
        String ticket = TicketIssuer.create(keyRing)
                .issue(UploadTicket.builder(Clock.systemUTC())
                        .subject("ann")
                        .types("text/*")
                        .build());
        JsonNode begun = begin("Upload-Ticket", ticket);
        send(begun, "hello");
        assertThat(receipt(record(begun), "ann").subject()).contains("ann");
        assertRefused(post("/uploads/direct", WISH, "Upload-Ticket", ticket), 409, "slot-taken");
        assertRefused(
                post("/uploads/direct", WISH.replace("text", "image"), "Authorization", "Bearer " + ticket),
                415,
                "type-not-accepted");
    }

    @Test
    void record_bytesAreMissing_orOthers() throws Exception {
        start(ANYONE);
        JsonNode begun = begin();
        assertRefused(record(begun), 409, "not-finished");
        send(begun, "hello!");
        assertRefused(record(begun), 422, "size-mismatch");
        send(begun, "hello");
        assertThat(receipt(record(begun)).size()).isEqualTo(5);
    }

    @Test
    void record_tokenIsNotOurs() throws Exception {
        start(ANYONE);
        String path = path(begin());
        assertRefused(post(path + "A", ""), 404, "not-found");
        assertRefused(post(path.substring(0, path.length() - 1), ""), 404, "not-found");
        assertRefused(post(path + "A", "{\"unread\":true}"), 404, "not-found");
    }

    @Test
    void record_withABody_isIgnored() throws Exception {
        start(ANYONE);
        JsonNode begun = begin();
        send(begun, "hello");
        HttpResponse<String> response = post(path(begun) + "/", "{}");
        assertThat(receipt(response).size()).isEqualTo(5);
    }

    @Test
    void record_storeIsDown() throws Exception {
        start(ANYONE);
        JsonNode begun = begin();
        send(begun, "hello");
        place.at("copy", () -> {
            throw new StoreException.Unavailable("the store is down", null);
        });
        HttpResponse<String> response = record(begun);
        assertRefused(response, 503, "unavailable");
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        place.at("copy", null);
        assertThat(receipt(record(begun)).size()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "{}",
                "{\"size\":-1}",
                "{\"size\":\"5\"}",
                "{\"size\":5.5}",
                "{\"size\":5,\"size\":6}",
                "{\"size\":5,\"name\":null}",
                "{\"size\":5,\"type\":1}",
                "{\"size\":5,\"key\":\"a\"}"
            })
    void begin_malformed(String body) throws Exception {
        start(ANYONE);
        assertRefused(post("/uploads/direct", body), 400, "malformed-request");
    }

    @Test
    void begin_tooLong() throws Exception {
        start(ANYONE);
        String body = "{\"size\":5,\"name\":\"" + "a".repeat(9000) + "\"}";
        assertRefused(post("/uploads/direct", body), 413, "request-too-large");
        assertRefused(post("/uploads/direct", "{\"size\":1001}"), 413, "file-too-large");
    }

    @Test
    void begin_whileDraining_recordedAllTheSame() throws Exception {
        start(ANYONE);
        JsonNode begun = begin();
        send(begun, "hello");
        host.drain(true);
        assertRefused(post("/uploads/direct", WISH), 503, "unavailable");
        assertThat(receipt(record(begun)).size()).isEqualTo(5);
    }

    @Test
    void begin_storeTakesNone(@TempDir Path directory) throws Exception {
        start(LocalUploadStore.at(directory), ANYONE);
        HttpResponse<String> response = post("/uploads/direct", WISH);
        assertRefused(response, 404, "not-found");
        assertThat(response.body()).contains("straight to the store");
    }

    private static final String[] BROWSER = {
        "Accept", "text/html,application/xhtml+xml,*/*;q=0.8", "Content-Type", "application/x-www-form-urlencoded"
    };

    private HttpResponse<String> get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + running.port() + path))
                .header("Accept", BROWSER[1])
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> postForm(String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + running.port() + "/uploads/direct"))
                .headers(BROWSER)
                .header("Origin", "http://127.0.0.1:" + running.port())
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static List<String> values(String page, String field) {
        return Pattern.compile("name=\"" + field + "\" value=\"([^\"]*)\"")
                .matcher(page)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    /** Begins an upload by a form, writes its file, and returns the path to which the store sends the browser. */
    private String upload(String fields, String name) throws Exception {
        HttpResponse<String> page = postForm(fields);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.headers().firstValue("Cache-Control")).contains("no-store");
        String action = page.body().replaceFirst("(?s).*multipart/form-data\" action=\"([^\"]*)\".*", "$1");
        place.write(URI.create(action), name, "hello".getBytes(UTF_8));
        URI next = URI.create(values(page.body(), "next").get(0));
        assertThat(next.getAuthority()).isEqualTo("127.0.0.1:" + running.port());
        assertThat(next.getQuery()).isNull();
        return next.getPath();
    }

    @Test
    void form_withoutScript_carriesReceiptsFromFileToFile() throws Exception {
        start(ANYONE);
        String first = upload("paper=matte&evil=1", "a.txt");
        HttpResponse<String> page = get(first + "?status=201&message=&bucket=b&key=evil&etag=e");
        assertThat(page.statusCode()).as(page.body()).isEqualTo(201);
        assertThat(page.body()).contains("<li>a.txt</li>", "action=\"../direct\"", "action=\"/orders\"");
        assertThat(values(page.body(), "paper")).containsExactly("matte", "matte");
        assertThat(values(page.body(), "evil")).isEmpty();
        String receipt = values(page.body(), "receipt").get(0);
        assertThat(host.receipts().verify(receipt).name()).isEqualTo("a.txt");

        String second = upload("paper=matte&receipt=" + receipt, "b.png");
        page = get(second);
        assertThat(page.body()).containsSubsequence("<li>a.txt</li>", "<li>b.png</li>");
        List<String> receipts = values(page.body(), "receipt");
        assertThat(receipts).hasSize(4).startsWith(receipt); // in both forms
        assertThat(host.receipts().verify(receipts.get(1)).type()).isEqualTo("image/png");
        assertThat(host.receipts()
                        .verify(values(get(second).body(), "receipt").get(1))
                        .id())
                .as("a reload is for the same upload")
                .isEqualTo(host.receipts().verify(receipts.get(1)).id());
    }

    @Test
    void form_byTicket_carriesItToItsLastSlot() throws Exception {
        start(UploadPolicy.ticket());
        HttpResponse<String> without = postForm("");
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(without.headers().firstValue("Content-Type")).contains("text/html;charset=utf-8");
        String ticket = TicketIssuer.create(keyRing)
                .issue(UploadTicket.builder(Clock.systemUTC())
                        .subject("ann")
                        .files(2)
                        .build());
        String page = get(upload("ticket=" + ticket, "a.txt")).body();
        assertThat(values(page, "slot")).containsExactly("1");
        assertThat(values(page, "ticket")).containsExactly(ticket);
        String receipt = values(page, "receipt").get(0);
        page = get(upload("ticket=" + ticket + "&slot=1&receipt=" + receipt, "b.txt"))
                .body();
        assertThat(page).contains("<li>b.txt</li>").doesNotContain("Add another file");
        assertThat(postForm("ticket=" + ticket + "&slot=1").statusCode()).isEqualTo(409);
        assertThat(postForm("ticket=" + ticket + "&receipt=x").statusCode()).isBetween(400, 422);
    }

    @Test
    void form_storeIsStillRead_pageAsksAgain() throws Exception {
        start(ANYONE);
        String path = upload("", "a.txt");
        CountDownLatch measured = new CountDownLatch(1);
        place.at("measure", () -> {
            try {
                measured.await();
            } catch (InterruptedException e) {
                throw new StoreException.Failed("interrupted", e);
            }
        });
        HttpResponse<String> page = get(path);
        assertThat(page.statusCode()).isEqualTo(202);
        assertThat(page.headers().firstValue("Refresh")).contains("1");
        measured.countDown();
        place.at("measure", null);
        assertThat(get(path).body()).contains("<li>a.txt</li>");
    }

    @Test
    void form_fileHasNotCome_orTokenIsNotOurs_isAPage() throws Exception {
        start(ANYONE);
        HttpResponse<String> begun = postForm("");
        String path = URI.create(values(begun.body(), "next").get(0)).getPath();
        for (HttpResponse<String> refused : List.of(get(path), get(path + "A"))) {
            assertThat(refused.statusCode()).isIn(404, 409);
            assertThat(refused.headers().firstValue("Content-Type")).contains("text/html;charset=utf-8");
        }
        assertThat(get(path(begin())).statusCode())
                .as("it was begun by a script")
                .isIn(404, 409);
    }

    /** Such paths are the names of files to other requests. */
    @Test
    void otherRequestsToThesePaths_areUploadsToTheHost() throws Exception {
        start(ANYONE);
        String json = "Content-Type: application/json\r\n";
        String name = "Content-Disposition: attachment; filename=\"a.txt\"\r\n";
        List<Wire.Response> responses = List.of(
                Wire.exchange(running.port(), head("PUT", "/uploads/direct") + json, WISH.getBytes(UTF_8)),
                Wire.exchange(running.port(), head("POST", "/uploads/direct") + json + name, WISH.getBytes(UTF_8)),
                Wire.exchange(
                        running.port(),
                        head("POST", "/uploads/direct") + "Content-Type: multipart/form-data; boundary=x\r\n",
                        form("x", filePart("a.txt", "text/plain", WISH))),
                Wire.exchange(running.port(), head("POST", "/uploads/directly") + json, WISH.getBytes(UTF_8)));
        assertThat(responses)
                .allSatisfy(response ->
                        assertThat(response.status()).as(response.body()).isEqualTo(201));
        assertThat(store.published().values())
                .hasSize(4)
                .allSatisfy(content -> assertThat(content).isEqualTo(WISH.getBytes(UTF_8)));
        assertProblem(
                Wire.exchange(running.port(), head("GET", "/uploads/direct"), new byte[0]), 405, "method-not-allowed");
    }
}
