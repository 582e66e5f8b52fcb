package io.github.uploadreceipts.samples.springboot;

import static io.github.uploadreceipts.spring.test.TestUploads.receipts;
import static org.hamcrest.Matchers.stringContainsInOrder;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.csrf;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.user;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.github.uploadreceipts.spring.test.TestReceipts;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.ResultActions;

/** The controller alone, with receipts put into its requests. */
@WebMvcTest(OrderApplication.class)
class OrderControllerTest {

    private static final byte[] DAWN = {1, 2, 3};
    private static final byte[] DUSK = {4, 5, 6};

    @Autowired
    private MockMvc mvc;

    @Test
    void order_showsThePhotosInTheirOrder() throws Exception {
        mvc.perform(post("/orders")
                        .param("paper", "matt")
                        .with(receipts("dusk.png", DUSK).and("dawn.png", DAWN))
                        .with(user("ann"))
                        .with(csrf()))
                .andExpect(status().isOk())
                .andExpect(content().string(stringContainsInOrder("matt", "BAUG", "dusk.png", "AQID", "dawn.png")));
    }

    @Test
    void order_ofPhotosThatAreGone_isRefused() throws Exception {
        order(receipts("dusk.png", DUSK).discarded())
                .andExpect(status().isGone())
                .andExpect(jsonPath("$.title").value("The upload is gone"));
    }

    @Test
    void order_withReceiptsOfAnother_isRefused() throws Exception {
        order(receipts("dusk.png", DUSK).ofUser("bob")).andExpect(status().isUnprocessableContent());
        order(receipts("dusk.png", DUSK).tampered()).andExpect(status().isUnprocessableContent());
    }

    private ResultActions order(TestReceipts receipts) throws Exception {
        return mvc.perform(post("/orders")
                .param("paper", "matt")
                .with(receipts)
                .with(user("ann"))
                .with(csrf()));
    }
}
