package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadTicket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads of several others that take long to make: in all containers at once, because the patience takes seconds. */
class SlowJoinIT {

    @TempDir
    Path directory;

    /** A client that has asked for a whole of two pieces, of which no byte can be read yet. */
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
            String pieces = piece("abc") + " " + piece("defg");
            fixture.store.waitAt("open");
            this.request = head("POST", TusClient.ENDPOINT) + TUS + shown + "Upload-Concat: final;" + pieces + "\r\n";
            wire.send(request, new byte[0]);
        }

        private String piece(String content) throws IOException {
            String path = tus.created(content.length(), "Upload-Concat: partial\r\n", shown);
            assertThat(tus.patch(path, 0, content.getBytes(StandardCharsets.US_ASCII))
                            .status())
                    .isEqualTo(204);
            return path;
        }

        /** Returns the path of the upload that is to be made. */
        String assertAnsweredBefore() throws IOException {
            Wire.Answer answer = wire.answer();
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            assertThat(answer.header("Upload-Receipt")).isEmpty();
            assertThat(answer.body()).isEmpty();
            String path = TusClient.path(answer);
            Wire.Answer meanwhile = tus.head(path);
            assertThat(meanwhile.status()).isEqualTo(200);
            assertThat(meanwhile.header("Upload-Concat")).startsWith("final;");
            assertThat(meanwhile.header("Upload-Length")).isEqualTo("7");
            assertThat(meanwhile.header("Upload-Offset")).isEmpty();
            assertThat(meanwhile.header("Upload-Receipt")).isEmpty();
            assertProblem(tus.patch(path, 0, new byte[1]), 403, "forbidden");
            return path;
        }

        void assertMadeAfter(String path) throws Exception {
            fixture.store.goOn.countDown();
            fixture.await(
                    "receipt", () -> !tus.head(path).header("Upload-Receipt").isEmpty());
            assertThat(fixture.store.steps)
                    .as("made once")
                    .filteredOn("open"::equals)
                    .hasSize(2);
            Wire.Answer made = tus.head(path);
            assertThat(made.header("Upload-Offset")).isEqualTo("7");
            assertThat(fixture.stored(fixture.host.receipts().verify(made.header("Upload-Receipt"))))
                    .isEqualTo("abcdefg");
        }
    }

    /** Whoever asks again, with the same ticket, learns that it cannot be made now: the first one has its URL. */
    @Test
    void final_askedForAgainAndFails_urlStaysAndItIsMadeLater() throws Exception {
        Container any = Container.all().findFirst().orElseThrow();
        try (AdapterFixture fixture = new AdapterFixture(directory.resolve("ticket"));
                Wire again = new Wire(fixture.start(any, true, UploadFilter.create(fixture.host, UploadPolicy.ticket()))
                        .port())) {
            String ticket = "Upload-Ticket: "
                    + TicketIssuer.create(fixture.keyRing)
                            .issue(UploadTicket.builder(Clock.systemUTC()).build())
                    + "\r\n";
            Client client = new Client(fixture, ticket);
            String path = client.assertAnsweredBefore();
            fixture.store.fail("open", 2); // now, and should it be begun once more
            again.send(client.request, new byte[0]);
            fixture.store.goOn.countDown();

            assertProblem(again.answer(), 503, "unavailable");
            client.assertMadeAfter(path);
            client.wire.close();
        }
    }

    @Test
    void final_thatTakesLong_answeredBefore_madeAfter() throws Exception {
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
                client.assertMadeAfter(client.assertAnsweredBefore());
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
