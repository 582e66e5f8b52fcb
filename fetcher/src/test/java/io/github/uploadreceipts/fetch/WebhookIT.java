package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.handover.HandOverMessage;
import io.github.uploadreceipts.internal.handover.TestMessages;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.SettableClock;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads that are handed over by webhook, from the upload to the end. */
@ParameterizedClass
@EnumSource(
        value = Container.class,
        names = {"JETTY_EE10", "TOMCAT_11", "UNDERTOW"})
class WebhookIT {

    private static final String FINISHED = "{\"type\":\"upload.finished\",\"data\":{\"page\":\"/7\"}}";
    private static final String REFUSED = "{\"type\":\"upload.refused\",\"data\":{\"message\":\"No photo.\"}}";

    /** What the receiver got. */
    private record Got(HandOverMessage message, JsonNode json) {}

    @Parameter
    Container container;

    @TempDir
    Path root;

    private final SettableClock clock = new SettableClock(Instant.now().truncatedTo(ChronoUnit.SECONDS));
    private final KeyRing ring = KeyRing.generate("photos");
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Got> got = new CopyOnWriteArrayList<>();
    private volatile int status = 204;
    private volatile String answer = "";
    private HttpServer server;
    private URI receiver;
    private UploadHost host;
    private PeerFetcher fetcher;
    private Container.Running running;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::receive);
        server.start();
        receiver = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/stored");
        host = UploadHost.builder(
                        ring,
                        LocalUploadStore.builder(root)
                                .durability(Durability.BUFFERED)
                                .open())
                .internalUrl("http://127.0.0.1:8080")
                .developmentMode()
                .handOverUrls(receiver.toString())
                .clock(clock)
                .build();
        fetcher = PeerFetcher.create(host);
        UploadPolicy policy = UploadPolicy.ticket(UploadLimits.defaults());
        running = container.start(
                Container.App.of(Map.of("/uploads/*", UploadFilter.create(host, policy)), new HttpServlet() {}, true));
    }

    @AfterEach
    void stop() throws Exception {
        fetcher.close();
        running.close();
        host.close();
        server.stop(0);
    }

    private void receive(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        HandOverMessage message = new HandOverMessage(
                exchange.getRequestHeaders().getFirst("webhook-id"),
                exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                exchange.getRequestHeaders().getFirst("webhook-signature"),
                body);
        byte[] said = answer.getBytes(StandardCharsets.UTF_8);
        int code = status;
        // Last: a test that has seen the webhook changes the next response.
        got.add(new Got(message, new ObjectMapper().readTree(body)));
        exchange.sendResponseHeaders(code, said.length == 0 ? -1 : said.length);
        exchange.getResponseBody().write(said);
        exchange.close();
    }

    private HttpResponse<String> post(String path, Map<String, String> fields, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + running.port() + path))
                .POST(BodyPublishers.ofString(body));
        fields.forEach(request::header);
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> upload(URI to) throws Exception {
        UploadTicket ticket = UploadTicket.builder(clock).files(1).handOver(to).build();
        return post(
                "/uploads",
                Map.of("Authorization", "Bearer " + TicketIssuer.create(ring).issue(ticket)),
                "the bytes");
    }

    private UploadReceipt upload() throws Exception {
        HttpResponse<String> response = upload(receiver);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        String token = new ObjectMapper()
                .readTree(response.body())
                .path("receipts")
                .path(0)
                .path("receipt")
                .asText();
        return host.receipts().verify(token);
    }

    private Verdict verdict(UploadReceipt receipt) {
        return HostAccess.handOvers(host).verdict(receipt.owner()).join();
    }

    private void awaitGot(int count) throws Exception {
        Await.until(count + " webhooks", () -> got.size() >= count);
    }

    private void awaitVerdict(UploadReceipt receipt, Verdict expected) throws Exception {
        Await.until(expected.toString(), () -> verdict(receipt).equals(expected));
    }

    private HttpResponse<String> finish(UploadReceipt receipt, String body) throws Exception {
        String path = URI.create(got.get(0).json().path("data").path("finish").asText())
                .getPath();
        return post(path, TestMessages.sign(ring, receiver, receipt.id(), clock.now, body), body);
    }

    private void assertFinish(UploadReceipt receipt, String body, int expected) throws Exception {
        HttpResponse<String> response = finish(receipt, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(expected);
    }

    private UploadReceipt waiting() throws Exception {
        status = 202;
        UploadReceipt receipt = upload();
        awaitGot(1);
        assertThat(verdict(receipt)).isEqualTo(Verdict.waiting());
        return receipt;
    }

    @Test
    void upload_receiverIsDone() throws Exception {
        status = 200;
        answer = "{\"status\":\"done\",\"data\":[7]}";
        UploadReceipt receipt = upload();
        awaitVerdict(receipt, Verdict.done("[7]"));
        assertThat(got).hasSize(1);
        TestMessages.verify(ring, receiver, receipt.id(), got.get(0).message());
        JsonNode data = got.get(0).json().path("data");
        assertThat(data.path("id").asText()).isEqualTo(receipt.id().toString());
        assertThat(host.receipts().verify(data.path("receipt").asText())).isEqualTo(receipt);
    }

    @Test
    void upload_receiverRefuses() throws Exception {
        status = 200;
        answer = "{\"status\":\"refused\",\"message\":\"No photo.\"}";
        awaitVerdict(upload(), Verdict.refused("No photo."));
    }

    @Test
    void finish_twiceIsHarmless_otherwiseIsNot() throws Exception {
        UploadReceipt receipt = waiting();
        assertFinish(receipt, FINISHED, 204);
        assertThat(verdict(receipt)).isEqualTo(Verdict.done("{\"page\":\"/7\"}"));
        assertFinish(receipt, FINISHED, 204);
        assertFinish(receipt, REFUSED, 409);
        assertThat(verdict(receipt)).isEqualTo(Verdict.done("{\"page\":\"/7\"}"));
    }

    @Test
    void finish_refused() throws Exception {
        UploadReceipt receipt = waiting();
        assertFinish(receipt, REFUSED, 204);
        assertThat(verdict(receipt)).isEqualTo(Verdict.refused("No photo."));
        assertFinish(receipt, FINISHED, 409);
    }

    @Test
    void finish_uploadIsDiscarded_gone() throws Exception {
        UploadReceipt receipt = waiting();
        HostAccess.engine(host).discard(receipt.owner());
        assertFinish(receipt, FINISHED, 410);
    }

    @Test
    void finish_uploadHasExpired_gone() throws Exception {
        UploadReceipt receipt = waiting();
        clock.now = receipt.expiresAt().plus(Duration.ofHours(1));
        assertFinish(receipt, FINISHED, 410);
    }

    /** The schedule's first pause is 5 s, with jitter. */
    @Test
    void upload_receiverIsDownForAWhile() throws Exception {
        status = 500;
        UploadReceipt receipt = upload();
        awaitGot(1);
        status = 204;
        Instant first = clock.now;
        Await.until("a second webhook", () -> {
            clock.now = clock.now.plusSeconds(1);
            return got.size() >= 2;
        });
        assertThat(Duration.between(first, clock.now)).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
        awaitVerdict(receipt, Verdict.done());
        assertThat(got.get(1).message().id()).isEqualTo(got.get(0).message().id());
        got.forEach(webhook -> ((ObjectNode) webhook.json().path("data")).remove("finish"));
        assertThat(got.get(1).json()).isEqualTo(got.get(0).json());
    }

    /** Before the bytes of the upload come, not after. */
    @Test
    void upload_ticketNamesWhoIsNotListed_refused() throws Exception {
        HttpResponse<String> response = upload(URI.create("http://127.0.0.1:1/stored"));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
        assertThat(response.body()).contains("hand-over");
        fetcher.close();
        assertThat(upload(receiver).statusCode()).isNotEqualTo(201);
        assertThat(got).isEmpty();
    }
}
