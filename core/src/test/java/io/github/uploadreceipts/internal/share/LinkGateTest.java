package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LinkGateTest {

    private static final String BASE = "https://files.example.org/s/";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-21T09:00:00Z"));
    private final UploadHost host = host();
    private final LinkGate gate = new LinkGate(HostAccess.engine(host), (verifier, text) -> text.equals("right"));
    private final ShareLinks links = ShareLinks.of(host, BASE);

    private UploadHost host() {
        return UploadHost.builder(TestRings.photos(), InMemoryUploadStore.create())
                .internalUrl("http://192.0.2.7:8080")
                .clock(clock)
                .build();
    }

    @AfterEach
    void close() throws Exception {
        host.close();
    }

    private UploadReceipt receipt() {
        UploadId id = UploadId.random();
        Instant expires = clock.now.plus(Duration.ofDays(1));
        Location location = new Location(URI.create("http://192.0.2.8:8080"), ExpiryHour.of(expires), id);
        return new UploadReceipt(
                id,
                "a.png",
                "image/png",
                5,
                ContentDigest.of(new byte[32]),
                List.of(location),
                Optional.of("ann"),
                clock.now,
                expires,
                Optional.empty(),
                Optional.empty());
    }

    private String token(ShareLink.Builder link) throws IOException {
        return links.url(link.build()).substring(BASE.length());
    }

    private ShareLink.Builder link() {
        return ShareLink.of(receipt());
    }

    private static LinkRequest request(String token, String password) {
        Optional<String> given = Optional.of(password);
        return new LinkRequest(token, given, Optional.empty(), Optional.empty(), "a", Optional.empty(), true);
    }

    private static LinkRequest passed(String token, Optional<String> pass) {
        return new LinkRequest(token, Optional.empty(), pass, Optional.empty(), "a", Optional.empty(), true);
    }

    private static LinkRequest of(String token, String subject) {
        Optional<String> user = Optional.of(subject);
        return new LinkRequest(token, Optional.empty(), Optional.empty(), Optional.empty(), "a", user, true);
    }

    private ProblemType refusal(LinkRequest request) {
        ExecutionException failure = catchThrowableOfType(
                ExecutionException.class, () -> gate.admit(request).get());
        assertThat(failure).isNotNull();
        assertThat(failure.getCause()).isInstanceOf(RefusedException.class);
        return ((RefusedException) failure.getCause()).problem().type();
    }

    @Test
    void admit_withoutPassword() throws Exception {
        UploadReceipt receipt = receipt();
        String token = token(ShareLink.of(receipt).note("From Ann.").inline());
        Admission admission = gate.admit(request(token, "whatever")).get();
        assertThat(admission.terms().upload().id()).isEqualTo(receipt.id());
        assertThat(admission.terms().upload().expiresAt()).isEqualTo(receipt.expiresAt());
        assertThat(admission.terms().upload().subject())
                .as("not that of the receipt")
                .isEmpty();
        assertThat(admission.terms().note()).contains("From Ann.");
        assertThat(admission.pass()).isEmpty();
        assertThat(admission.lease()).isEmpty();
    }

    @Test
    void admit_password_thenPass() throws Exception {
        String token = token(link().password("right"));
        assertThat(refusal(passed(token, Optional.empty()))).isEqualTo(ProblemType.PASSWORD_REQUIRED);
        assertThat(refusal(request(token, ""))).isEqualTo(ProblemType.PASSWORD_REQUIRED);
        assertThat(refusal(request(token, "wrong"))).isEqualTo(ProblemType.PASSWORD_REQUIRED);
        Admission admission = gate.admit(request(token, "right")).get();
        assertThat(admission.pass()).isPresent();
        assertThat(gate.admit(passed(token, admission.pass())).get().pass()).isEmpty();
        String another = token(link().password("right"));
        assertThat(refusal(passed(another, admission.pass()))).isEqualTo(ProblemType.PASSWORD_REQUIRED);
        clock.now = clock.now.plusSeconds(600);
        assertThat(refusal(passed(token, admission.pass()))).isEqualTo(ProblemType.PASSWORD_REQUIRED);
    }

    @Test
    void admit_passWhereTheLinkIsClosed() throws Exception {
        String token = token(link().password("right"));
        Optional<String> pass = gate.admit(request(token, "right")).get().pass();
        for (int i = 0; i < 100; i++) {
            LinkRequest guess = request(token, "guess" + i);
            assertThat(refusal(new LinkRequest(
                            guess.token(),
                            guess.password(),
                            guess.pass(),
                            guess.lease(),
                            "source" + i,
                            guess.subject(),
                            true)))
                    .isEqualTo(ProblemType.PASSWORD_REQUIRED);
        }
        assertThat(refusal(request(token, "guess"))).isEqualTo(ProblemType.TOO_MANY_PASSWORDS);
        assertThat(gate.admit(passed(token, pass)).get().terms().downloads()).isZero();
    }

    @Test
    void toString_noSecret() throws Exception {
        UploadReceipt receipt = receipt();
        String token = token(ShareLink.of(receipt).password("right"));
        LinkRequest request = request(token, "right");
        assertThat(request).hasToString("LinkRequest[" + request.id() + "]");
        assertThat(gate.admit(request).get()).hasToString("Admission[" + receipt.id() + "]");
    }

    /** Who is not the user learns nothing of the link, not even that it has a password. */
    @Test
    void admit_anotherUser() throws Exception {
        String token = token(link().subject("bob"));
        assertThat(refusal(of(token, "ann"))).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(refusal(request(token(link().subject("bob").password("right")), "right")))
                .isEqualTo(ProblemType.NOT_FOUND);
        assertThat(gate.admit(of(token, "bob")).get().terms().upload().subject())
                .contains("bob");
    }

    @Test
    void admit_unknown_expired() throws IOException {
        assertThat(refusal(request("x", "right"))).isEqualTo(ProblemType.NOT_FOUND);
        String token = token(link().expiresIn(Duration.ofMinutes(5)).password("right"));
        clock.now = clock.now.plusSeconds(360);
        assertThat(refusal(request(token, "right"))).isEqualTo(ProblemType.UPLOAD_GONE);
    }
}
