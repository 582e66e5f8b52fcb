package io.github.uploadreceipts.spring.test;

import io.github.uploadreceipts.servlet.UploadFilter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.core.ResolvableType;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockMultipartFile;
import org.springframework.test.web.servlet.request.MockMultipartHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;

/**
 * Uploads, and receipts of uploads, for tests with MockMvc.
 *
 * <pre>{@code
 * mvc.perform(post("/orders")
 *                 .param("paper", "matt")
 *                 .with(receipts("dawn.jpg", dawn).and("dusk.jpg", dusk))
 *                 .with(user("ann"))
 *                 .with(csrf()))
 *         .andExpect(status().isOk());
 * }</pre>
 *
 * <p>They need a test with {@code @WebMvcTest} or {@code @AutoConfigureMockMvc}.
 */
public final class TestUploads {

    private static final String FIELD = "file";
    private static final ResolvableType UPLOADS =
            ResolvableType.forClassWithGenerics(FilterRegistrationBean.class, UploadFilter.class);

    private TestUploads() {}

    /**
     * Returns what puts the receipt of a stored upload into a request: into its form, or into its JSON body if it has one.
     * More are added by {@link TestReceipts#and}.
     *
     * @param name the file's name; the media type follows from it
     */
    public static TestReceipts receipts(String name, byte[] content) {
        return new TestReceipts().and(name, content);
    }

    /**
     * Returns a request that uploads a file as a form does, through the filters, to the first path of
     * {@code UploadFilter}. The response is JSON, and has the receipt at {@code $.receipts[0].receipt}.
     *
     * @param name the file's name; the media type follows from it
     */
    public static MockMultipartHttpServletRequestBuilder upload(String name, byte[] content) {
        MockMultipartHttpServletRequestBuilder upload = MockMvcRequestBuilders.multipart("/uploads")
                .file(new MockMultipartFile(FIELD, name, TestReceipts.type(name), content));
        return upload.accept(MediaType.APPLICATION_JSON).with(TestUploads::address);
    }

    private static MockHttpServletRequest address(MockHttpServletRequest request) {
        ObjectProvider<FilterRegistrationBean<UploadFilter>> filters =
                MockUploadsAutoConfiguration.context(request).getBeanProvider(UPLOADS);
        String path = filters.stream()
                .flatMap(filter -> filter.getUrlPatterns().stream())
                .findFirst()
                .map(pattern -> pattern.endsWith("/*") ? pattern.substring(0, pattern.length() - 2) : pattern)
                .orElseThrow(() -> new IllegalStateException("no UploadFilter is mapped to any path"));
        request.setRequestURI(request.getContextPath() + path);
        request.setPathInfo(path);
        return request;
    }
}
