package io.github.uploadreceipts.samples.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ReceiptsRefusedException;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.Claim;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What applications ask for: tickets, what receipts say, claims, and links. */
final class Api {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final UploadHost host;
    private final PeerFetcher fetcher;
    private final ShareLinks links;

    Api(UploadHost host, PeerFetcher fetcher, ShareLinks links) {
        this.host = host;
        this.fetcher = fetcher;
        this.links = links;
    }

    /** Mints a ticket. Its members are named as the claims of a ticket. */
    ObjectNode ticket(Fields asked) {
        UploadTicket.Builder ticket = UploadTicket.builder(Clock.systemUTC());
        asked.text("jti").ifPresent(ticket::id);
        asked.text("sub").ifPresent(ticket::subject);
        asked.number("expires").map(Api::fromNow).ifPresent(ticket::expiresAt);
        asked.number("kept").map(Api::fromNow).ifPresent(ticket::uploadsExpireAt);
        asked.number("files").map(Math::toIntExact).ifPresent(ticket::files);
        asked.number("size").map(FileSize::exactly).ifPresent(ticket::size);
        asked.number("maxSize").map(FileSize::atMost).ifPresent(ticket::size);
        asked.texts("types").ifPresent(types -> ticket.types(types.toArray(String[]::new)));
        asked.object("ctx").map(JsonNode::toString).ifPresent(ticket::context);
        asked.text("handOver").map(URI::create).ifPresent(ticket::handOver);
        asked.requireNoOther();
        String token = TicketIssuer.create(host.keyRing()).issue(ticket.build());
        return JSON.objectNode().put("ticket", token);
    }

    private static Instant fromNow(long seconds) {
        return Instant.now().plusSeconds(seconds);
    }

    /** Says what receipts say, in their order, if all are valid. */
    ObjectNode receipts(Fields asked) throws ReceiptsRefusedException {
        List<UploadReceipt> receipts = verified(asked);
        asked.requireNoOther();
        ObjectNode response = JSON.objectNode();
        ArrayNode said = response.putArray("receipts");
        receipts.forEach(receipt -> said.add(said(receipt)));
        return response;
    }

    private List<UploadReceipt> verified(Fields asked) throws ReceiptsRefusedException {
        List<String> tokens =
                asked.texts("receipts").orElseThrow(() -> new IllegalArgumentException("receipts is missing"));
        return verifier(asked).verifyAll(tokens);
    }

    private ReceiptVerifier verifier(Fields asked) {
        Optional<String> subject = asked.text("sub");
        return subject.isPresent() ? host.receipts().subject(subject.get()) : host.receipts();
    }

    /** Claims the uploads of receipts for one use: the same claim again has no effect, and another one is refused. */
    void claim(Fields asked) throws IOException, ReceiptsRefusedException {
        List<UploadReceipt> receipts = verified(asked);
        Claim claim = Claim.of(asked.required("claim"));
        asked.requireNoOther();
        fetcher.stream(receipts, claim).close();
    }

    /** Makes the link by which an application, or a person, gets the file of a receipt. */
    ObjectNode link(Fields asked) throws IOException, ReceiptsRefusedException {
        UploadReceipt receipt =
                verifier(asked).verifyAll(List.of(asked.required("receipt"))).get(0);
        ShareLink.Builder link = ShareLink.of(receipt);
        asked.number("expires").map(Duration::ofSeconds).ifPresent(link::expiresIn);
        asked.text("password").ifPresent(link::password);
        asked.number("downloads").map(Math::toIntExact).ifPresent(link::downloads);
        if (asked.flag("shortened")) {
            link.shortened();
        }
        if (asked.flag("unfinished")) {
            link.acceptUnfinished();
        }
        asked.requireNoOther();
        return JSON.objectNode().put("url", links.url(link.build()));
    }

    private static ObjectNode said(UploadReceipt receipt) {
        ObjectNode said = JSON.objectNode()
                .put("id", receipt.id().toString())
                .put("name", receipt.name())
                .put("type", receipt.type())
                .put("size", receipt.size())
                .put("digest", receipt.digest().toString())
                .put("expires", receipt.expiresAt().getEpochSecond());
        receipt.subject().ifPresent(subject -> said.put("sub", subject));
        receipt.context().ifPresent(context -> said.putRawValue("ctx", new RawValue(context)));
        return said;
    }
}
