package io.github.uploadreceipts.spring.test;

import static io.github.uploadreceipts.spring.test.TestUploads.receipts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.csrf;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.user;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;

import com.jayway.jsonpath.JsonPath;
import io.github.uploadreceipts.host.UploadHost;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.webmvc.test.autoconfigure.MockMvcBuilderCustomizer;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/** A controller alone, with a client of MockMvc that knows no post-processors: all its requests are Ann's. */
@WebMvcTest(
        controllers = ShopApplication.Orders.class,
        properties = {
            "upload-receipts.internal-url=http://app7.lan",
            "upload-receipts.receipts.json-receipt=/proof/receipt",
            "upload-receipts.receipts.async-dispatch=true"
        })
@AutoConfigureRestTestClient
class SliceTest {

    private static final byte[] DAWN = "dawn".getBytes(StandardCharsets.UTF_8);
    private static final String ORDERED = "[\"glossy\",\"dawn.jpg (image/jpeg) of ann: dawn\"]";

    @Autowired
    private MockMvc mvc;

    @Autowired
    private RestTestClient client;

    @Autowired
    private UploadHost host;

    @TestConfiguration(proxyBeanMethods = false)
    static class Ann {

        @Bean
        MockMvcBuilderCustomizer requestsOfAnn() {
            return builder -> builder.defaultRequest(get("/").with(user("ann")).with(csrf()));
        }
    }

    @Test
    void receipts_inForm_andInJson() throws Exception {
        mvc.perform(post("/orders").with(receipts("dawn.jpg", DAWN)))
                .andExpect(content().json(ORDERED));
        mvc.perform(post("/orders").contentType(MediaType.APPLICATION_JSON).with(receipts("dawn.jpg", DAWN)))
                .andExpect(content().json(ORDERED));
    }

    @Test
    void restTestClient_uploads_andOrders() {
        MultiValueMap<String, Object> form = new LinkedMultiValueMap<>();
        form.add("file", new ByteArrayResource(DAWN) {
            @Override
            public String getFilename() {
                return "dawn.jpg";
            }
        });
        String uploaded = send("/photos/uploads", MediaType.MULTIPART_FORM_DATA, form);
        MultiValueMap<String, String> order = new LinkedMultiValueMap<>();
        order.add("receipt", JsonPath.read(uploaded, "$.receipts[0].receipt"));
        assertThat(send("/orders", MediaType.APPLICATION_FORM_URLENCODED, order))
                .isEqualTo(ORDERED);
    }

    private String send(String path, MediaType type, Object body) {
        return String.valueOf(client.post()
                .uri(path)
                .contentType(type)
                .accept(MediaType.APPLICATION_JSON)
                .body(body)
                .exchange()
                .expectStatus()
                .is2xxSuccessful()
                .returnResult(String.class)
                .getResponseBody());
    }

    @Test
    void properties_ofTheTest_comeFirst() {
        assertThat(host.internalUrl()).hasToString("http://app7.lan");
    }
}
