package io.github.uploadreceipts.spring.test;

import static io.github.uploadreceipts.spring.test.TestUploads.receipts;
import static io.github.uploadreceipts.spring.test.TestUploads.upload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.csrf;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.httpBasic;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.user;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.head;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.multipart;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.patch;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.request;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import com.jayway.jsonpath.JsonPath;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockMultipartFile;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.MvcResult;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.request.AbstractMockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.RequestPostProcessor;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;

/** The whole application behind Spring Security, without a socket. */
@SpringBootTest
@AutoConfigureMockMvc
class TestUploadsTest {

    private static final byte[] DAWN = "dawn".getBytes(StandardCharsets.UTF_8);
    private static final byte[] DUSK = "dusk".getBytes(StandardCharsets.UTF_8);
    private static final String ORDERED =
            "[\"matt\",\"dawn.jpg (image/jpeg) of ann: dawn\",\"dusk.txt (text/plain) of ann: dusk\"]";

    @Autowired
    private MockMvc mvc;

    @Autowired
    private MockMvcTester tester;

    @Autowired
    private LocalUploadStore store;

    /** Ann is signed in, and has a CSRF token. */
    private static final RequestPostProcessor ANN =
            request -> csrf().postProcessRequest(user("ann").postProcessRequest(request));

    private static RequestPostProcessor both() {
        return receipts("dawn.jpg", DAWN).and("dusk.txt", DUSK);
    }

    @Test
    void receipts_inEveryKindOfBody_ofTheUser() throws Exception {
        for (AbstractMockHttpServletRequestBuilder<?> order : new AbstractMockHttpServletRequestBuilder<?>[] {
            post("/orders").param("paper", "matt"),
            post("/orders").formField("paper", "matt"),
            post("/orders?paper=matt"),
            multipart("/orders").param("paper", "matt"),
            post("/orders?paper=matt").contentType(MediaType.APPLICATION_JSON).content("{\"name\":\"Ann\"}")
        }) {
            mvc.perform(order.with(both()).with(user("ann")).with(csrf()))
                    .andExpect(status().isOk())
                    .andExpect(content().json(ORDERED));
        }
    }

    @Test
    void receipts_whereverTheUserComesFrom() throws Exception {
        for (RequestPostProcessor login : new RequestPostProcessor[] {user("ann"), httpBasic("ann", "secret")}) {
            mvc.perform(post("/orders")
                            .param("paper", "matt")
                            .with(ANN)
                            .with(login)
                            .with(both()))
                    .andExpect(content().json(ORDERED));
            mvc.perform(post("/orders")
                            .param("paper", "matt")
                            .with(both())
                            .with(login)
                            .with(ANN))
                    .andExpect(content().json(ORDERED));
        }
    }

    @Test
    void receipts_withMockMvcTester() {
        assertThat(tester.post()
                        .uri("/orders")
                        .param("paper", "matt")
                        .with(both())
                        .with(ANN))
                .hasStatusOk()
                .bodyJson()
                .isEqualTo(ORDERED);
    }

    @Test
    void receipts_wrongOnPurpose_areRefused() throws Exception {
        TestReceipts good = receipts("dawn.jpg", DAWN);
        expectRefusal(good.ofUser("bob"), 422, "receipt-invalid");
        expectRefusal(good.tampered(), 422, "receipt-invalid");
        expectRefusal(good.discarded(), 410, "upload-gone");
    }

    private void expectRefusal(TestReceipts receipts, int status, String type) throws Exception {
        mvc.perform(post("/orders").with(receipts).with(ANN))
                .andExpect(status().is(status))
                .andExpect(content().contentTypeCompatibleWith("application/problem+json"))
                .andExpect(jsonPath("$.errors[0].type").value(Matchers.endsWith("#" + type)));
    }

    @Test
    void request_withoutReceipts_reachesTheController() throws Exception {
        mvc.perform(post("/orders").with(ANN)).andExpect(content().json("[\"glossy\"]"));
        assertThatThrownBy(() -> mvc.perform(post("/unmapped").with(both()).with(ANN)))
                .hasStackTraceContaining(
                        "no receipts are verified for /unmapped: add it to upload-receipts.paths.receipts");
    }

    @Test
    void request_ofStrangers_isRefusedBySecurity() throws Exception {
        mvc.perform(post("/orders").with(both()).with(csrf())).andExpect(status().isUnauthorized());
        mvc.perform(post("/orders").with(both()).with(user("ann"))).andExpect(status().isForbidden());
        mvc.perform(upload("dawn.jpg", DAWN).with(user("ann"))).andExpect(status().isForbidden());
    }

    @Test
    void upload_thenOrder() throws Exception {
        String dawn = receiptOf(mvc.perform(upload("dawn.jpg", DAWN).with(ANN)).andReturn());
        String dusk = receiptOf(
                mvc.perform(upload("dusk.txt", DUSK).with(csrf().asHeader()).with(user("ann")))
                        .andReturn());
        mvc.perform(post("/orders")
                        .param("paper", "matt")
                        .param("receipt", dawn, dusk)
                        .with(ANN))
                .andExpect(content().json(ORDERED));
        mvc.perform(post("/orders").param("receipt", dawn, dusk).with(ANN)).andExpect(status().isConflict());
    }

    private static String receiptOf(MvcResult upload) throws Exception {
        assertThat(upload.getResponse().getStatus()).isEqualTo(201);
        return JsonPath.read(upload.getResponse().getContentAsString(), "$.receipts[0].receipt");
    }

    @Test
    void upload_ofTwo_orTooLarge() throws Exception {
        mvc.perform(upload("dawn.jpg", DAWN)
                        .file(new MockMultipartFile("file", "d\u00fcsk \"2\".txt", null, DUSK))
                        .with(ANN))
                .andExpect(status().isCreated())
                .andExpect(jsonPath("$.receipts[1].name").value("d\u00fcsk \"2\".txt"));
        mvc.perform(upload("dawn.jpg", new byte[1025]).with(ANN))
                .andExpect(status().is(413))
                .andExpect(content().contentTypeCompatibleWith("application/problem+json"))
                .andExpect(jsonPath("$.limit").value(1024));
        assertThatThrownBy(() -> mvc.perform(post("/orders").with(receipts("dawn.jpg", new byte[1025]))))
                .hasMessageContaining("the upload of dawn.jpg is refused");
    }

    @Test
    void tus_creationAndPatches_thenOrder() throws Exception {
        String location = mvc.perform(post("/photos/uploads")
                        .header("Tus-Resumable", "1.0.0")
                        .header("Upload-Length", 4)
                        .header("Upload-Metadata", "filename ZGF3bi5qcGc=,filetype aW1hZ2UvanBlZw==")
                        .with(ANN))
                .andExpect(status().isCreated())
                .andReturn()
                .getResponse()
                .getHeader("Location");
        assertThat(location).isNotNull();
        String url = URI.create("/photos/uploads").resolve(location).toString();
        patchTus(url, 0, "da");
        mvc.perform(head(url).header("Tus-Resumable", "1.0.0").with(ANN))
                .andExpect(header().string("Upload-Offset", "2"));
        String receipt = patchTus(url, 2, "wn").getResponse().getHeader("Upload-Receipt");
        mvc.perform(post("/orders").param("receipt", receipt).with(ANN))
                .andExpect(content().json("[\"glossy\",\"dawn.jpg (image/jpeg) of ann: dawn\"]"));
    }

    private MvcResult patchTus(String url, int offset, String bytes) throws Exception {
        return mvc.perform(patch(url)
                        .header("Tus-Resumable", "1.0.0")
                        .header("Upload-Offset", offset)
                        .contentType("application/offset+octet-stream")
                        .content(bytes)
                        .with(ANN))
                .andExpect(status().isNoContent())
                .andReturn();
    }

    @Test
    void otherPaths_stayAsynchronous() throws Exception {
        mvc.perform(get("/later").with(user("ann"))).andExpect(request().asyncStarted());
    }

    @Test
    void store_isThrownAway() {
        assertThat(store.toString()).contains("upload-receipts-test");
    }

    @Test
    void receipts_whereNoFilterReadsThem_areAnError() {
        assertThatThrownBy(() -> mvc.perform(get("/orders").with(both()))).hasMessageContaining("not into a GET");
        assertThatThrownBy(() -> mvc.perform(
                        post("/orders").contentType(MediaType.TEXT_PLAIN).with(both())))
                .hasMessageContaining("POST of text/plain");
    }

    @Test
    void mockMvc_withoutSpringBoot_saysWhatToDo() {
        MockMvc alone = MockMvcBuilders.standaloneSetup(new Object()).build();
        assertThatThrownBy(() -> alone.perform(post("/orders").with(both())))
                .hasMessageContaining("@AutoConfigureMockMvc");
    }
}
