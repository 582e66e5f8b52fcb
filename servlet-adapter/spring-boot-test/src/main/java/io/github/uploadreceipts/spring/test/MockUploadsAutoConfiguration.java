package io.github.uploadreceipts.spring.test;

import com.fasterxml.jackson.core.JsonPointer;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.test.autoconfigure.MockMvcBuilderCustomizer;
import org.springframework.boot.webmvc.test.autoconfigure.SpringBootMockMvcBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.WebApplicationContextUtils;

/** Lets MockMvc upload, and puts receipts into its requests. */
@AutoConfiguration(afterName = "io.github.uploadreceipts.spring.UploadReceiptsAutoConfiguration")
@ConditionalOnBean(UploadHost.class)
final class MockUploadsAutoConfiguration {

    /** Its filters come before all others: what they write is then read as if a client had sent it. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    MockMvcBuilderCustomizer mockUploads(
            UploadHost host,
            ObjectProvider<UploadLimits> limits,
            ObjectProvider<FilterRegistrationBean<UploadFilter>> uploads,
            ObjectProvider<FilterRegistrationBean<ReceiptsFilter>> finals,
            ObjectProvider<SpringBootMockMvcBuilderCustomizer> boot,
            Environment environment) {
        MockFilters filters = new MockFilters(
                new StoredReceipts(host, limits.getIfAvailable(UploadLimits::defaults)),
                environment.getProperty("upload-receipts.receipts.field", "receipt"),
                new JsonBody(
                        JsonPointer.compile(
                                environment.getProperty("upload-receipts.receipts.json-array", "/receipts")),
                        JsonPointer.compile(environment.getProperty("upload-receipts.receipts.json-receipt", ""))));
        return builder -> {
            boolean filtered = boot.stream().allMatch(SpringBootMockMvcBuilderCustomizer::isAddFilters);
            uploads.stream().forEach(registration -> filters.addUploads(builder, registration));
            finals.stream().forEach(registration -> filters.addFinals(builder, registration, filtered));
        };
    }

    /**
     * Returns the context of the application that a mock request is for.
     *
     * @throws IllegalStateException if it has no mock uploads
     */
    static WebApplicationContext context(MockHttpServletRequest request) {
        WebApplicationContext context =
                WebApplicationContextUtils.getWebApplicationContext(request.getServletContext());
        if (context == null || !context.containsBean("mockUploads")) {
            throw new IllegalStateException("this MockMvc knows no upload receipts: let Spring Boot make it, by"
                    + " @AutoConfigureMockMvc or @WebMvcTest, in an application with an UploadHost");
        }
        return context;
    }
}
