package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.handover.Party.Outcome;
import io.github.uploadreceipts.internal.handover.Party.Told;
import io.github.uploadreceipts.internal.handover.Webhooks.Response;
import io.github.uploadreceipts.key.TestRings;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookPartyTest {

    private record Sent(URI url, Map<String, String> fields, String body) {}

    private static final class FakeWebhooks implements Webhooks {

        private final List<Sent> sent = new ArrayList<>();
        private CompletableFuture<Response> response =
                CompletableFuture.completedFuture(new Response(204, Map.of(), ""));

        @Override
        public boolean isAllowed(URI url) {
            return url.getHost().endsWith(".example");
        }

        @Override
        public CompletableFuture<Response> post(URI url, Map<String, String> fields, String body) {
            sent.add(new Sent(url, fields, body));
            return response;
        }
    }

    private final WebhookFixture fixture = new WebhookFixture(TestRings.photos());
    private final FakeWebhooks webhooks = new FakeWebhooks();
    private final WebhookParty party =
            new WebhookParty(fixture.engine, () -> Optional.of(webhooks), fixture.finishUrls);

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private static Told told(URI url) {
        return new Told(WebhookFixture.issued(Optional.of("ann"), Optional.of("{\"order\":7}")), Optional.of(url), 0);
    }

    private Outcome tell() {
        return party.tell(told(WebhookFixture.RECEIVER)).join();
    }

    private Outcome after(int status, Map<String, String> fields, String body) {
        webhooks.response = CompletableFuture.completedFuture(new Response(status, fields, body));
        return tell();
    }

    private Outcome after(int status, String body) {
        return after(status, Map.of(), body);
    }

    private static Outcome said(Verdict verdict) {
        return new Outcome.Said(verdict);
    }

    @Test
    void tell_saysWhatIsStored() throws Exception {
        tell();
        Sent sent = webhooks.sent.get(0);
        JsonNode body = new ObjectMapper().readTree(sent.body());
        assertThat(sent.url()).isEqualTo(WebhookFixture.RECEIVER);
        assertThat(sent.fields()).containsEntry("content-type", "application/json");
        assertThat(body.path("type").asText()).isEqualTo("upload.stored");
        assertThat(body.path("timestamp").asText()).isEqualTo("2026-11-21T09:00:00Z");
        JsonNode data = body.path("data");
        assertThat(data.path("receipt").asText()).isEqualTo("header.claims.signature");
        assertThat(data.path("id").asText()).isEqualTo("AAECAwQFBgcICQoLDA0ODw");
        assertThat(data.path("name").asText()).isEqualTo("Käse \"1\".png");
        assertThat(data.path("type").asText()).isEqualTo("image/png");
        assertThat(data.path("size").asLong()).isEqualTo(5);
        assertThat(data.path("subject").asText()).isEqualTo("ann");
        assertThat(data.path("ctx").path("order").asInt()).isEqualTo(7);
        assertThat(data.path("path").asText()).isEqualTo("Holidays/Käse \"1\".png");
        assertThat(data.path("finish").asText()).startsWith("http://app1.lan:8080/shop/uploads/finish/A");
    }

    @Test
    void tell_withoutSubjectContextAndPath_leavesThemOut() throws Exception {
        Told bare = new Told(
                WebhookFixture.issued(Optional.empty(), Optional.empty()), Optional.of(WebhookFixture.RECEIVER), 0);
        assertThat(party.tell(bare).join()).isEqualTo(said(Verdict.done()));
        JsonNode data = new ObjectMapper().readTree(webhooks.sent.get(0).body()).path("data");
        assertThat(data.has("subject")).isFalse();
        assertThat(data.has("ctx")).isFalse();
        assertThat(data.has("path")).isFalse();
    }

    /** A receiver that gets a message twice knows it by its id; it must not take the second one for a replay. */
    @Test
    void tell_again_sameId_newTimestampAndSignature() throws Exception {
        tell();
        fixture.clock.now = fixture.clock.now.plusSeconds(5);
        tell();
        Map<String, String> first = webhooks.sent.get(0).fields();
        Map<String, String> second = webhooks.sent.get(1).fields();
        assertThat(first).containsEntry("webhook-id", "msg_AAECAwQFBgcICQoLDA0ODw");
        assertThat(second).containsEntry("webhook-id", "msg_AAECAwQFBgcICQoLDA0ODw");
        assertThat(first).containsEntry("webhook-timestamp", "1795251600");
        assertThat(second).containsEntry("webhook-timestamp", "1795251605");
        String signed = webhooks.sent.get(0).body();
        assertThat(first.get("webhook-signature"))
                .isEqualTo(fixture.sign("msg_AAECAwQFBgcICQoLDA0ODw", WebhookFixture.NOW, signed));
        assertThat(second.get("webhook-signature")).isNotEqualTo(first.get("webhook-signature"));
    }

    @Test
    void tell_finishUrl_isWhereTheFilterIs() throws Exception {
        fixture.finishUrls.path("/api/files");
        tell();
        assertThat(webhooks.sent.get(0).body()).contains("\"http://app1.lan:8080/shop/api/files/finish/");
        fixture.finishUrls.publicUrl("https://files.example/up");
        fixture.finishUrls.path("/api/files");
        tell();
        assertThat(webhooks.sent.get(1).body()).contains("\"https://files.example/up/finish/");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "200|``",
                "204|``",
                "201|{\"id\":12}",
                "200|ok",
                "200|<!doctype html>",
                "200|{}",
                "200|{\"status\":\"done\"}",
                "200|{\"status\":\"done\",\"data\":null}",
                "200| {\"ok\":true} "
            })
    void tell_done(int status, String body) {
        assertThat(after(status, body)).isEqualTo(said(Verdict.done()));
    }

    @Test
    void tell_doneWithData() {
        String body = "{\"status\":\"done\",\"data\":{\"page\":\"/orders/7\",\"n\":[1,2.5]}}";
        assertThat(after(200, body)).isEqualTo(said(Verdict.done("{\"page\":\"/orders/7\",\"n\":[1,2.5]}")));
    }

    @Test
    void tell_wait() {
        assertThat(after(202, "{\"status\":\"done\"}")).isEqualTo(said(Verdict.waiting()));
    }

    @Test
    void tell_refused() {
        assertThat(after(200, "{\"status\":\"refused\",\"message\":\"Das ist kein Foto.\"}"))
                .isEqualTo(said(Verdict.refused("Das ist kein Foto.")));
        assertThat(after(200, "{\"status\":\"refused\"}"))
                .isEqualTo(said(new Verdict(Verdict.Status.REFUSED, Optional.empty(), Optional.empty())));
    }

    /** What is cut off stays a text: no half of a character is left. */
    @Test
    void tell_refusedAtLength_messageIsCutOff() {
        String body = "{\"status\":\"refused\",\"message\":\"a" + "😀".repeat(300) + "\"}";
        assertThat(after(200, body)).isEqualTo(said(Verdict.refused("a" + "😀".repeat(255) + "…")));
        String fits = "x".repeat(1024);
        assertThat(after(200, "{\"status\":\"refused\",\"message\":\"" + fits + "\"}"))
                .isEqualTo(said(Verdict.refused(fits)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"status\":\"refuse\"}",
                "{\"status\":\"wait\"}",
                "{\"status\":null}",
                "{\"status\":\"refused\",\"status\":\"done\"}",
                "{\"status\":\"refused\",\"message\":7}",
                "{\"status\":\"refused\"} trailing"
            })
    void tell_jsonThatIsNotUnderstood_failed(String body) {
        assertThat(after(200, body))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.why()).startsWith("the receiver responded with 200, but "));
    }

    @Test
    void tell_dataThatAreTooLong_failed() {
        String body = "{\"status\":\"done\",\"data\":\"" + "x".repeat(1023) + "\"}";
        assertThat(after(200, body))
                .isEqualTo(new Outcome.Failed(
                        "the receiver responded with 200, but its \"data\" have 1025 bytes, more than 1024",
                        Optional.empty()));
    }

    /** In another charset it would look like something that is not JSON, and so like consent. */
    @Test
    void tell_declaredJsonThatIsNone_failed() {
        assertThat(after(200, Map.of("content-type", "application/json"), "\u0000{\u0000\""))
                .isInstanceOf(Outcome.Failed.class);
        assertThat(after(200, Map.of("content-type", "application/vnd.shop+json; charset=x"), "no"))
                .isInstanceOf(Outcome.Failed.class);
        assertThat(after(200, Map.of("content-type", "application/json"), "")).isEqualTo(said(Verdict.done()));
        assertThat(after(200, Map.of("content-type", "text/plain"), "no")).isEqualTo(said(Verdict.done()));
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 301, 302, 307, 308, 400, 401, 403, 404, 409, 413, 418, 500, 502, 504, 599})
    void tell_otherStatus_failedWhateverTheBodySays(int status) {
        assertThat(after(status, Map.of("retry-after", "7"), "{\"status\":\"done\"}"))
                .isEqualTo(new Outcome.Failed("the receiver responded with " + status, Optional.empty()));
    }

    @Test
    void tell_gone_ended() {
        assertThat(after(410, "")).isEqualTo(new Outcome.Ended("the receiver responded with 410"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "429|120|PT2M",
                "503| 0 |PT0S",
                "503|Sat, 21 Nov 2026 09:00:30 GMT|PT30S",
                "503|Sat, 21 Nov 2026 08:00:00 GMT|PT0S",
                "429|9999999999|PT6H",
                "429|soon|",
                "429|-5|",
                "429||"
            })
    void tell_busy_asksForTime(int status, String field, Duration expected) {
        Map<String, String> fields = field == null ? Map.of() : Map.of("retry-after", field);
        assertThat(after(status, fields, ""))
                .isEqualTo(new Outcome.Failed("the receiver responded with " + status, Optional.ofNullable(expected)));
    }

    @Test
    void tell_noResponse_failed() {
        webhooks.response = CompletableFuture.failedFuture(new IOException("no response within 15 s"));
        assertThat(tell()).isEqualTo(new Outcome.Failed("no response within 15 s", Optional.empty()));
    }

    @Test
    void tell_receiverOffTheList_failedAndNotAsked() {
        assertThat(party.tell(told(URI.create("https://elsewhere.invalid/"))).join())
                .isEqualTo(new Outcome.Failed("the receiver is not listed in hand-over-urls", Optional.empty()));
        assertThat(webhooks.sent).isEmpty();
    }

    @Test
    void tell_withoutFetcher_failed() {
        WebhookParty alone = new WebhookParty(fixture.engine, Optional::empty, fixture.finishUrls);
        assertThat(alone.tell(told(WebhookFixture.RECEIVER)).join())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, failed -> assertThat(failed.why()).contains("PeerFetcher"));
    }

    @Test
    void tell_nobodyNamed_done() {
        Told told = new Told(WebhookFixture.issued(Optional.empty(), Optional.empty()), Optional.empty(), 0);
        assertThat(party.tell(told).join()).isEqualTo(said(Verdict.done()));
        assertThat(webhooks.sent).isEmpty();
    }

    /** A longer URL of a receiver makes no future that nobody completes. */
    @Test
    void tell_urlThatFitsIntoNoToken_failed() {
        URI url = URI.create("https://shop.example/" + "x".repeat(2000));
        assertThat(party.tell(told(url)).join())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, failed -> assertThat(failed.why()).contains("no URL to finish at"));
    }

    /** The longest URL that a ticket can name still has a token. */
    @Test
    void tell_longestUrl() {
        URI url = URI.create("https://shop.example/" + "x".repeat(512 - "https://shop.example/".length()));
        assertThat(party.tell(told(url)).join()).isEqualTo(said(Verdict.done()));
        assertThat(webhooks.sent.get(0).body().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(8192);
    }
}
