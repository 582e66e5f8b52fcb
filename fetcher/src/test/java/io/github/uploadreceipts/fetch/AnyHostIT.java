package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.RelayFleet.fetch;
import static io.github.uploadreceipts.fetch.RelayFleet.header;
import static io.github.uploadreceipts.fetch.RelayFleet.patch;
import static io.github.uploadreceipts.fetch.RelayFleet.path;
import static io.github.uploadreceipts.fetch.RelayFleet.send;
import static io.github.uploadreceipts.fetch.RelayFleet.tus;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.Peers;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.RelayTokens;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Resumable uploads whose requests each may reach any host. */
@ParameterizedClass
@MethodSource(Container.ALL)
class AnyHostIT {

    private static final byte[] NONE = {};

    @Parameter
    Container container;

    @TempDir
    Path directory;

    private final Random random = new Random(4);
    private RelayFleet fleet;

    @BeforeEach
    void start() throws Exception {
        fleet = new RelayFleet(container, directory, 3);
    }

    @AfterEach
    void stop() throws Exception {
        fleet.close();
    }

    private RelayFleet.Member member(int index) {
        return fleet.members.get(index);
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private boolean keepsPartials(RelayFleet.Member member) throws Exception {
        try (var files = Files.walk(member.root.resolve("partial"))) {
            return files.anyMatch(Files::isRegularFile);
        }
    }

    @Test
    void upload_everyRequestToAnyHost_bytesExact() throws Exception {
        byte[] content = bytes(3_000_000);
        String path = RelayFleet.create(member(0), content.length);
        List<UploadEvent> told = new CopyOnWriteArrayList<>();
        HostAccess.engine(member(1).host).listen(told::add);

        int offset = 0;
        HttpResponse<String> last = null;
        while (offset < content.length) {
            int end = Math.min(content.length, offset + 1 + random.nextInt(400_000));
            last = patch(fleet.any(random), path, offset, Arrays.copyOfRange(content, offset, end));
            assertThat(last.statusCode()).as(last.body()).isEqualTo(204);
            assertThat(header(last, "Upload-Offset")).isEqualTo(Integer.toString(end));
            assertThat(header(tus(fleet.any(random), "HEAD", path, NONE), "Upload-Offset"))
                    .isEqualTo(Integer.toString(end));
            offset = end;
        }

        UploadReceipt receipt = fleet.receipt(last);
        for (RelayFleet.Member member : fleet.members) {
            assertThat(fleet.receipt(tus(member, "HEAD", path, NONE))).isEqualTo(receipt);
            assertThat(fetch(member, List.of(receipt))).containsExactly(content);
        }
        assertThat(keepsPartials(member(1))).isFalse();
        assertThat(keepsPartials(member(2))).isFalse();
        assertThat(told).hasAtLeastOneElementOfType(UploadEvent.Relayed.class).allSatisfy(event -> {
            if (event instanceof UploadEvent.Relayed relayed) {
                assertThat(relayed.id()).contains(receipt.id());
                assertThat(relayed.peer()).isEqualTo(member(0).host.internalUrl());
                assertThat(relayed.duration()).isPositive();
            } else {
                assertThat(event).as("what its owner is told").isInstanceOf(UploadEvent.Fetched.class);
            }
        });
    }

    @Test
    void extend_askedOfAnyHost_outlivesARestartOfTheOwner() throws Exception {
        byte[] content = bytes(100_000);
        String path = RelayFleet.create(member(0), content.length);
        UploadReceipt receipt = fleet.receipt(patch(member(0), path, 0, content));
        Instant until = receipt.expiresAt().plus(Duration.ofDays(7));

        List<String> tokens = member(1).fetcher.extend(List.of(receipt), until);
        member(0).stop();
        member(0).start();
        UploadReceipt kept = member(2).host.receipts().verify(tokens.get(0));
        assertThat(kept.expiresAt()).isEqualTo(until);
        assertThat(fetch(member(2), List.of(receipt, kept))).containsExactly(content, content);
        assertThat(member(0).fetcher.extend(List.of(kept), until.plusSeconds(3600)))
                .hasSize(1);
        try (Stream<Path> files = Files.walk(member(0).root.resolve("uploads"))) {
            Path bytes = files.filter(Files::isRegularFile)
                    .filter(file -> file.endsWith(kept.id().toString()))
                    .findFirst()
                    .orElseThrow();
            assertThat(Files.getAttribute(bytes, "unix:nlink"))
                    .as("no bytes are copied")
                    .isEqualTo(3);
        }
    }

    /** What a client writes into the field goes to a peer only if it is a trace. */
    @Test
    void relayedRequest_bearsTheTraceOfTheClient() throws Exception {
        String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        String path = RelayFleet.create(member(0), 10);
        Peers peers = HostAccess.engine(member(1).host).peers();
        PeerRelay relay = peers.relay().orElseThrow();
        List<Map<String, String>> relayed = new CopyOnWriteArrayList<>();
        peers.attach(new PeerRelay() {
            @Override
            public CompletableFuture<Response> send(Request request) {
                relayed.add(request.fields());
                return relay.send(request);
            }

            @Override
            public void pull(List<UploadReceipt> receipts, Sink sink) throws IOException {
                relay.pull(receipts, sink);
            }
        });
        for (String sent : List.of(trace, trace + "-more", "00-x")) {
            HttpResponse<String> response = send(
                    member(1),
                    "HEAD",
                    path,
                    BodyPublishers.noBody(),
                    "Tus-Resumable",
                    "1.0.0",
                    "traceparent",
                    sent,
                    "tracestate",
                    "a=b");
            assertThat(response.statusCode()).isEqualTo(200);
        }
        assertThat(relayed).hasSize(3).noneMatch(fields -> fields.containsKey("tracestate"));
        assertThat(relayed.get(0)).containsEntry("traceparent", trace);
        assertThat(relayed.subList(1, 3)).noneMatch(fields -> fields.containsKey("traceparent"));
    }

    @Test
    void upload_chunkedThroughAnotherHost() throws Exception {
        byte[] content = bytes(5_000_000);
        String path = RelayFleet.create(member(0), content.length);

        HttpResponse<String> response = send(
                member(1),
                "PATCH",
                path,
                BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(content)),
                "Tus-Resumable",
                "1.0.0",
                "Content-Type",
                "application/offset+octet-stream",
                "Upload-Offset",
                "0");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(204);
        assertThat(fetch(member(2), List.of(fleet.receipt(response)))).containsExactly(content);
    }

    /** The upload uses Resumable Uploads for HTTP instead of tus. */
    @Test
    void ietfUpload_everyRequestToAnyHost_bytesExact() throws Exception {
        byte[] content = bytes(1_000_000);
        HttpResponse<String> created = ietf(member(0), "POST", "/uploads", NONE, "Upload-Complete", "?0");
        String path = path(member(0), created);

        HttpResponse<String> last = created;
        for (int offset = 0; offset < content.length; ) {
            HttpResponse<String> wrong = ietfAppend(member(1), path, offset + 1, ascii("x"), "?0");
            assertThat(wrong.statusCode()).isEqualTo(409);
            assertThat(wrong.body()).contains("#mismatching-upload-offset");
            assertThat(header(wrong, "Upload-Complete")).isEqualTo("?0");
            int end = Math.min(content.length, offset + 1 + random.nextInt(400_000));
            byte[] part = Arrays.copyOfRange(content, offset, end);
            last = ietfAppend(fleet.any(random), path, offset, part, end == content.length ? "?1" : "?0");
            HttpResponse<String> asked = ietf(member(1), "HEAD", path, NONE);
            assertThat(asked.statusCode()).isEqualTo(204);
            assertThat(header(asked, "Upload-Offset")).isEqualTo(Integer.toString(end));
            assertThat(header(asked, "Upload-Limit")).contains("max-size=" + (1L << 32) + ", max-age=");
            offset = end;
        }

        assertThat(last.statusCode()).as(last.body()).isEqualTo(201);
        assertThat(header(last, "Upload-Complete")).isEqualTo("?1");
        UploadReceipt receipt = fleet.receiptInBody(last);
        assertThat(fleet.receipt(ietf(member(2), "GET", path, NONE))).isEqualTo(receipt);
        assertThat(fetch(member(2), List.of(receipt))).containsExactly(content);

        member(0).drain();
        HttpResponse<String> elsewhere = ietf(member(0), "POST", "/uploads", ascii("ab"), "Upload-Complete", "?0");
        assertThat(keepsPartials(member(1)) || keepsPartials(member(2))).isTrue();
        HttpResponse<String> whole = ietfAppend(member(0), path(member(0), elsewhere), 2, ascii("cd"), "?1");
        assertThat(fetch(member(0), List.of(fleet.receiptInBody(whole)))).containsExactly(ascii("abcd"));
    }

    private static HttpResponse<String> ietfAppend(
            RelayFleet.Member member, String path, long offset, byte[] body, String complete) throws Exception {
        return ietf(
                member,
                "PATCH",
                path,
                body,
                "Content-Type",
                "application/partial-upload",
                "Upload-Complete",
                complete,
                "Upload-Offset",
                Long.toString(offset));
    }

    private static HttpResponse<String> ietf(
            RelayFleet.Member member, String method, String path, byte[] body, String... fields) throws Exception {
        return send(
                member,
                method,
                path,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body),
                fields.length == 0 ? new String[] {"Upload-Draft-Interop-Version", "8"} : fields);
    }

    @Test
    void refusals_ofTheOwner_reachTheClient() throws Exception {
        String path = RelayFleet.create(member(0), 10);

        HttpResponse<String> wrong = patch(member(1), path, 3, ascii("abc"));
        assertThat(wrong.statusCode()).isEqualTo(409);
        assertThat(wrong.body()).contains("#offset-mismatch");
        assertThat(header(wrong, "Upload-Offset")).isEqualTo("0");
        HttpResponse<String> tooMuch = patch(member(1), path, 0, bytes(200_000));
        assertThat(tooMuch.statusCode()).isEqualTo(413);
        assertThat(tus(member(1), "POST", path, NONE, "X-HTTP-Method-Override", "A B")
                        .statusCode())
                .isEqualTo(405);
        assertThat(tus(member(2), "DELETE", path, NONE).statusCode()).isEqualTo(204);
        assertThat(tus(member(1), "HEAD", path, NONE).statusCode()).isEqualTo(404);
    }

    /** The owner ends a relayed request after the idle time-out, as it ends one on a direct connection. */
    @Test
    void pause_throughAnotherHost_endsAtTheIdleTimeout_resumes() throws Exception {
        member(0).limits =
                member(0).limits.toBuilder().idleTimeout(Duration.ofSeconds(1)).build();
        String path = RelayFleet.create(member(0), 10);
        patch(member(1), path, 0, ascii("0123"));

        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), member(1).port)) {
            client.setSoTimeout(60_000);
            client.getOutputStream()
                    .write(ascii("PATCH " + path + " HTTP/1.1\r\nHost: host\r\nTus-Resumable: 1.0.0\r\n"
                            + "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 4\r\n"
                            + "Content-Length: 6\r\n\r\n456"));
            assertThat(new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 423");
        }

        int offset = Integer.parseInt(header(tus(member(2), "HEAD", path, NONE), "Upload-Offset"));
        assertThat(offset).isBetween(4, 7);
        HttpResponse<String> last = patch(member(1), path, offset, ascii("0123456789".substring(offset)));
        assertOwned(member(0), fleet.receipt(last), "0123456789");
    }

    @Test
    void concatenation_ofPartialsOnThreeHosts() throws Exception {
        StringBuilder urls = new StringBuilder("final;");
        for (int i = 0; i < 3; i++) {
            String partial = RelayFleet.create(member(i), 4, "Upload-Concat", "partial");
            HttpResponse<String> done = patch(member((i + 1) % 3), partial, 0, ascii("pie" + i));
            assertThat(done.statusCode()).as(done.body()).isEqualTo(204);
            assertThat(header(done, "Upload-Receipt")).isEmpty();
            assertThat(header(tus(member((i + 2) % 3), "HEAD", partial, NONE), "Upload-Receipt"))
                    .isEmpty();
            urls.append(i == 0 ? "" : " ").append(partial);
        }

        HttpResponse<String> concatenated = tus(member(1), "POST", "/uploads", NONE, "Upload-Concat", urls.toString());

        assertThat(concatenated.statusCode()).as(concatenated.body()).isEqualTo(201);
        assertThat(fetch(member(2), List.of(fleet.receipt(concatenated)))).containsExactly(ascii("pie0pie1pie2"));
        assertThat(header(tus(member(0), "HEAD", path(member(1), concatenated), NONE), "Upload-Offset"))
                .isEqualTo("12");
    }

    @Test
    void concatenation_ofUnfinishedPartial_refused() throws Exception {
        String partial = RelayFleet.create(member(0), 4, "Upload-Concat", "partial");

        HttpResponse<String> concatenated =
                tus(member(1), "POST", "/uploads", NONE, "Upload-Concat", "final;" + partial);

        assertThat(concatenated.statusCode()).isEqualTo(409);
        assertThat(concatenated.body()).contains("#not-finished");
    }

    /**
     * A host that needed a thread to issue this receipt could deadlock with a peer that waits for this host's receipts.
     */
    @Test
    void concatenation_whilePeersExecutorIsBusy_getsPartialsReceipt() throws Exception {
        String partial = RelayFleet.create(member(0), 4, "Upload-Concat", "partial");
        patch(member(0), partial, 0, ascii("pie0"));
        CountDownLatch resume = new CountDownLatch(1);
        try {
            for (int i = 0; i < 100; i++) {
                HostAccess.engine(member(0).host).executor().execute(() -> await(resume));
            }
            HttpResponse<String> concatenated =
                    tus(member(1), "POST", "/uploads", NONE, "Upload-Concat", "final;" + partial);
            assertThat(concatenated.statusCode()).as(concatenated.body()).isEqualTo(201);
        } finally {
            resume.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The owner's connections all come from the peer that relays, so the peer must tell it the client's address. */
    @Test
    void limitPerAddress_isOfTheClientsAddress() throws Exception {
        for (RelayFleet.Member member : fleet.members) {
            member.limits =
                    member.limits.toBuilder().perAddress(1, Long.MAX_VALUE).build();
        }
        String slow = RelayFleet.create(member(0), 10);
        String other = RelayFleet.create(member(0), 10);
        String third = RelayFleet.create(member(0), 10);
        try (Socket client = connectFromElsewhere(member(1))) {
            client.getOutputStream().write(ascii(patchHead(slow) + "01234"));
            awaitBytes(member(0), 5);

            assertThat(patch(member(1), other, 0, bytes(10)).statusCode()).isEqualTo(204);
            assertThat(statusElsewhere(member(2), third)).isEqualTo("HTTP/1.1 429");
        }
    }

    private static String patchHead(String path) {
        return "PATCH " + path + " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                + "Content-Type: application/offset+octet-stream\r\nContent-Length: 10\r\n\r\n";
    }

    /** Connects from another address than the other clients in this test. */
    private static Socket connectFromElsewhere(RelayFleet.Member member) throws Exception {
        InetAddress here = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
        return new Socket(InetAddress.getLoopbackAddress(), member.port, here, 0);
    }

    private static String statusElsewhere(RelayFleet.Member member, String path) throws Exception {
        try (Socket client = connectFromElsewhere(member)) {
            client.getOutputStream().write(ascii(patchHead(path) + "0123456789"));
            return new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        }
    }

    /** Waits until an upload has this number of bytes on the disk. */
    private static void awaitBytes(RelayFleet.Member member, long count) throws Exception {
        Await.until(count + " bytes", () -> {
            try (var files = Files.walk(member.root.resolve("partial"))) {
                return files.filter(Files::isRegularFile)
                        .anyMatch(file -> file.toFile().length() == count);
            }
        });
    }

    @Test
    void owner_stopped_retryAfter() throws Exception {
        String path = RelayFleet.create(member(0), 10);
        patch(member(1), path, 0, ascii("abcde"));
        member(0).stop();

        HttpResponse<String> response = tus(member(1), "HEAD", path, NONE);
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(header(response, "Retry-After")).isNotEmpty();
        HttpResponse<String> patched = patch(member(1), path, 5, ascii("fghij"));
        assertThat(patched.statusCode()).isEqualTo(503);

        member(0).start();
        HttpResponse<String> last = patch(member(1), path, 5, ascii("fghij"));
        assertThat(last.statusCode()).as(last.body()).isEqualTo(204);
        assertThat(fetch(member(2), List.of(fleet.receipt(last)))).containsExactly(ascii("abcdefghij"));
    }

    @Test
    void drained_createsElsewhere_keepsServing() throws Exception {
        assertCreatesElsewhereAndKeepsServing(RelayFleet.Member::drain);
    }

    @Test
    void full_createsElsewhere_keepsServing() throws Exception {
        assertCreatesElsewhereAndKeepsServing(RelayFleet.Member::fill);
    }

    private interface Closing {
        void close(RelayFleet.Member member) throws Exception;
    }

    private void assertCreatesElsewhereAndKeepsServing(Closing closing) throws Exception {
        String before = RelayFleet.create(member(0), 4);
        UploadReceipt stored = fleet.receiptInBody(plain("stored"));
        closing.close(member(0));
        closing.close(member(1));

        String path = RelayFleet.create(member(0), 4);
        HttpResponse<String> last = patch(member(0), path, 0, ascii("abcd"));
        assertOwned(member(2), fleet.receipt(last), "abcd");
        assertOwned(member(2), fleet.receiptInBody(plain("plain")), "plain");
        HttpResponse<String> created = tus(
                member(0),
                "POST",
                "/uploads",
                ascii("bytes"),
                "Content-Type",
                "application/offset+octet-stream",
                "Upload-Length",
                "5");
        assertOwned(member(2), fleet.receipt(created), "bytes");

        assertOwned(member(0), fleet.receipt(patch(member(1), before, 0, ascii("mine"))), "mine");
        assertOwned(member(0), stored, "stored");
    }

    /** The form has the maximum number of files, with long names and therefore long receipts. */
    @Test
    void drained_formOfManyFiles_allReceiptsCome() throws Exception {
        member(0).drain();
        int count = member(0).limits.maxFiles();
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < count; i++) {
            form.append("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"")
                    .append("n".repeat(200))
                    .append(i)
                    .append("\"\r\n\r\n")
                    .append(i)
                    .append("\r\n");
        }

        HttpResponse<String> response = send(
                member(0),
                "POST",
                "/uploads",
                BodyPublishers.ofString(form + "--x--\r\n"),
                "Content-Type",
                "multipart/form-data; boundary=x");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        assertThat(response.body().split("\"receipt\":", -1)).hasSize(count + 1);
    }

    private HttpResponse<String> plain(String content) throws Exception {
        return send(member(0), "POST", "/uploads", BodyPublishers.ofString(content), "Content-Type", "text/plain");
    }

    private void assertOwned(RelayFleet.Member owner, UploadReceipt receipt, String content) throws Exception {
        assertThat(receipt.owner().base()).isEqualTo(owner.host.internalUrl());
        assertThat(fetch(member(1), List.of(receipt))).containsExactly(ascii(content));
    }

    @Test
    void drained_all_refused() throws Exception {
        assertRefusedWhereAllAre(RelayFleet.Member::drain, 503);
    }

    @Test
    void full_all_refused() throws Exception {
        assertRefusedWhereAllAre(RelayFleet.Member::fill, 507);
    }

    private void assertRefusedWhereAllAre(Closing closing, int status) throws Exception {
        for (RelayFleet.Member member : fleet.members) {
            closing.close(member);
        }

        HttpResponse<String> response = tus(member(0), "POST", "/uploads", NONE, "Upload-Length", "4");

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(plain("plain").statusCode()).isEqualTo(status);
    }

    @Test
    void relayed_forAThirdHost_neverRelayedAgain() throws Exception {
        String path = RelayFleet.create(member(0), 10);
        UploadResource resource =
                new ResourceTokens(fleet.ring, Clock.systemUTC()).verify(path.substring(path.lastIndexOf('/') + 1));
        String token = new RelayTokens(fleet.ring, Clock.systemUTC())
                .mint(new RelayRequest(
                        member(1).host.internalUrl(),
                        "HEAD",
                        RelayRequest.Purpose.SERVE,
                        Optional.of(resource),
                        Optional.empty()));

        assertThat(tus(member(1), "HEAD", "/internal/relay", NONE, "Upload-Relay", token)
                        .statusCode())
                .isEqualTo(403);
        assertThat(tus(member(0), "HEAD", "/internal/relay", NONE, "Upload-Relay", token)
                        .statusCode())
                .isEqualTo(401);
        assertThat(tus(member(0), "HEAD", "/internal/relay", NONE).statusCode()).isEqualTo(401);
    }
}
