package io.github.uploadreceipts.internal.handover;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.handover.Webhooks.Response;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The receiver of a webhook, which is told by a request that follows Standard Webhooks, so that a library in any language
 * can verify it.
 */
final class WebhookParty implements Party {

    /** A receiver that is down asks for minutes. One that mistypes its {@code Retry-After} must not end the hand-over. */
    private static final Duration MAX_RETRY_AFTER = Duration.ofHours(6);

    private final Supplier<Optional<Webhooks>> webhooks;
    private final FinishUrls finishUrls;
    private final WebhookSignatures signatures;
    private final Clock clock;

    /** @param webhooks what sends the requests, if a fetcher is attached */
    WebhookParty(Engine engine, Supplier<Optional<Webhooks>> webhooks, FinishUrls finishUrls) {
        this.webhooks = webhooks;
        this.finishUrls = finishUrls;
        this.signatures = new WebhookSignatures(engine.keyRing(), engine.clock());
        this.clock = engine.clock();
    }

    /** The fetcher is made after the host, and closed before it. */
    @Override
    public boolean isReady() {
        return webhooks.get().isPresent();
    }

    @Override
    public CompletableFuture<Outcome> tell(Told told) {
        if (told.url().isEmpty()) {
            return CompletableFuture.completedFuture(new Outcome.Said(Verdict.done()));
        }
        URI url = told.url().get();
        Optional<Webhooks> sender = webhooks.get();
        if (sender.isEmpty()) {
            return failed("no PeerFetcher is made for this host, which would send the webhook");
        }
        if (!sender.get().isAllowed(url)) {
            return failed("the receiver is not listed in hand-over-urls");
        }
        try {
            String body = body(told.issued(), url).toString();
            Map<String, String> fields =
                    new HashMap<>(signatures.sign(url, told.issued().receipt().id(), body));
            fields.put("content-type", "application/json");
            return sender.get().post(url, fields, body).handle(this::outcome);
        } catch (RuntimeException e) { // such as of a URL that is too long, or a ring without a valid key
            return failed(String.valueOf(e.getMessage()));
        }
    }

    private static CompletableFuture<Outcome> failed(String why) {
        return CompletableFuture.completedFuture(new Outcome.Failed(why, Optional.empty()));
    }

    private ObjectNode body(IssuedReceipt issued, URI url) {
        UploadReceipt receipt = issued.receipt();
        ObjectNode body = StrictJson.object()
                .put("type", "upload.stored")
                .put("timestamp", receipt.issuedAt().toString());
        ObjectNode data = body.putObject("data")
                .put("receipt", issued.token())
                .put("id", receipt.id().toString())
                .put("name", receipt.name())
                .put("type", receipt.type())
                .put("size", receipt.size());
        receipt.subject().ifPresent(subject -> data.put("subject", subject));
        receipt.context().ifPresent(context -> data.set("ctx", WebhookVerdicts.trusted(context)));
        receipt.path().ifPresent(path -> data.put("path", path));
        data.put("finish", finishUrls.url(receipt, url));
        return body;
    }

    private Outcome outcome(Response response, Throwable failure) {
        if (failure != null) {
            Throwable cause = PeerQuestions.cause(failure);
            return new Outcome.Failed(String.valueOf(cause.getMessage()), Optional.empty());
        }
        int status = response.status();
        if (status == 410) {
            return new Outcome.Ended("the receiver responded with 410");
        }
        if (status == 202) {
            return new Outcome.Said(Verdict.waiting());
        }
        if (status / 100 != 2) {
            boolean asks = status == 429 || status == 503;
            return new Outcome.Failed(
                    "the receiver responded with " + status, asks ? retryAfter(response) : Optional.empty());
        }
        try {
            return new Outcome.Said(WebhookVerdicts.ofResponse(response.body(), isJson(response)));
        } catch (IOException e) {
            return new Outcome.Failed(
                    "the receiver responded with " + status + ", but " + e.getMessage(), Optional.empty());
        }
    }

    private static boolean isJson(Response response) {
        String type = MediaType.ofBody(response.fields().get("content-type")).essence();
        return type.equals("application/json") || type.endsWith("+json");
    }

    /** Returns what {@code Retry-After} says: seconds, or a date (RFC 9110, section 10.2.3). */
    private Optional<Duration> retryAfter(Response response) {
        String text = response.fields().getOrDefault("retry-after", "").strip();
        if (text.matches("[0-9]{1,10}")) {
            return Optional.of(bounded(Duration.ofSeconds(Long.parseLong(text))));
        }
        try {
            Instant date = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
            return Optional.of(bounded(Duration.between(clock.instant(), date)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Duration bounded(Duration asked) {
        if (asked.isNegative()) {
            return Duration.ZERO;
        }
        return asked.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : asked;
    }
}
