package io.github.uploadreceipts.samples.ticket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.handover.TestMessages;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Ports;
import jakarta.servlet.DispatcherType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The back end in Node and a host in Java: from the ticket to the end of the hand-over. */
class ServerIT {

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    private String post(URI url, String body, String... fields) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(url).POST(BodyPublishers.ofString(body));
        for (int i = 0; i < fields.length; i += 2) {
            request.header(fields[i], fields[i + 1]);
        }
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return response.body();
    }

    @Test
    void upload_withTheTicketOfTheBackEnd_isFinishedByIt() throws Exception {
        KeyRing ring = KeyRing.generate("photos");
        Path file = directory.resolve("receipts.json");
        ring.write(file);
        URI receiver = URI.create("http://127.0.0.1:" + Ports.free() + "/stored");
        URI uploads = URI.create("http://127.0.0.1:" + Ports.free() + "/uploads");
        Server server = new Server(uploads.getPort());
        try (UploadHost host = UploadHost.builder(ring, LocalUploadStore.at(directory.resolve("store")))
                        .internalUrl("http://127.0.0.1:" + uploads.getPort())
                        .developmentMode()
                        .handOverUrls(receiver.resolve("/").toString())
                        .build();
                PeerFetcher fetcher = PeerFetcher.create(host);
                NodeProgram.Server node = NodeProgram.install(directory)
                        .serve(Map.of(
                                "PORT", Integer.toString(receiver.getPort()),
                                "KEY_RING", file.toString(),
                                "RECEIVER", receiver.toString(),
                                "HAND_OVER_SECRET", TestMessages.secret(ring, receiver)))) {
            ServletContextHandler context = new ServletContextHandler();
            FilterHolder filter =
                    new FilterHolder(UploadFilter.create(host, UploadPolicy.ticket(UploadLimits.defaults())));
            filter.setAsyncSupported(true);
            context.addFilter(filter, "/uploads/*", EnumSet.of(DispatcherType.REQUEST));
            server.setHandler(context);
            server.start();

            ObjectMapper json = new ObjectMapper();
            String ticket = json.readTree(post(receiver.resolve("/ticket"), "{\"files\":[{\"name\":\"a.txt\"}]}"))
                    .path("ticket")
                    .asText();
            String stored = post(uploads, "the bytes", "Authorization", "Bearer " + ticket);
            UploadReceipt receipt = host.receipts()
                    .verify(json.readTree(stored)
                            .path("receipts")
                            .path(0)
                            .path("receipt")
                            .asText());

            assertThat(node.line()).isEqualTo("finished " + receipt.id() + " unread");
            Verdict done = Verdict.done("{\"page\":\"/files/" + receipt.id() + "\"}");
            Await.until(
                    "the verdict",
                    () -> HostAccess.handOvers(host)
                            .verdict(receipt.owner())
                            .join()
                            .equals(done));
            assertThat(fetcher).isNotNull();
        } finally {
            server.stop();
        }
    }
}
