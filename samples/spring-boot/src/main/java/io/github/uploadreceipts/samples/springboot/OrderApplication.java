package io.github.uploadreceipts.samples.springboot;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.spring.Receipts;
import io.github.uploadreceipts.store.Claim;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

@Controller
@SpringBootApplication
class OrderApplication {

    private final PeerFetcher fetcher;

    OrderApplication(PeerFetcher fetcher) {
        this.fetcher = fetcher;
    }

    record Print(String name, String owner, String picture) {}

    @GetMapping("/")
    String choose() {
        return "choose";
    }

    @PostMapping("/orders")
    String order(@Receipts List<UploadReceipt> photos, @RequestParam String paper, Model page) throws IOException {
        List<Print> prints = new ArrayList<>();
        try (FetchedUploads files =
                fetcher.fetch(photos, Claim.of(UUID.randomUUID().toString()))) {
            for (FetchedUpload file : files) {
                UploadReceipt photo = file.receipt();
                String owner = photo.locations().get(0).base().getAuthority();
                String bytes = Base64.getEncoder().encodeToString(file.open().readAllBytes());
                prints.add(new Print(photo.name(), owner, "data:" + photo.type() + ";base64," + bytes));
            }
            files.discard();
        }
        page.addAttribute("paper", paper).addAttribute("prints", prints);
        return "ordered";
    }
}
