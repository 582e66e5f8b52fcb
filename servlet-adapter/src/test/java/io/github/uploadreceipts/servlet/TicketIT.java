package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
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

/** Tickets, as uploading clients use them. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class TicketIT {

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);
    private static final int ROUNDS = 20;
    private final Instant until = Instant.now().plus(Duration.ofDays(3)).truncatedTo(ChronoUnit.SECONDS);

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void startWith(UploadPolicy policy) throws Exception {
        fixture.start(container, async, UploadFilter.create(fixture.host, policy));
    }

    private UploadTicket.Builder ticket() {
        return UploadTicket.builder(Clock.systemUTC()).uploadsExpireAt(until);
    }

    private String token(UploadTicket.Builder ticket) {
        return TicketIssuer.create(fixture.keyRing).issue(ticket.build());
    }

    private Wire.Response put(byte[] body, String... fields) throws Exception {
        return Wire.exchange(
                fixture.port(),
                head("PUT", "/uploads/a.png") + "Content-Type: image/png\r\n" + String.join("\r\n", fields) + "\r\n",
                body);
    }

    private Wire.Response post(String... parts) throws Exception {
        return Wire.exchange(fixture.port(), formHead(), form("x", parts));
    }

    private UploadReceipt receipt(Wire.Response response) throws Exception {
        assertThat(response.status()).as(response.body()).isEqualTo(201);
        return fixture.host
                .receipts()
                .subject("ann")
                .verifyAll(AdapterFixture.tokens(response))
                .get(0);
    }

    /** A client whose response was lost has no receipt. It must be able to repeat its request. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void post_responseLost_slotIsFreeAgain(boolean inSeveral) throws Exception {
        startLosingResponsesIf(new AtomicBoolean(true));
        String head = head("POST", "/uploads")
                + (inSeveral ? TusClient.TUS + TusClient.BYTES + "Upload-Length: 5\r\n" : "Content-Type: a/b\r\n")
                + "Upload-Ticket: " + token(ticket().subject("ann")) + "\r\n";

        try (Wire lost = new Wire(fixture.port())) {
            lost.send(head, HELLO);
            fixture.await(
                    "withdrawal",
                    () -> fixture.store.steps.contains("withdraw")
                            && fixture.files().isEmpty());
        }
        assertThat(fixture.listener.stored()).isEmpty();
        assertThat(fixture.stored(receipt(Wire.exchange(fixture.port(), head, HELLO))))
                .isEqualTo("hello");
        fixture.awaitStored("upload");
    }

    /** The lost response was the only one with the receipt of the final upload. */
    @Test
    void post_responseToFinalLost_repeated() throws Exception {
        AtomicBoolean losing = new AtomicBoolean();
        startLosingResponsesIf(losing);
        String shown = "Upload-Ticket: " + token(ticket().subject("ann")) + "\r\n";
        TusClient client = new TusClient(fixture.port());
        String partial = client.created(HELLO.length, "Upload-Concat: partial\r\n", shown);
        assertThat(client.patch(partial, 0, HELLO).status()).isEqualTo(204);
        String head = head("POST", "/uploads") + TusClient.TUS + "Upload-Concat: final;" + partial + "\r\n" + shown;

        losing.set(true);
        try (Wire lost = new Wire(fixture.port())) {
            lost.send(head, new byte[0]);
            fixture.await("a response", () -> !losing.get() && fixture.listener.events.size() == 1);
        }
        Wire.Response again = Wire.exchange(fixture.port(), head, new byte[0]);
        assertThat(fixture.stored(receipt(again))).isEqualTo("hello");
        assertThat(client.head(TusClient.path(again)).header("Upload-Receipt")).isNotEmpty();
        assertThat(fixture.listener.events).as("stored once").hasSize(1);
        assertProblem(client.create("Upload-Length: 5\r\n" + shown), 409, "slot-taken");
    }

    /** A failing disk must not use up a slot, because no client has the URL of the upload. */
    @ParameterizedTest
    @ValueSource(strings = {"hello", ""})
    void post_cannotBePublished_slotIsFreeAgain(String content) throws Exception {
        startWith(UploadPolicy.ticket());
        TusClient client = new TusClient(fixture.port());
        String fields = TusClient.BYTES + "Upload-Length: " + content.length() + "\r\nUpload-Ticket: "
                + token(ticket().subject("ann")) + "\r\n";
        byte[] body = content.getBytes(StandardCharsets.US_ASCII);

        fixture.store.fail("publish partial", 1);
        assertProblem(client.create(fields, body), 500, "storage-failed");
        assertThat(fixture.stored(receipt(client.create(fields, body)))).isEqualTo(content);
    }

    private void startLosingResponsesIf(AtomicBoolean losing) throws Exception {
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put(
                "/*",
                (request, response, chain) ->
                        chain.doFilter(request, losing.getAndSet(false) ? withoutClient(response) : response));
        filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.ticket()));
        fixture.start(container, async, filters, new HttpServlet() {});
    }

    /** A refused request must not delete the upload of the other request, which has its receipt. */
    @Test
    void post_twiceAtOnce_uploadWithReceiptStays() throws Exception {
        startWith(UploadPolicy.ticket());
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                String head = head("POST", "/uploads") + TusClient.TUS + TusClient.BYTES
                        + "Upload-Length: 5\r\nUpload-Ticket: " + token(ticket().subject("ann")) + "\r\n";
                Callable<Wire.Response> post = () -> Wire.exchange(fixture.port(), head, HELLO);
                for (Future<Wire.Response> response : pool.invokeAll(List.of(post, post))) {
                    if (response.get().status() == 201) {
                        assertThat(fixture.stored(receipt(response.get()))).isEqualTo("hello");
                    } else {
                        assertProblem(response.get(), 409, "slot-taken");
                    }
                }
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static ServletResponse withoutClient(ServletResponse response) {
        return new HttpServletResponseWrapper((HttpServletResponse) response) {
            @Override
            public ServletOutputStream getOutputStream() throws IOException {
                throw new IOException("Broken pipe");
            }
        };
    }

    private void assertNothingLeft() throws Exception {
        fixture.awaitNothingLeft();
        assertThat(fixture.listener.events).allMatch(event -> event.startsWith("refused"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Authorization: Bearer ", "Authorization: bearer ", "Upload-Ticket: "})
    void put_receiptSaysWhatTheTicketSays(String field) throws Exception {
        startWith(UploadPolicy.ticket());
        Batch second = new Batch("b", 3, 2);
        String token = token(ticket().subject("ann").batch(second).context("{\"cart\":7}"));
        UploadReceipt receipt = receipt(put(HELLO, field + token));
        assertThat(receipt.subject()).contains("ann");
        assertThat(receipt.batch()).contains(second);
        assertThat(receipt.context()).contains("{\"cart\":7}");
        assertThat(receipt.expiresAt()).isEqualTo(until);
        assertThat(fixture.stored(receipt)).isEqualTo("hello");
    }

    @Test
    void put_noTicket_isRefusedUnread() throws Exception {
        startWith(UploadPolicy.ticket());
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("PUT", "/uploads") + "Expect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n");
            Wire.Response response = wire.response();
            assertProblem(response, 401, "ticket-required");
            assertThat(response.header("WWW-Authenticate")).isEqualTo("Bearer");
        }
        assertProblem(put(HELLO, "Authorization: Basic YTpi"), 401, "ticket-required");
        assertNothingLeft();
    }

    @Test
    void put_badTickets_areRefusedUnread() throws Exception {
        startWith(UploadPolicy.ticket());
        AdapterFixture other = new AdapterFixture(root.resolve("other"));
        String foreign = TicketIssuer.create(other.keyRing).issue(ticket().build());
        other.close();
        String genuine = token(ticket());
        UploadPermit permit = UploadPermit.anyone(UploadLimits.defaults());
        String receipt = fixture.store(permit, "a", HELLO).token();
        String expired = token(UploadTicket.builder(Clock.offset(Clock.systemUTC(), Duration.ofHours(-2)))
                .uploadsExpireAt(until));
        int before = fixture.files().size();
        for (String token : List.of(foreign, genuine.substring(1), genuine + "A", receipt, "", "x", "a.b.c", expired)) {
            try (Wire wire = new Wire(fixture.port())) {
                wire.send(head("PUT", "/uploads") + "Upload-Ticket: " + token
                        + "\r\nExpect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n");
                Wire.Response response = wire.response();
                assertProblem(response, 401, token.equals(expired) ? "ticket-expired" : "ticket-invalid");
                assertThat(response.header("WWW-Authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
            }
        }
        assertThat(fixture.files()).hasSize(before);
        assertThat(receipt).as("long enough to be mistaken").hasSizeLessThan(ReceiptTokens.MAX_LENGTH);
    }

    /** A ticket's limits hold for a declared length and for the bytes that arrive. */
    @Test
    void put_limitsOfTheTicket_hold() throws Exception {
        startWith(UploadPolicy.ticket());
        String atMost = "Upload-Ticket: " + token(ticket().size(FileSize.atMost(4)));
        String exactly = "Upload-Ticket: " + token(ticket().size(FileSize.exactly(6)));
        String chunked = "Transfer-Encoding: chunked";
        byte[] chunks = "5\r\nhello\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        assertProblem(put(HELLO, atMost), 413, "file-too-large");
        assertProblem(putAsIs(chunks, atMost, chunked), 413, "file-too-large");
        assertProblem(put(HELLO, exactly), 422, "size-mismatch");
        assertProblem(putAsIs(chunks, exactly, chunked), 422, "size-mismatch");
        String gif = "Upload-Ticket: " + token(ticket().types("image/gif", "video/*"));
        Wire.Response response = put(HELLO, gif);
        assertProblem(response, 415, "type-not-accepted");
        assertThat(response.body()).contains("image/gif, video/*");
        String digest = "Upload-Ticket: " + token(ticket().digest(ContentDigest.of(new byte[32])));
        assertProblem(put(HELLO, digest), 422, "digest-mismatch");
        assertNothingLeft();

        ContentDigest right =
                ContentDigest.of(MessageDigest.getInstance("SHA-256").digest(HELLO));
        String all = token(ticket().subject("ann")
                .size(FileSize.exactly(5))
                .types("image/*")
                .digest(right));
        assertThat(receipt(put(HELLO, "Upload-Ticket: " + all)).digest()).isEqualTo(right);
        String empty = token(ticket().subject("ann").size(FileSize.exactly(0)));
        assertThat(receipt(put(new byte[0], "Upload-Ticket: " + empty)).size()).isZero();
    }

    private Wire.Response putAsIs(byte[] body, String... fields) throws Exception {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("PUT", "/uploads") + String.join("\r\n", fields) + "\r\n\r\n");
            wire.send(body);
            return wire.response();
        }
    }

    /** The host refuses by the declared length. It does not read the body. */
    @Test
    void put_declaredTooLarge_isRefusedUnread() throws Exception {
        startWith(UploadPolicy.anyone(UploadLimits.builder().maxFileSize(1000).build()));
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("PUT", "/uploads") + "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
            assertProblem(wire.response(), 413, "file-too-large");
        }
        assertNothingLeft();
    }

    @Test
    void put_slotTwice_isRefused_evenAfterDiscarding() throws Exception {
        startWith(UploadPolicy.ticket());
        String field = "Upload-Ticket: " + token(ticket().subject("ann").files(2));
        UploadReceipt first = receipt(put(HELLO, field));
        assertProblem(put(HELLO, field), 409, "slot-taken");
        assertProblem(put(HELLO, field, "Upload-Slot: 0"), 409, "slot-taken");
        fixture.store.discard(first.id(), first.owner().hour());
        assertProblem(put(HELLO, field), 409, "slot-taken");
        UploadReceipt second = receipt(put(HELLO, field, "Upload-Slot: 1"));
        assertThat(second.id()).isNotEqualTo(first.id());
        assertProblem(put(HELLO, field, "Upload-Slot: 2"), 413, "too-many-files");
        for (String slot : List.of("-1", "x", "1.0", "4294967296")) {
            assertProblem(put(HELLO, field, "Upload-Slot: " + slot), 400, "malformed-request");
        }
    }

    @Test
    void put_slotWhileItIsBeingFilled_isRefused_andFreeAfterABrokenUpload() throws Exception {
        startWith(UploadPolicy.ticket());
        String field = "Upload-Ticket: " + token(ticket().subject("ann"));
        try (Wire first = new Wire(fixture.port())) {
            first.send(head("PUT", "/uploads") + field + "\r\nContent-Length: 100\r\n\r\nhel");
            fixture.await("an upload", () -> fixture.store.steps.contains("create"));
            assertProblem(put(HELLO, field), 409, "slot-taken");
        }
        fixture.awaitNothingLeft();
        assertThat(receipt(put(HELLO, field)).size()).isEqualTo(5);
    }

    @Test
    void post_ticketInTheForm_beforeTheFirstFile() throws Exception {
        startWith(UploadPolicy.ticket());
        String token = token(ticket().subject("ann").files(3).batch(new Batch("b", 3, 1)));
        Wire.Response response = post(
                fieldPart("slot", "1"),
                fieldPart("ticket", token),
                filePart("b", "a/b", "2"),
                filePart("c", "a/b", "3"));
        assertThat(receipt(response).batch()).contains(new Batch("b", 3, 2));
        List<UploadReceipt> receipts =
                fixture.host.receipts().subject("ann").verifyAll(AdapterFixture.tokens(response));
        assertThat(receipts.get(1).batch()).contains(new Batch("b", 3, 3));
        assertProblem(
                post(fieldPart("slot", "2"), fieldPart("ticket", token), filePart("c", "a/b", "3")), 409, "slot-taken");
        assertProblem(
                post(
                        fieldPart("slot", "0"),
                        fieldPart("ticket", token),
                        filePart("1", "a/b", "1"),
                        filePart("2", "a/b", "2")),
                409,
                "slot-taken");
        fixture.await("all or nothing", () -> fixture.files().size() == 2);
    }

    @Test
    void post_ticketMissingOrTooLate_isRefused() throws Exception {
        startWith(UploadPolicy.ticket());
        assertProblem(post(filePart("a", "a/b", "1"), fieldPart("ticket", token(ticket()))), 401, "ticket-required");
        assertProblem(post(fieldPart("ticket", "x"), filePart("a", "a/b", "1")), 401, "ticket-invalid");
        assertNothingLeft();
    }

    @Test
    void post_moreFilesThanTheTicketHas_isRefused() throws Exception {
        startWith(UploadPolicy.ticket());
        String[] parts = {
            fieldPart("ticket", token(ticket().files(2))),
            filePart("a", "a/b", "1"),
            filePart("b", "a/b", "2"),
            filePart("c", "a/b", "3")
        };
        assertProblem(post(parts), 413, "too-many-files");
        assertNothingLeft();
    }

    /** Without scripts the page contains the ticket until its slots are used. */
    @Test
    void post_page_carriesTheTicketOn() throws Exception {
        fixture.start(
                container,
                async,
                UploadFilter.builder(fixture.host, UploadPolicy.ticket())
                        .finalForm("/orders")
                        .build());
        String token = token(ticket().subject("ann").files(2));
        String first = page(fieldPart("ticket", token), filePart("a", "a/b", "1"));
        assertThat(first).contains("name=\"ticket\" value=\"" + token + "\"", "name=\"slot\" value=\"1\"");
        Matcher receipt = Pattern.compile("name=\"receipt\" value=\"([^\"]+)\"").matcher(first);
        assertThat(receipt.find()).isTrue();
        String second = page(
                fieldPart("ticket", token),
                fieldPart("slot", "1"),
                fieldPart("receipt", receipt.group(1)),
                filePart("b", "a/b", "2"));
        assertThat(second)
                .contains("<li>a</li>\n<li>b</li>", "action=\"/orders\"")
                .doesNotContain("Add more files");
    }

    private String page(String... parts) throws Exception {
        Wire.Response response = Wire.exchange(fixture.port(), formHead("Accept: text/html"), form("x", parts));
        assertThat(response.status()).as(response.body()).isEqualTo(201);
        return response.body();
    }

    @Test
    void put_signedInAndTicket_mustBeOfTheSameUser() throws Exception {
        startWith(request -> UploadPermit.of("ann", UploadLimits.defaults()).requiringTicket());
        assertProblem(put(HELLO, "Upload-Ticket: " + token(ticket().subject("bob"))), 401, "ticket-invalid");
        assertNothingLeft();
        assertThat(receipt(put(HELLO, "Upload-Ticket: " + token(ticket()))).subject())
                .contains("ann");
    }

    /** A policy without tickets ignores them, so no ticket can widen its limits. */
    @Test
    void put_ticketWhereNoneIsRequired_isNotLookedAt() throws Exception {
        startWith(UploadPolicy.anyone(UploadLimits.defaults()));
        UploadReceipt receipt = receipt(put(HELLO, "Upload-Ticket: " + token(ticket().subject("ann"))));
        assertThat(receipt.subject()).isEmpty();
        assertThat(receipt.expiresAt()).isBefore(until);
        assertThat(put(HELLO, "Upload-Ticket: x").status()).isEqualTo(201);
    }
}
