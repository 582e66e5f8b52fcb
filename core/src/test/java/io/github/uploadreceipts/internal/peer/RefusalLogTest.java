package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.ReceiptsRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.testing.RecordedLog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * For every reason of a refusal: what the exception says in the log, and what the client is told. The verifier itself
 * logs nothing, because the caller that catches the exception logs it.
 */
class RefusalLogTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final Location LOCATION =
            Location.parse("http://app1.lan:8080/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw");
    private static final String ENDED = ",\"exp\":1795251600}";
    private static final KeyRing RING = TestRings.of(TestRings.ring(
            "photos",
            TestRings.SIGNING,
            TestRings.ENCRYPTION,
            TestRings.key("s0", "sig", "HS256", TestRings.secret(90, 32), "").replace("}", ENDED)));

    private final RecordedLog log = RecordedLog.of("");
    private final Logger ours = Logger.getLogger("io.github.uploadreceipts");

    @BeforeEach
    void listen() {
        ours.setLevel(Level.ALL);
    }

    @AfterEach
    void stopListening() {
        log.close();
        ours.setLevel(null);
    }

    private static UploadReceipt receipt(Instant issued, Optional<String> subject) {
        return new UploadReceipt(
                LOCATION.id(),
                "a.jpg",
                "a/b",
                5,
                ContentDigest.of(new byte[32]),
                List.of(LOCATION),
                subject,
                issued,
                issued.plusSeconds(3600),
                Optional.empty(),
                Optional.empty());
    }

    private static String issue(String fleet, Instant issued, Optional<String> subject) {
        KeyRing ring = TestRings.of(TestRings.ring(fleet, TestRings.SIGNING, TestRings.ENCRYPTION));
        return new ReceiptTokens(ring, false).issue(receipt(issued, subject));
    }

    private static List<String> receiptsForEveryReason() {
        String good = issue("photos", NOW, Optional.empty());
        String claims = good.split("\\.", -1)[1];
        return List.of(
                good + "A".repeat(8 * 1024),
                good + "=",
                good + "." + claims + "." + claims,
                Forge.jws("{\"alg\":\"none\"}", "{}"),
                Forge.base64url(Forge.RECEIPT_HEADER.replace("s1", "s0")) + good.substring(good.indexOf('.')),
                good.substring(0, good.length() - 4) + "AAAA",
                Forge.jws(Forge.RECEIPT_HEADER, "{}"),
                issue("videos", NOW, Optional.empty()),
                Forge.jws(Forge.RECEIPT_HEADER, "{\"iss\":\"photos\",\"aud\":\"x\",\"iat\":1,\"exp\":2}"),
                issue("photos", NOW.plusSeconds(3600), Optional.empty()),
                issue("photos", NOW.minusSeconds(36_000), Optional.empty()),
                issue("photos", NOW, Optional.of("bob")));
    }

    private static void assertSaysNothingOf(String token, Throwable refusal) {
        StringWriter trace = new StringWriter();
        refusal.printStackTrace(new PrintWriter(trace));
        for (String part : token.split("\\.", -1)) {
            if (part.length() > 8) {
                assertThat(trace.toString()).doesNotContain(part.substring(0, 9));
            }
        }
        assertThat(refusal).hasNoCause();
        assertThat(refusal.getSuppressed()).isEmpty();
    }

    @Test
    void receipt_everyReason() {
        ReceiptVerifier verifier = ReceiptVerifier.create(RING, CLOCK, false).subject("ann");
        Set<Reason> seen = EnumSet.noneOf(Reason.class);
        List<String> tokens = receiptsForEveryReason();
        for (String token : tokens) {
            TokenRefusedException refusal =
                    catchThrowableOfType(TokenRefusedException.class, () -> verifier.verify(token));
            assertThat(refusal).as(token).isNotNull().hasMessage("token refused: " + refusal.explanation());
            assertThat(seen.add(refusal.reason()))
                    .as("%s once", refusal.reason())
                    .isTrue();
            ProblemType told = switch (refusal.reason()) {
                case EXPIRED -> ProblemType.RECEIPT_EXPIRED;
                case ISSUED_LATER -> ProblemType.UNAVAILABLE;
                default -> ProblemType.RECEIPT_INVALID;
            };
            assertThat(refusal.problem().toJson())
                    .as("the client learns no more")
                    .isEqualTo(Problem.of(told).toJson());
            assertSaysNothingOf(token, refusal);
        }
        assertThat(seen).containsExactlyElementsOf(EnumSet.complementOf(EnumSet.of(Reason.REQUEST)));
        assertThat(log.messages()).isEmpty();

        ReceiptsRefusedException all =
                catchThrowableOfType(ReceiptsRefusedException.class, () -> verifier.verifyAll(tokens));
        assertThat(all.getMessage())
                .contains(
                        "0: token refused: it is longer than any token of its kind; 1: token refused: it is not a whole");
        assertThat(all.failures()).hasSize(tokens.size());
        tokens.forEach(token -> assertSaysNothingOf(token, all));
        assertThat(all.problem().toJson()).doesNotContain("changed", "token refused", "photos", "bob");
        assertThat(log.messages()).isEmpty();
    }

    @Test
    void peerToken_everyReasonIsTheSameToTheClient() {
        PeerTokens tokens = new PeerTokens(RING, CLOCK);
        String good = tokens.mint(
                new PeerRequest("GET", LOCATION, 5, ContentDigest.of(new byte[32]), "a/b", Optional.empty()));
        Location elsewhere = Location.parse(LOCATION.toString().replace("app1", "app2"));
        assertPeerRefused(Reason.REQUEST, tokens, good, "DELETE", LOCATION);
        assertPeerRefused(Reason.AUDIENCE, tokens, good, "GET", elsewhere);
        assertPeerRefused(Reason.SEAL, tokens, good.substring(0, good.length() - 4) + "AAAA", "GET", LOCATION);
        assertPeerRefused(
                Reason.EXPIRED,
                new PeerTokens(RING, Clock.offset(CLOCK, Duration.ofMinutes(3))),
                good,
                "GET",
                LOCATION);
        assertThat(log.messages()).isEmpty();
    }

    private static void assertPeerRefused(
            Reason reason, PeerTokens tokens, String token, String method, Location location) {
        TokenRefusedException refusal = catchThrowableOfType(
                TokenRefusedException.class, () -> tokens.verify(token, method, OwnUrls.of(location.base()), location));
        assertThat(refusal).isNotNull().hasMessage("token refused: " + refusal.explanation());
        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal.problem().toJson())
                .isEqualTo(Problem.of(ProblemType.PEER_TOKEN_REFUSED).toJson());
        assertSaysNothingOf(token, refusal);
    }
}
