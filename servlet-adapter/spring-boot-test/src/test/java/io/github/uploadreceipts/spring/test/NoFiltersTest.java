package io.github.uploadreceipts.spring.test;

import static io.github.uploadreceipts.spring.test.TestUploads.receipts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.user;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Bean;
import org.springframework.test.web.servlet.MockMvc;

/** A controller without any filter but the one that gives it receipts, and with a key ring of the test's own. */
@WebMvcTest(ShopApplication.Orders.class)
@AutoConfigureMockMvc(addFilters = false)
class NoFiltersTest {

    private static final byte[] DAWN = "dawn".getBytes(StandardCharsets.UTF_8);

    @Autowired
    private MockMvc mvc;

    @Autowired
    private UploadHost host;

    @TestConfiguration(proxyBeanMethods = false)
    static class Keys {

        @Bean
        KeyRing ownKeyRing() {
            return KeyRing.generate("own");
        }
    }

    @Test
    void receipts_ofTheUser_areVerified() throws Exception {
        assertThat(host.keyRing().fleet()).isEqualTo("own");
        mvc.perform(post("/orders").with(receipts("dawn.jpg", DAWN)).with(user("ann")))
                .andExpect(content().json("[\"glossy\",\"dawn.jpg (image/jpeg) of ann: dawn\"]"));
        mvc.perform(post("/orders").with(receipts("dawn.jpg", DAWN)).principal(() -> "ann"))
                .andExpect(content().json("[\"glossy\",\"dawn.jpg (image/jpeg) of ann: dawn\"]"));
        mvc.perform(post("/orders").with(receipts("dawn.jpg", DAWN)))
                .andExpect(content().json("[\"glossy\",\"dawn.jpg (image/jpeg) of nobody: dawn\"]"));
        mvc.perform(post("/orders")
                        .with(receipts("dawn.jpg", DAWN).ofUser("bob"))
                        .with(user("ann")))
                .andExpect(status().is(422));
        mvc.perform(post("/orders").with(user("ann"))).andExpect(content().json("[\"glossy\"]"));
    }
}
