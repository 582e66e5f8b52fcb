package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.samples.album.Client.Response;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Final requests whose files take long to come: from a host that is slow, or that gives no sign. */
class LongRequestIT {

    private static final String HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    private static final String EVENTS = "text/event-stream, application/json";
    private static final int SIZE = 500_000;
    private static final long SLOW_MILLIS = 4_000;

    private TestFleet fleet;
    private Client client;
    private List<String> receipts;
    private Closeable standIn = () -> {};

    @BeforeEach
    void start() throws Exception {
        fleet = TestFleet.start();
        client = fleet.client;
        receipts = List.of(
                client.upload(fleet.url(1), "here.txt", "text/plain", Bytes.random(10, 1)),
                client.upload(fleet.url(2), "there.txt", "text/plain", Bytes.random(SIZE, 2)));
    }

    @AfterEach
    void stop() throws IOException {
        standIn.close();
        fleet.close();
    }

    private void becomeSlow() throws Exception {
        fleet.fleet().stop(2);
        standIn = SlowPeer.inPlaceOf(fleet.host(2), SLOW_MILLIS);
    }

    /** Takes the port of the second host, and accepts connections without a word. */
    private void becomeSilent() throws Exception {
        fleet.fleet().stop(2);
        standIn = new ServerSocket(fleet.host(2).peerPort(), 50, InetAddress.getLoopbackAddress());
    }

    private Response submit(String order, String accept) throws Exception {
        return client.submit(fleet.url(1), receipts, order, "Accept", accept);
    }

    /** Returns the data of all events of a name. */
    static List<JsonNode> events(String stream, String name) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String event : stream.split("\n\n", -1)) {
            if (event.startsWith("event: " + name + "\ndata: ")) {
                events.add(Client.JSON.readTree(event.substring(event.indexOf("data: ") + 6)));
            }
        }
        return events;
    }

    private static List<String> digests() {
        return List.of(Bytes.sha256(Bytes.random(10, 1)), Bytes.sha256(Bytes.random(SIZE, 2)));
    }

    @Test
    void script_slow_isToldProgressThenTheAlbum() throws Exception {
        becomeSlow();
        Response response = submit("order-1", EVENTS);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Type")).startsWith("text/event-stream");
        assertThat(response.header("Cache-Control")).isEqualTo("no-store");
        assertThat(response.header("X-Accel-Buffering")).isEqualTo("no");
        List<JsonNode> progress = events(response.text(), "progress");
        assertThat(progress).hasSizeGreaterThanOrEqualTo(2).allSatisfy(now -> {
            assertThat(now.path("totalFiles").asInt()).isEqualTo(2);
            assertThat(now.path("totalBytes").asInt()).isEqualTo(SIZE + 10);
        });
        List<Integer> bytes =
                progress.stream().map(now -> now.path("bytes").asInt()).toList();
        assertThat(bytes).isSorted();
        assertThat(bytes.stream().filter(count -> count < SIZE + 10)).doesNotHaveDuplicates();
        JsonNode album = events(response.text(), "album").get(0);
        assertThat(Client.each(album, "sha256")).isEqualTo(digests());
        assertThat(response.text()).endsWith("event: album\ndata: " + album + "\n\n");
    }

    @Test
    void script_quick_getsTheUsualResponse() throws Exception {
        Response response = submit("order-1", EVENTS);
        assertThat(response.header("Content-Type")).startsWith("application/json");
        assertThat(Client.each(response.json(), "sha256")).isEqualTo(digests());
        Response gone = submit("", EVENTS);
        assertThat(gone.status()).isEqualTo(410);
        assertThat(gone.header("Content-Type")).startsWith("application/problem+json");
    }

    @Test
    void script_silentPeer_isToldTheProblemOfTheStatus() throws Exception {
        becomeSilent();
        Response stream = submit("", EVENTS);
        Response plain = submit("", "application/json");
        assertThat(plain.status()).isEqualTo(503);
        assertThat(stream.status()).isEqualTo(200);
        assertThat(events(stream.text(), "album")).isEmpty();
        assertThat(events(stream.text(), "problem")).containsExactly(plain.json());
        assertThat(plain.json().path("type").asText()).isEqualTo(ProblemType.UNAVAILABLE.uri());
        assertThat(plain.json().path("errors").findValuesAsText("index")).containsExactly("1");
    }

    @Test
    void page_slow_arrivesInPiecesAndLeadsToTheAlbum() throws Exception {
        becomeSlow();
        Response response = submit("", HTML);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Type")).startsWith("text/html");
        assertThat(response.header("Content-Security-Policy")).startsWith("default-src 'none'");
        assertThat(response.text().split("class=\"step\"", -1))
                .as("a step each second, and the end")
                .hasSizeGreaterThan((int) (SLOW_MILLIS / 1_000));
        assertThat(response.text())
                .contains("1 of 2 files fetched")
                .contains("max=\"" + (SIZE + 10) + "\"")
                .doesNotContain("{{");
        String album = response.text().replaceAll("(?s).*content=\"0; url=([^\"]*)\".*", "$1");
        assertThat(client.get(fleet.url(3) + album).text()).contains(digests().get(1));
    }

    @Test
    void page_silentPeer_saysWhy() throws Exception {
        becomeSilent();
        assertThat(submit("", HTML).text())
                .contains("role=\"alert\"")
                .contains(ProblemType.UNAVAILABLE.title())
                .endsWith("</html>\n");
    }

    /** Begins a final request, reads its first event, and leaves. */
    private void leave(String order) throws Exception {
        try (Socket socket = begin(order)) {
            awaitEvent(socket);
            socket.setSoLinger(true, 0);
        }
    }

    private Socket begin(String order) throws IOException {
        String body = client.body(receipts, order);
        String head = "POST /album HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                + "Accept: text/event-stream\r\nContent-Length: " + body.length() + "\r\n\r\n";
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), fleet.host(1).port());
        socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void awaitEvent(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder read = new StringBuilder();
        while (read.indexOf("event: progress") < 0) {
            int next = in.read();
            assertThat(next).as("%s", read).isPositive();
            read.append((char) next);
        }
    }

    @Test
    void client_leaves_withOrder_findsTheAlbum() throws Exception {
        becomeSlow();
        leave("order-1");
        long begin = System.nanoTime();
        Response again = client.submit(fleet.url(3), receipts, "order-1", "Accept", EVENTS);
        assertThat(System.nanoTime() - begin).as("it is not fetched anew").isLessThan((SLOW_MILLIS - 500) * 1_000_000);
        JsonNode album = again.header("Content-Type").startsWith("application/json")
                ? again.json()
                : events(again.text(), "album").get(0);
        assertThat(Client.each(album, "sha256")).isEqualTo(digests());
        assertThat(fleet.fleet().albums().count()).isEqualTo(1);
    }

    @Test
    void client_leaves_withoutOrder_keepsItsReceipts() throws Exception {
        becomeSlow();
        leave("");
        Thread.sleep(SLOW_MILLIS);
        standIn.close();
        assertThat(fleet.fleet().albums().count()).isZero();
        fleet.fleet().start(2);
        assertThat(submit("", "application/json").status()).isEqualTo(200);
    }

    @Test
    void waiting_hundred_holdNoThread() throws Exception {
        becomeSlow();
        List<Socket> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                clients.add(begin(""));
            }
            for (Socket one : clients) {
                awaitEvent(one);
            }
            assertThat(Thread.getAllStackTraces().entrySet())
                    .as("threads of the container in the application or the library")
                    .filteredOn(one -> one.getKey().getName().startsWith("qtp"))
                    .filteredOn(one -> Arrays.toString(one.getValue()).contains("io.github.uploadreceipts"))
                    .hasSizeLessThan(10);
        } finally {
            for (Socket one : clients) {
                one.close();
            }
        }
    }
}
