package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.problem.ReceiptsRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Makes and revokes the links of one host. */
final class LinkMaker {

    private final UploadHost host;
    private final PeerFetcher fetcher;
    private final ShareLinks links;
    private final OwnerSecrets secrets;

    LinkMaker(UploadHost host, PeerFetcher fetcher, ShareLinks links, OwnerSecrets secrets) {
        this.host = host;
        this.fetcher = fetcher;
        this.links = links;
        this.secrets = secrets;
    }

    /**
     * A link as its sender gets it.
     *
     * @param name of the file
     * @param url what the sender gives to others
     * @param secret what revokes the link
     * @param expiresAt when the link ends; the file is kept at least as long
     */
    record Made(String name, String url, String secret, Instant expiresAt) {}

    /** Makes the link of an upload, which is kept for as long as the link works. */
    Made make(UploadReceipt stored, Wishes wishes) throws IOException, ReceiptsRefusedException {
        Instant until = Instant.now().plus(wishes.life()).truncatedTo(ChronoUnit.SECONDS);
        UploadReceipt receipt = until.isAfter(stored.expiresAt()) ? keep(stored, until) : stored;
        String url = links.url(wishes.link(receipt));
        return new Made(receipt.name(), url, secrets.of(receipt.id()), until);
    }

    private UploadReceipt keep(UploadReceipt stored, Instant until) throws IOException, ReceiptsRefusedException {
        List<String> tokens = fetcher.extend(List.of(stored), until);
        return host.receipts().verifyAll(tokens).get(0);
    }

    /** Revokes a link for whoever knows its owner's secret. Returns whether there was one. */
    boolean revoke(String url, String secret) throws IOException {
        Optional<UploadId> upload = links.upload(url);
        return upload.isPresent() && secrets.matches(upload.get(), secret) && links.revoke(url);
    }
}
