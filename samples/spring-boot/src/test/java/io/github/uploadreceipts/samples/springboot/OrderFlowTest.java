package io.github.uploadreceipts.samples.springboot;

import static io.github.uploadreceipts.spring.test.TestUploads.upload;
import static org.hamcrest.Matchers.stringContainsInOrder;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestBuilders.formLogin;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.csrf;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.user;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.multipart;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.redirectedUrl;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.mock.web.MockHttpSession;
import org.springframework.mock.web.MockMultipartFile;
import org.springframework.test.web.servlet.MockMvc;

/** The whole application through its filters: login, CSRF, uploads, and the order. No socket is open. */
@SpringBootTest
@AutoConfigureMockMvc
class OrderFlowTest {

    private static final byte[] DAWN = {1, 2, 3};
    private static final byte[] DUSK = {4, 5, 6};

    @Autowired
    private MockMvc mvc;

    private MockHttpSession session = new MockHttpSession();

    @BeforeEach
    void signIn() throws Exception {
        session = (MockHttpSession) mvc.perform(formLogin().user("ann").password("ann"))
                .andExpect(status().is3xxRedirection())
                .andReturn()
                .getRequest()
                .getSession();
    }

    @Test
    void order_sendsReceipts_onlyOnce() throws Exception {
        String dusk = uploaded("dusk.png", DUSK);
        String dawn = uploaded("dawn.png", DAWN);
        var order = post("/orders")
                .session(session)
                .param("paper", "matt")
                .param("receipt", dusk, dawn)
                .with(csrf());
        mvc.perform(order)
                .andExpect(status().isOk())
                .andExpect(content()
                        .string(stringContainsInOrder("matt", "base64,BAUG", "dusk.png", "base64,AQID", "dawn.png")));
        mvc.perform(order).andExpect(status().isConflict());
    }

    private String uploaded(String name, byte[] bytes) throws Exception {
        String json = mvc.perform(upload(name, bytes).session(session).with(csrf()))
                .andExpect(status().isCreated())
                .andReturn()
                .getResponse()
                .getContentAsString();
        return JsonPath.read(json, "$.receipts[0].receipt");
    }

    @Test
    void order_sendsFiles_behindTheToken() throws Exception {
        mvc.perform(multipart("/orders")
                        .file(new MockMultipartFile("file", "dusk.png", "image/png", DUSK))
                        .param("paper", "glossy")
                        .session(session)
                        .with(csrf()))
                .andExpect(status().isOk())
                .andExpect(content().string(stringContainsInOrder("glossy", "base64,BAUG", "dusk.png")));
    }

    @Test
    void order_withReceiptsOfAnotherUser_isRefused() throws Exception {
        String dusk = uploaded("dusk.png", DUSK);
        mvc.perform(post("/orders")
                        .param("paper", "matt")
                        .param("receipt", dusk)
                        .with(user("bob"))
                        .with(csrf()))
                .andExpect(status().isUnprocessableContent())
                .andExpect(jsonPath("$.errors[0].title").value("The receipt is not valid"));
    }

    @Test
    void strangers_comeToTheLogin() throws Exception {
        mvc.perform(upload("dusk.png", DUSK).with(csrf()))
                .andExpect(status().is3xxRedirection())
                .andExpect(redirectedUrl("/login"));
        mvc.perform(upload("dusk.png", DUSK).session(session)).andExpect(status().isForbidden());
    }
}
