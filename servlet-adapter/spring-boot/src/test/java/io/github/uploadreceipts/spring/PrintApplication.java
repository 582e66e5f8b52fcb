package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.core.env.Environment;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;

/** An application with pages. Its token against cross-site request forgery is in the session, or in a cookie. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(PrintApplication.Orders.class)
class PrintApplication {

    @Bean
    @Profile("cookie")
    SecurityFilterChain chain(HttpSecurity http) {
        return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .formLogin(Customizer.withDefaults())
                .csrf(CsrfConfigurer::spa)
                .build();
    }

    @Controller
    static class Orders {

        private final PeerFetcher fetcher;
        private final String page;

        Orders(PeerFetcher fetcher, Environment environment) {
            this.fetcher = fetcher;
            this.page = environment.matchesProfiles("cookie") ? "cookie" : "session";
        }

        @GetMapping("/")
        String choose() {
            return page;
        }

        @PostMapping("/orders")
        String order(@Receipts List<UploadReceipt> photos, Model model) throws IOException {
            List<String> lines = new ArrayList<>();
            try (FetchedUploads files = fetcher.fetch(photos)) {
                for (FetchedUpload file : files) {
                    String content = new String(file.open().readAllBytes(), StandardCharsets.UTF_8);
                    lines.add(file.receipt().name() + ": " + content);
                }
                files.discard();
            }
            model.addAttribute("lines", lines);
            return "ordered";
        }
    }
}
