package io.github.uploadreceipts.spring.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.beans.factory.support.DefaultSingletonBeanRegistry;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.util.FileSystemUtils;

/**
 * A key ring and a store for one test context, in place of those that the application's files name: a test must not write
 * where an application runs. Properties of the test itself, system properties and variables come before these, and so do
 * beans.
 */
record ThrowAwayHost() implements ContextCustomizer {

    private static final String NAME = "upload-receipts-test";

    @Override
    public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
        Path directory = directory();
        // Registered first, and so destroyed last: the store is closed by then.
        ((DefaultSingletonBeanRegistry) context.getBeanFactory())
                .registerDisposableBean(NAME, () -> FileSystemUtils.deleteRecursively(directory));
        MapPropertySource properties = new MapPropertySource(
                NAME,
                Map.of(
                        "upload-receipts.development-mode",
                        true,
                        "upload-receipts.key-ring",
                        "",
                        "upload-receipts.store.directory",
                        directory,
                        "upload-receipts.internal-url",
                        "http://localhost"));
        MutablePropertySources sources = context.getEnvironment().getPropertySources();
        sources.addAfter(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, properties);
    }

    private static Path directory() {
        try {
            return Files.createTempDirectory(NAME);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
