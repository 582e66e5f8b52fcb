package io.github.uploadreceipts.spring.test;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.spring.Receipts;
import io.github.uploadreceipts.store.Claim;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** An application as its users write them: it knows nothing of tests. */
@SpringBootApplication
class ShopApplication {

    @RestController
    static class Orders {

        private final PeerFetcher fetcher;

        Orders(PeerFetcher fetcher) {
            this.fetcher = fetcher;
        }

        @PostMapping("/orders")
        List<String> order(
                @Receipts List<UploadReceipt> photos,
                @RequestParam(name = "paper", defaultValue = "glossy") String paper)
                throws IOException {
            List<String> lines = new ArrayList<>(List.of(paper));
            try (FetchedUploads files =
                    fetcher.fetch(photos, Claim.of(UUID.randomUUID().toString()))) {
                for (FetchedUpload file : files) {
                    UploadReceipt photo = file.receipt();
                    String text = new String(file.open().readAllBytes(), StandardCharsets.UTF_8);
                    lines.add(photo.name() + " (" + photo.type() + ") of "
                            + photo.subject().orElse("nobody") + ": " + text);
                }
                files.discard();
            }
            return lines;
        }

        @PostMapping("/unmapped")
        int unmapped(@Receipts List<UploadReceipt> photos) {
            return photos.size();
        }

        @GetMapping("/later")
        Callable<String> later() {
            return () -> "now";
        }
    }
}
