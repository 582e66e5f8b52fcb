package io.github.uploadreceipts.internal.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TicketTokensTest {

    private static final KeyRing RING = TestRings.photos();
    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final long SECONDS = NOW.getEpochSecond();
    private static final String HEADER = "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\"}";
    private static final String CLAIMS = "{\"iss\":\"photos\",\"aud\":\"uploads\",\"iat\":%d,\"exp\":%d,\"jti\":\"t1\","
                    .formatted(SECONDS, SECONDS + 600)
            + "\"until\":%d,\"files\":2%%s}".formatted(SECONDS + 86400);
    private static final URI APP1 = URI.create("http://app1.lan:8080");

    private static Clock at(Instant now) {
        return Clock.fixed(now, ZoneOffset.UTC);
    }

    private static UploadTicket.Builder ticket() {
        return UploadTicket.builder(at(NOW));
    }

    private static AcceptedTicket verify(String token, Instant now) throws TokenRefusedException {
        return new TicketTokens(RING).verify(token, now);
    }

    private static void assertRefused(Reason reason, ProblemType type, String token, Instant now) {
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> verify(token, now))
                .satisfies(e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.problem().type()).isEqualTo(type);
                });
    }

    @Test
    void verify_whatWasIssued() throws TokenRefusedException {
        UploadTicket bare = ticket().build();
        UploadTicket full = ticket().id("cart 7".replace(' ', '-'))
                .subject("\u00E4nn")
                .expiresAt(NOW.plusSeconds(60))
                .uploadsExpireAt(NOW.plus(Duration.ofDays(3)))
                .files(1)
                .size(FileSize.exactly(0))
                .types("image/png", "video/*")
                .digest(ContentDigest.of(new byte[32]))
                .batch(new Batch("b", 5, 5))
                .context("{\"a\":{\"b\":[1]}}")
                .sealed()
                .build();
        for (UploadTicket ticket :
                List.of(bare, full, ticket().size(FileSize.atMost(9)).build())) {
            String token = TicketIssuer.create(RING).issue(ticket);
            assertThat(verify(token, NOW).ticket()).isEqualTo(ticket);
        }
        assertThat(bare.expiresAt()).isEqualTo(NOW.plus(Duration.ofHours(1)));
        assertThat(bare.uploadsExpireAt()).isEqualTo(NOW.plus(Duration.ofDays(1)));
        assertThat(UploadId.parse(bare.id())).as("random").isNotNull();
    }

    /** Other JOSE libraries choose the order and the spacing of the members. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"typ\":\"upload-ticket+jwt\",\"alg\":\"HS256\",\"kid\":\"s1\"}",
                "{ \"kid\": \"s1\", \"alg\": \"HS256\",\n \"typ\": \"upload-ticket\\u002bjwt\" }"
            })
    void verify_headerOfOthers(String header) throws TokenRefusedException {
        assertThat(verify(Forge.jws(header, CLAIMS.formatted("")), NOW).ticket().files())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"HS256\",\"kid\":\"s1\"}",
                "{\"alg\":\"HS256\",\"typ\":\"upload-ticket+jwt\"}",
                "{\"alg\":\"none\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\"}",
                "{\"alg\":\"HS512\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\"}",
                "{\"alg\":\"A256KW\",\"kid\":\"e1\",\"typ\":\"upload-ticket+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"e1\",\"typ\":\"upload-ticket+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s2\",\"typ\":\"upload-ticket+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"JWT\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-receipt+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\",\"crit\":[]}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\",\"b64\":false}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\",\"jku\":\"http://x/\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\",\"zip\":\"DEF\"}",
                "{\"alg\":\"HS256\",\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\"}",
                "{\"alg\":\"HS256\",\"kid\":\"s1\",\"typ\":\"upload-ticket+jwt\"} ,",
                "[\"HS256\",\"s1\",\"upload-ticket+jwt\"]",
                "{}",
                "x"
            })
    void verify_otherHeader_isRefused(String header) {
        String token = Forge.jws(header, CLAIMS.formatted(""));
        assertRefused(Reason.HEADER, ProblemType.TICKET_INVALID, token, NOW);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"maxsize\":5", // a misspelt limit would have no effect
                ",\"size\":5,\"maxSize\":5",
                ",\"size\":-1",
                ",\"sealed\":1",
                ",\"size\":\"5\"",
                ",\"size\":5.0",
                ",\"types\":\"image/png\"",
                ",\"types\":[\"image\"]",
                ",\"types\":[\"IMAGE/PNG\"]",
                ",\"digest\":\"sha-256=:AAAA:\"",
                ",\"digest\":\"sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:\"", // the digest of which file?
                ",\"batch\":{\"id\":\"b\",\"count\":2},\"seq\":2",
                ",\"batch\":{\"id\":\"b\",\"count\":2}",
                ",\"seq\":1",
                ",\"sub\":\"\"",
                ",\"sub\":7",
                ",\"ctx\":\"x\"",
                ",\"ctx\":{\"a\":{\"b\":{\"c\":{\"d\":1}}}}",
                ",\"handOver\":\"file:///etc/passwd\"",
                ",\"handOver\":\"https://u:p@app.example/\"",
                ",\"handOver\":\"/stored\"",
                ",\"handover\":\"https://app.example/stored\"", // tickets have no such claim
                ",\"files\":2",
                ",\"nbf\":1"
            })
    void verify_wrongClaims_areRefused(String more) {
        String token = Forge.jws(HEADER, CLAIMS.formatted(more));
        assertRefused(Reason.CLAIMS, ProblemType.TICKET_INVALID, token, NOW);
    }

    @ParameterizedTest
    @CsvSource({
        "\"files\":2, '', CLAIMS",
        "\"files\":2, '\"files\":0', CLAIMS",
        "\"files\":2, '\"files\":10001', CLAIMS",
        "\"files\":2, '\"files\":4294967298', CLAIMS",
        "\"jti\":\"t1\", '\"jti\":\"\"', CLAIMS",
        "\"jti\":\"t1\", '\"jti\":\"a b\"', CLAIMS",
        "\"aud\":\"uploads\", '\"aud\":\"receipts\"', AUDIENCE",
        "\"iss\":\"photos\", '\"iss\":\"videos\"', ISSUER"
    })
    void verify_replacedClaim_isRefused(String claim, String replacement, Reason reason) {
        String claims = CLAIMS.formatted("").replace(claim, replacement).replace(",}", "}");
        assertThat(claims).isNotEqualTo(CLAIMS.formatted(""));
        assertRefused(reason, ProblemType.TICKET_INVALID, Forge.jws(HEADER, claims), NOW);
    }

    @Test
    void verify_uploadsThatExpireBeforeTheTicket_areRefused() {
        String claims = CLAIMS.formatted("").replace("\"until\":" + (SECONDS + 86400), "\"until\":" + (SECONDS + 600));
        assertRefused(Reason.CLAIMS, ProblemType.TICKET_INVALID, Forge.jws(HEADER, claims), NOW);
    }

    @Test
    void verify_expired_saysSo() throws TokenRefusedException {
        String token = Forge.jws(HEADER, CLAIMS.formatted(""));
        assertThat(verify(token, NOW.plusSeconds(659)).ticket().id()).isEqualTo("t1");
        assertRefused(Reason.EXPIRED, ProblemType.TICKET_EXPIRED, token, NOW.plusSeconds(660));
        assertRefused(Reason.ISSUED_LATER, ProblemType.TICKET_INVALID, token, NOW.minusSeconds(61));
    }

    @Test
    void verify_anyCharacterChanged_isRefused() {
        String token = Forge.jws(HEADER, CLAIMS.formatted(""));
        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            String changed = token.substring(0, i) + other + token.substring(i + 1);
            assertThatExceptionOfType(TokenRefusedException.class).as("at " + i).isThrownBy(() -> verify(changed, NOW));
        }
    }

    @Test
    void verify_tooLong_isRefusedUnread() {
        assertRefused(Reason.TOO_LONG, ProblemType.TICKET_INVALID, "x".repeat(4097), NOW);
    }

    @Test
    void issue_tooLong_saysWhatToShorten() {
        UploadTicket ticket = ticket().context("{\"c\":\"" + "x".repeat(1000) + "\"}")
                .subject("s".repeat(256))
                .types(java.util.stream.IntStream.range(0, 32)
                        .mapToObj(i -> "application/vnd.example.something." + i)
                        .toArray(String[]::new))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TicketIssuer.create(RING).issue(ticket))
                .withMessageContaining("shorten");
    }

    @ParameterizedTest
    @CsvSource({
        "image/png, true",
        "IMAGE/PNG;q=1, true",
        "image/gif, false",
        "video/mp4, true",
        "videos/mp4, false",
        "application/octet-stream, false",
        "no media type, false"
    })
    void accepts_listedTypesOnly(String sent, boolean accepted) {
        assertThat(ticket().types("image/png", "video/*").build().accepts(sent)).isEqualTo(accepted);
        assertThat(ticket().build().accepts(sent)).isTrue();
    }

    @Test
    void uploadId_ofEachSlotAndHost_isItsOwn_andAlwaysTheSame() throws TokenRefusedException {
        UploadTicket ticket = ticket().id("t1").files(3).build();
        UploadTicket again =
                ticket().id("t1").files(3).expiresAt(NOW.plusSeconds(5)).build();
        TicketIssuer issuer = TicketIssuer.create(RING);
        AcceptedTicket first = verify(issuer.issue(ticket), NOW);
        AcceptedTicket second = verify(issuer.issue(again), NOW);
        AcceptedTicket other = verify(issuer.issue(ticket().id("t11").files(3).build()), NOW);
        Set<UploadId> seen = new HashSet<>();
        for (int slot = 0; slot < 12; slot++) {
            for (URI host : List.of(APP1, URI.create("http://app1.lan:80801"), URI.create("http://app2.lan:8080"))) {
                assertThat(seen.add(first.uploadId(slot, host))).isTrue();
                assertThat(seen.add(other.uploadId(slot, host))).isTrue();
                assertThat(second.uploadId(slot, host))
                        .as("only the ticket's id counts")
                        .isEqualTo(first.uploadId(slot, host));
            }
        }
    }
}
