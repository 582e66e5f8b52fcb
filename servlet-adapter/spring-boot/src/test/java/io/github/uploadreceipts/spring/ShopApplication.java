package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application as its users write them: it says nothing about paths between hosts. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(ShopApplication.Orders.class)
class ShopApplication {

    /** The application's own chain, in place of Spring Boot's. */
    @Bean
    @Profile("own-chain")
    SecurityFilterChain ownChain(HttpSecurity http) {
        return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .formLogin(Customizer.withDefaults())
                .build();
    }

    @RestController
    static class Orders {

        private final PeerFetcher fetcher;

        Orders(PeerFetcher fetcher) {
            this.fetcher = fetcher;
        }

        @GetMapping("/token")
        String token(CsrfToken token) {
            return token.getToken();
        }

        @PostMapping("/orders")
        List<String> order(@Receipts List<UploadReceipt> photos) throws IOException {
            List<String> lines = new ArrayList<>();
            try (FetchedUploads files = fetcher.fetch(photos, Claim.of("order-1"))) {
                for (FetchedUpload file : files) {
                    UploadReceipt receipt = file.receipt();
                    lines.add(receipt.name() + " of " + receipt.subject().orElse("nobody") + ": "
                            + new String(file.open().readAllBytes(), StandardCharsets.UTF_8) + " from "
                            + receipt.locations().get(0).base().getPort());
                }
                files.discard();
            }
            return lines;
        }

        @GetMapping("/late")
        void late() throws IOException {
            throw new FetchException(List.of(
                    new FetchException.Failure(0, UploadId.random(), FetchException.Kind.GONE, "it was discarded")));
        }

        @GetMapping("/internal/other")
        String other() {
            return "for users only";
        }
    }
}
