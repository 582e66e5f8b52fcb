package io.github.uploadreceipts.samples.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.uploadreceipts.internal.handover.HandOverMessage;
import io.github.uploadreceipts.internal.handover.TestMessages;
import io.github.uploadreceipts.internal.token.TicketTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Ports;
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
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stock library for Standard Webhooks accepts what hosts sign, and hosts accept what it signs. */
class StockLibraryIT {

    private static final UploadId ID = UploadId.random();

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final BlockingQueue<HandOverMessage> finished = new LinkedBlockingQueue<>();
    private final AtomicInteger busy = new AtomicInteger();
    private HttpServer host;
    private KeyRing ring;
    private KeyRing rotated;
    private URI receiver;
    private NodeProgram.Server node;

    @BeforeEach
    void start() throws Exception {
        Instant now = Instant.now();
        ring = KeyRing.generate("photos");
        rotated = ring.rotate(now, now.plusSeconds(3600), Duration.ofDays(8));
        Path file = directory.resolve("receipts.json");
        rotated.write(file);
        int port = Ports.free();
        receiver = URI.create("http://127.0.0.1:" + port + "/stored");
        host = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        host.createContext("/", this::takeFinish);
        host.start();
        node = NodeProgram.install(directory)
                .serve(Map.of(
                        "PORT", Integer.toString(port),
                        "KEY_RING", file.toString(),
                        "RECEIVER", receiver.toString(),
                        "HAND_OVER_SECRET", TestMessages.secret(ring, receiver)));
    }

    private void takeFinish(HttpExchange exchange) throws IOException {
        finished.add(new HandOverMessage(
                exchange.getRequestHeaders().getFirst("webhook-id"),
                exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                exchange.getRequestHeaders().getFirst("webhook-signature"),
                exchange.getRequestBody().readAllBytes()));
        exchange.sendResponseHeaders(busy.getAndDecrement() > 0 ? 503 : 204, -1);
        exchange.close();
    }

    @AfterEach
    void stop() {
        node.close();
        host.stop(0);
    }

    private HttpResponse<String> post(URI url, Map<String, String> fields, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(url).POST(BodyPublishers.ofString(body));
        fields.forEach(request::header);
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private String webhook() {
        return "{\"type\":\"upload.stored\",\"data\":{\"id\":\"" + ID
                + "\",\"name\":\"Käse.png\",\"finish\":\"http://127.0.0.1:"
                + host.getAddress().getPort() + "/uploads/finish/token\"}}";
    }

    private HandOverMessage finish() throws InterruptedException {
        HandOverMessage message = finished.poll(120, TimeUnit.SECONDS);
        assertThat(message).as("the message that finishes").isNotNull();
        return message;
    }

    @Test
    void ticket_namesTheReceiver() throws Exception {
        HttpResponse<String> response =
                post(receiver.resolve("/ticket"), Map.of(), "{\"files\":[{\"name\":\"a\"},{\"name\":\"b\"}]}");
        assertThat(response.statusCode()).isEqualTo(201);
        String token =
                new ObjectMapper().readTree(response.body()).path("ticket").asText();
        UploadTicket ticket =
                new TicketTokens(rotated).verify(token, Instant.now()).ticket();
        assertThat(ticket.handOver()).contains(receiver);
        assertThat(ticket.files()).isEqualTo(2);
    }

    /** While keys are rotated, whichever of the two secrets the receiver has. */
    @Test
    void webhook_verifiedAndFinished() throws Exception {
        String body = webhook();
        Map<String, String> fields = TestMessages.sign(rotated, receiver, ID, Instant.now(), body);
        assertThat(fields.get("webhook-signature")).contains(" v1,");
        busy.set(1);
        assertThat(post(receiver, fields, body).statusCode()).isEqualTo(202);
        HandOverMessage first = finish();
        assertThat(new String(first.body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"type\":\"upload.finished\",\"data\":{\"page\":\"/files/" + ID + "\"}}");
        HandOverMessage again = finish();
        assertThatCode(() -> {
                    TestMessages.verify(rotated, receiver, ID, first);
                    TestMessages.verify(rotated, receiver, ID, again);
                })
                .doesNotThrowAnyException();
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> TestMessages.verify(KeyRing.generate("photos"), receiver, ID, first));
        assertThat(node.line()).isEqualTo("finished " + ID + " unread");
    }

    @Test
    void webhook_notSignedOrOld_refused() throws Exception {
        String body = webhook();
        assertThat(post(receiver, Map.of(), body).statusCode()).isEqualTo(401);
        Map<String, String> old =
                TestMessages.sign(rotated, receiver, ID, Instant.now().minusSeconds(301), body);
        assertThat(post(receiver, old, body).statusCode()).isEqualTo(401);
        Map<String, String> strange = TestMessages.sign(KeyRing.generate("photos"), receiver, ID, Instant.now(), body);
        assertThat(post(receiver, strange, body).statusCode()).isEqualTo(401);
        Map<String, String> other = TestMessages.sign(rotated, receiver, ID, Instant.now(), body + " ");
        assertThat(post(receiver, other, body).statusCode()).isEqualTo(401);
        assertThat(finished).isEmpty();
    }
}
