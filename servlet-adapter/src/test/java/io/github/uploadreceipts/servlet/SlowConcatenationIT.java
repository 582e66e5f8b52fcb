package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Concatenations that take long. All containers run at once, because each test waits for seconds. */
class SlowConcatenationIT {

    @TempDir
    Path directory;

    /** A client that has requested a concatenation of two partial uploads whose bytes cannot be read yet. */
    private static final class Client {

        private final AdapterFixture fixture;
        private final TusClient tus;
        private final Wire wire;
        private final String shown;
        private final String request;

        Client(AdapterFixture fixture) throws Exception {
            this(fixture, "");
        }

        Client(AdapterFixture fixture, String shown) throws Exception {
            this.shown = shown;
            this.fixture = fixture;
            this.tus = new TusClient(fixture.port());
            this.wire = new Wire(fixture.port());
            String partials = partial("abc") + " " + partial("defg");
            fixture.store.waitAt("open");
            this.request = head("POST", TusClient.ENDPOINT) + TUS + shown + "Upload-Concat: final;" + partials + "\r\n";
            wire.send(request, new byte[0]);
        }

        private String partial(String content) throws IOException {
            String path = tus.created(content.length(), "Upload-Concat: partial\r\n", shown);
            assertThat(tus.patch(path, 0, content.getBytes(StandardCharsets.US_ASCII))
                            .status())
                    .isEqualTo(204);
            return path;
        }

        /** Checks the early response, and returns the path of the final upload. */
        String assertRespondedBefore() throws IOException {
            Wire.Response response = wire.response();
            assertThat(response.status()).as(response.body()).isEqualTo(201);
            assertThat(response.header("Upload-Receipt")).isEmpty();
            assertThat(response.body()).isEmpty();
            String path = TusClient.path(response);
            Wire.Response meanwhile = tus.head(path);
            assertThat(meanwhile.status()).isEqualTo(200);
            assertThat(meanwhile.header("Upload-Concat")).startsWith("final;");
            assertThat(meanwhile.header("Upload-Length")).isEqualTo("7");
            assertThat(meanwhile.header("Upload-Offset")).isEmpty();
            assertThat(meanwhile.header("Upload-Receipt")).isEmpty();
            assertProblem(tus.patch(path, 0, new byte[1]), 403, "forbidden");
            return path;
        }

        void assertConcatenatedAfter(String path) throws Exception {
            fixture.store.goOn.countDown();
            fixture.await(
                    "receipt", () -> !tus.head(path).header("Upload-Receipt").isEmpty());
            assertThat(fixture.store.steps)
                    .as("each partial upload opened once")
                    .filteredOn("open"::equals)
                    .hasSize(2);
            Wire.Response made = tus.head(path);
            assertThat(made.header("Upload-Offset")).isEqualTo("7");
            assertThat(fixture.stored(fixture.host.receipts().verify(made.header("Upload-Receipt"))))
                    .isEqualTo("abcdefg");
        }
    }

    /**
     * A repeated request with the same ticket gets 503 if the concatenation fails. The first request's URL stays valid.
     */
    @Test
    void final_repeatedAndFails_urlStaysAndIsConcatenatedLater() throws Exception {
        Container any = Container.all().findFirst().orElseThrow();
        try (AdapterFixture fixture = new AdapterFixture(directory.resolve("ticket"));
                Wire again = new Wire(fixture.start(any, true, UploadFilter.create(fixture.host, UploadPolicy.ticket()))
                        .port())) {
            String ticket = "Upload-Ticket: "
                    + TicketIssuer.create(fixture.keyRing)
                            .issue(UploadTicket.builder(Clock.systemUTC()).build())
                    + "\r\n";
            Client client = new Client(fixture, ticket);
            String path = client.assertRespondedBefore();
            fixture.store.fail("open", 2); // the first attempt, and a second one
            again.send(client.request, new byte[0]);
            fixture.store.goOn.countDown();

            assertProblem(again.response(), 503, "unavailable");
            client.assertConcatenatedAfter(path);
            client.wire.close();
        }
    }

    @Test
    void final_thatTakesLong_respondedBefore_concatenatedAfter() throws Exception {
        List<AdapterFixture> fixtures = new ArrayList<>();
        List<Client> clients = new ArrayList<>();
        try {
            for (Container container : Container.all().toList()) {
                for (boolean async : new boolean[] {true, false}) {
                    AdapterFixture fixture = new AdapterFixture(directory.resolve(container + "-" + async));
                    fixtures.add(fixture);
                    clients.add(new Client(fixture.start(container, async, UploadLimits.defaults())));
                }
            }
            for (Client client : clients) {
                client.assertConcatenatedAfter(client.assertRespondedBefore());
            }
        } finally {
            for (Client client : clients) {
                client.wire.close();
            }
            for (AdapterFixture fixture : fixtures) {
                fixture.close();
            }
        }
    }
}
