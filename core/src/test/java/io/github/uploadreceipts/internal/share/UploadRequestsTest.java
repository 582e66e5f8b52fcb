package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.UploadRequestLink;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UploadRequestsTest {

    private static final String BASE = "https://files.example.org/s/";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-21T09:00:00Z"));
    private final List<UploadHost> hosts = new ArrayList<>();
    private final UploadHost host = host(TestRings.photos());
    private final UploadRequests requests = requests(host);

    private UploadHost host(KeyRing keys) {
        UploadHost made = UploadHost.builder(keys, InMemoryUploadStore.create())
                .internalUrl("http://192.0.2.7:8080")
                .clock(clock)
                .build();
        hosts.add(made);
        return made;
    }

    private static UploadRequests requests(UploadHost host) {
        Engine engine = HostAccess.engine(host);
        return new LinkGate(engine, (verifier, text) -> text.equals("right")).uploadRequests();
    }

    @AfterEach
    void close() throws Exception {
        for (UploadHost each : hosts) {
            each.close();
        }
    }

    private String token(UploadRequestLink.Builder link) {
        String url = link.build().url(host.keyRing(), BASE, clock);
        assertThat(url).startsWith(BASE);
        return url.substring(BASE.length());
    }

    private UploadRequestTerms terms(UploadRequestLink.Builder link) throws TokenRefusedException {
        return requests.find(token(link)).orElseThrow();
    }

    private UploadTicket ticket(UploadRequestTerms terms, Optional<String> sender, OptionalInt files)
            throws RefusedException {
        String token = requests.ticket(terms, sender, files);
        requests.requireTicket(token);
        return HostAccess.engine(host).ticket(token).ticket();
    }

    private static LinkRequest request(String token, Optional<String> password, Optional<String> pass, String source) {
        return new LinkRequest(token, password, pass, Optional.empty(), source, Optional.empty(), false);
    }

    private static ProblemType refusal(UploadRequests requests, LinkRequest request, UploadRequestTerms terms) {
        ExecutionException failure = catchThrowableOfType(
                ExecutionException.class, () -> requests.admit(request, terms).get());
        assertThat(failure).isNotNull();
        return ((RefusedException) failure.getCause()).problem().type();
    }

    /** The page sends receipts when a script has sent the files. */
    @Test
    void verify_receiptsOfAnotherLinkOrUser_areRefused() throws Exception {
        UploadRequestTerms terms = terms(UploadRequestLink.to("ann").id("r\"7"));
        String ofThis = receipt("ann", Optional.of("{\"request\":\"r\\\"7\",\"submission\":\"s\"}"));
        assertThat(requests.verify(terms, List.of(ofThis))).hasSize(1);
        for (String other : List.of(
                receipt("ann", Optional.of("{\"request\":\"r\\\"77\",\"submission\":\"s\"}")),
                receipt("ann", Optional.of("{\"sender\":\"x\",\"request\":\"r\\\"7\"}")),
                receipt("ann", Optional.empty()),
                receipt("bob", Optional.of("{\"request\":\"r\\\"7\",\"submission\":\"s\"}")),
                "x")) {
            assertThatExceptionOfType(RefusedException.class)
                    .isThrownBy(() -> requests.verify(terms, List.of(ofThis, other)));
        }
    }

    private String receipt(String subject, Optional<String> context) {
        UploadId id = UploadId.random();
        Instant expires = clock.now.plus(Duration.ofDays(1));
        return new ReceiptTokens(TestRings.photos(), false)
                .issue(new UploadReceipt(
                        id,
                        "a.png",
                        "image/png",
                        5,
                        ContentDigest.of(new byte[32]),
                        List.of(new Location(URI.create("http://192.0.2.8:8080"), ExpiryHour.of(expires), id)),
                        Optional.of(subject),
                        clock.now,
                        expires,
                        Optional.empty(),
                        context));
    }

    @Test
    void find_atEveryHostOfTheFleet_andNowhereElse() throws Exception {
        String token = token(UploadRequestLink.to("ann").title("Photos"));
        assertThat(requests(host(TestRings.photos())).find(token).orElseThrow().title())
                .isEqualTo("Photos");
        assertThat(requests(host(KeyRing.generate("photos"))).find(token)).isEmpty();
        assertThat(requests.find("nothing")).isEmpty();
        assertThat(requests.find("")).isEmpty();
        clock.now = clock.now.plus(Duration.ofDays(7)).plusSeconds(60);
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> requests.find(token))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.UPLOAD_GONE));
    }

    @Test
    void ticket_hasTheTermsOfTheLink() throws Exception {
        UploadRequestTerms terms = terms(UploadRequestLink.to("ann")
                .id("request-7")
                .keptFor(Duration.ofDays(30))
                .files(5)
                .fileSize(1_000)
                .types("image/*")
                .handOver(URI.create("https://app.lan/uploads"))
                .sealed());
        UploadTicket ticket = ticket(terms, Optional.of("Jörg \"J\" <b>"), OptionalInt.of(3));
        assertThat(ticket.subject()).contains("ann");
        assertThat(ticket.files()).isEqualTo(3);
        assertThat(ticket.size()).contains(FileSize.atMost(1_000));
        assertThat(ticket.types()).containsExactly("image/*");
        assertThat(ticket.sealed()).isTrue();
        assertThat(ticket.handOver()).contains(URI.create("https://app.lan/uploads"));
        assertThat(ticket.batch()).contains(new Batch(ticket.id(), 3, 1));
        assertThat(ticket.context())
                .contains("{\"request\":\"request-7\",\"submission\":\"" + ticket.id()
                        + "\",\"sender\":\"Jörg \\\"J\\\" <b>\"}");
        assertThat(ticket.expiresAt()).isEqualTo(clock.now.plus(Duration.ofHours(12)));
        assertThat(ticket.uploadsExpireAt()).isEqualTo(ticket.expiresAt().plus(Duration.ofDays(30)));
    }

    /** What is sent together is told from what the same person sends later. */
    @Test
    void ticket_ofEachSubmission_isAnother() throws Exception {
        UploadRequestTerms terms = terms(UploadRequestLink.to("ann"));
        UploadTicket first = ticket(terms, Optional.empty(), OptionalInt.empty());
        assertThat(first.files()).isEqualTo(20);
        assertThat(first.batch()).isEmpty();
        assertThat(first.context())
                .contains("{\"request\":\"" + terms.id() + "\",\"submission\":\"" + first.id() + "\"}");
        assertThat(ticket(terms, Optional.empty(), OptionalInt.empty()).id()).isNotEqualTo(first.id());
    }

    @Test
    void ticket_endsWithTheLink_butNotAtOnce() throws Exception {
        UploadRequestTerms terms = terms(UploadRequestLink.to("ann").expiresIn(Duration.ofHours(2)));
        assertThat(ticket(terms, Optional.empty(), OptionalInt.empty()).expiresAt())
                .isEqualTo(clock.now.plus(Duration.ofHours(2)));
        clock.now = clock.now.plus(Duration.ofHours(2)).plusSeconds(59);
        assertThat(ticket(terms, Optional.empty(), OptionalInt.empty()).expiresAt())
                .isEqualTo(clock.now.plus(Duration.ofMinutes(5)));
    }

    /** Whatever a link, a name and a context may have fits into a ticket. */
    @Test
    void ticket_longest() throws Exception {
        UploadRequestTerms terms = terms(UploadRequestLink.to("\"".repeat(255))
                .id("\"".repeat(64))
                .types("image/" + "x".repeat(248))
                .handOver(URI.create("https://app.lan/" + "h".repeat(496)))
                .sealed());
        assertThat(ticket(terms, Optional.of("\"".repeat(200)), OptionalInt.of(20))
                        .files())
                .isEqualTo(20);
    }

    @Test
    void requireTicket_ofTheApplication_isRefused() {
        TicketIssuer issuer = TicketIssuer.create(TestRings.photos());
        for (Optional<String> context : List.of(
                Optional.<String>empty(),
                Optional.of("{\"submission\":\"t2\"}"),
                Optional.of("{\"sender\":\"\\\"submission\\\":\\\"t1\\\"\"}"))) {
            UploadTicket.Builder ticket = UploadTicket.builder(clock).id("t1");
            context.ifPresent(ticket::context);
            assertThatExceptionOfType(UploadRefusedException.class)
                    .isThrownBy(() -> requests.requireTicket(issuer.issue(ticket.build())))
                    .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.TICKET_INVALID));
        }
        assertThatExceptionOfType(UploadRefusedException.class).isThrownBy(() -> requests.requireTicket("x"));
    }

    /** Nobody owns such a link, so each host counts for itself. */
    @Test
    void admit_password_attemptsCountedByEachHost() throws Exception {
        String token = token(UploadRequestLink.to("ann").password("right"));
        UploadRequestTerms terms = requests.find(token).orElseThrow();
        Optional<String> none = Optional.empty();
        assertThat(refusal(requests, request(token, none, none, "a"), terms)).isEqualTo(ProblemType.PASSWORD_REQUIRED);
        for (int i = 0; i < 100; i++) {
            LinkRequest guess = request(token, Optional.of("guess" + i), none, "source" + i);
            assertThat(refusal(requests, guess, terms)).isEqualTo(ProblemType.PASSWORD_REQUIRED);
        }
        LinkRequest right = request(token, Optional.of("right"), none, "b");
        assertThat(refusal(requests, right, terms)).isEqualTo(ProblemType.TOO_MANY_PASSWORDS);
        UploadRequests other = requests(host(TestRings.photos()));
        Optional<String> pass = other.admit(right, terms).get();
        assertThat(pass).isPresent();
        clock.now = clock.now.plus(Duration.ofHours(12)).minusSeconds(1);
        assertThat(requests.admit(request(token, none, pass, "a"), terms).get()).isEmpty();
        clock.now = clock.now.plusSeconds(1);
        assertThat(refusal(requests, request(token, none, pass, "a"), terms)).isEqualTo(ProblemType.PASSWORD_REQUIRED);
    }
}
